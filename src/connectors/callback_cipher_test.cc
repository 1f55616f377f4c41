#include "connectors/callback_cipher.h"

#include <gtest/gtest.h>

namespace weir::connectors {
namespace {

constexpr std::string_view kKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
constexpr std::string_view kRandom = "aaaabbbbccccdddd";
constexpr std::string_view kId = "wxb11529c136998cb6";

CallbackCipher cipher(std::string_view key = kKey, std::string token = "t") {
  auto opened = CallbackCipher::open(std::move(token), key);
  EXPECT_TRUE(opened.has_value());
  return *opened;
}

// wechat.md §8.1
TEST(CallbackCipher, EncryptsThePublishedVectors) {
  EXPECT_EQ(
      cipher().encrypt(kRandom, "我是中文abcd123", kId),
      "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg==");
  EXPECT_EQ(
      cipher().encrypt(kRandom, "abcdefghijklmnopqrstuvwxyz", kId),
      "jn1L23DB+6ELqJ+6bruv24kfnRA9CJ8qXRQfcTjuspbcu/BSVDHix6RSI3nK3z+fMd03dqZ5HIPCrQNNDa2xYd47apR"
      "HAo9FEf57/GQVWffqnF3WzheksoIGmk00BgBc");
  EXPECT_EQ(
      cipher().encrypt(kRandom, "", kId),
      "jn1L23DB+6ELqJ+6bruv23MQ68ysOrxhL7CpRjZ4WZdgFqes9v8iGaaZBu9Qpe/W60xpqsYTwNjd/ZCp69l9lg==");
}

TEST(CallbackCipher, AcceptsKeysWithSpareBitsSet) {
  auto box = cipher("kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR", "123456");
  std::string_view text =
      "4ByGGj+sVCYcvGeQYhaKIk1o0pQRNbRjxybjTGblXrBaXlTXeOo1+bXFXDQQb1o6co6Yh9Bv41n7hOchLF6p+Q==";
  EXPECT_EQ(box.sign("1411443780", "437374425", text), "dd6b9c95b495b3f7e2901bfbc76c664930ffdb96");
  auto opened = box.decrypt(text);
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->message, "5927782489442352469");
  EXPECT_EQ(opened->receive_id, "wx49f0ab532d5d035a");
}

// wecom.md §9
TEST(CallbackCipher, OpensTheWecomEchoes) {
  auto sample = cipher("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "1372623149");
  std::string_view echo =
      "22vyvcBQ1xafTSJuhMGQuFyOAh00m2enIATgo4R6SGHY/YhofNmfwCksP3OP0Gxnq+cqnJcuvUQtjSbEu60IUA==";
  EXPECT_TRUE(
      sample.verify("6a27598fb5b01ee02684379a339fef6de65c83c2", "1629824456", "bqe3yfbqfc7", echo));
  EXPECT_EQ(sample.decrypt(echo)->message, "ECHO");

  auto other =
      cipher("4Ma3YBrSBbX2aez8MJpXGBne5LSDwgGqHbhM9WPYIws", "kjr2TKI8umCBfVF3wAHk8JiPwma5VBme");
  std::string_view text =
      "6KmUQuPVu7UhjyVqRdbo5SfcRqaHvbUlKSHFvBV2ZuR6TIlKsygcfeSd1GDplg1C5KSKr6UPHCaC/nIX3ZNt9w==";
  EXPECT_EQ(other.sign("1583940690", "VHh7ymSeb0jc4lSb", text),
            "1ba3cb09c0d2c2b3ed6900d37f91a6efae6cb011");
  EXPECT_EQ(other.decrypt(text)->message, "94966531020182955848408");
  EXPECT_EQ(other.decrypt(text)->receive_id, "ww6a112864f8022910");
}

TEST(CallbackCipher, OpensWhatItSealsAtEveryPadding) {
  for (size_t size = 0; size <= 100; ++size) {
    std::string message(size, 'x');
    auto opened = cipher().decrypt(cipher().encrypt(kRandom, message, kId));
    ASSERT_TRUE(opened.has_value()) << size;
    EXPECT_EQ(opened->message, message);
    EXPECT_EQ(opened->receive_id, kId);
  }
}

TEST(CallbackCipher, RefusesDamagedText) {
  EXPECT_FALSE(cipher().decrypt("").has_value());
  EXPECT_FALSE(cipher().decrypt("AAAA").has_value());
  EXPECT_FALSE(cipher().decrypt("not base64!").has_value());
  std::string sealed = cipher().encrypt(kRandom, "hello", kId);
  // Under another key the padding or the size is noise.
  EXPECT_FALSE(cipher("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C").decrypt(sealed).has_value());
}

TEST(CallbackCipher, RefusesSignaturesThatDoNotFit) {
  std::string text = cipher().encrypt(kRandom, "hello", kId);
  std::string signature = cipher().sign("1", "n", text);
  EXPECT_TRUE(cipher().verify(signature, "1", "n", text));
  EXPECT_FALSE(cipher().verify(signature, "2", "n", text));
  EXPECT_FALSE(cipher().verify("", "1", "n", text));
  EXPECT_FALSE(cipher(kKey, "other").verify(signature, "1", "n", text));
}

TEST(CallbackCipher, SignsThePassiveReplyOfTheDocument) {  // wechat.md §8.6
  auto box = cipher("kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR", "123456");
  std::string reply =
      "<xml>\n<MsgType><![CDATA[text]]></MsgType>\n<Content><![CDATA[test]]></Content>\n"
      "<FromUserName><![CDATA[wx49f0ab532d5d035a]]></FromUserName>\n"
      "<ToUserName><![CDATA[messense]]></ToUserName>\n<AgentID>1</AgentID>\n"
      "<CreateTime>1411525903</CreateTime>\n</xml>";
  std::string text = box.encrypt("1234567890123456", reply, "wx49f0ab532d5d035a");
  EXPECT_EQ(box.sign("1411525903", "461056294", text), "407518b7649e86ef23978113f92d27afa9296533");
}

}  // namespace
}  // namespace weir::connectors
