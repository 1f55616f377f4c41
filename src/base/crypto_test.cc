#include "base/crypto.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

namespace weir::crypto {
namespace {

std::string hex(std::string_view text) {
  auto bytes = from_hex(text);
  EXPECT_TRUE(bytes.has_value());
  return bytes.value_or("");
}

std::string unpad(std::string text) {
  text.resize(text.size() - static_cast<uint8_t>(text.back()));
  return text;
}

// FIPS 180-4, RFC 1321.
TEST(DigestTest, MatchesThePublishedVectors) {
  EXPECT_EQ(to_hex(md5("message digest")), "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_EQ(to_hex(md5("")), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(to_hex(sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(to_hex(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

// RFC 4231 cases 1, 2, 3, 6 and 7; RFC 2202 case 6.
TEST(HmacTest, MatchesTheRfcVectors) {
  EXPECT_EQ(to_hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(to_hex(hmac_sha256(std::string(20, '\xaa'), std::string(50, '\xdd'))),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  std::string long_key(131, '\xaa');
  EXPECT_EQ(to_hex(hmac_sha256(long_key, "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(to_hex(hmac_sha1(std::string(80, '\xaa'),
                             "Test Using Larger Than Block-Size Key - Hash Key First")),
            "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

// RFC 5869 test case 3: no salt, no info. Longer outputs agree with shorter ones.
TEST(HkdfTest, MatchesTheRfcVector) {
  std::string key(22, '\x0b');
  std::string expected =
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
      "9d201395faa4b61a96c8";
  EXPECT_EQ(to_hex(hkdf_sha256(key, "", 42)), expected);
  EXPECT_EQ(to_hex(hkdf_sha256(key, "", 16)), expected.substr(0, 32));
  EXPECT_NE(hkdf_sha256(key, "vault", 32), hkdf_sha256(key, "search", 32));
}

// RFC 4648 §10.
TEST(Base64Test, MatchesTheRfcVectorsBothWays) {
  const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}};
  for (const auto& [clear, text] : vectors) {
    EXPECT_EQ(base64(clear), text);
    EXPECT_EQ(from_base64(text).value_or("?"), clear);
  }
  EXPECT_EQ(base64_url("\xfb\xff"), "-_8");
}

TEST(Base64Test, TakesWhatVendorsSend) {
  EXPECT_EQ(from_base64("Zg").value_or("?"), "f");
  EXPECT_EQ(from_base64("Zh==").value_or("?"), "f");  // spare bits are not zero
  EXPECT_EQ(from_base64("-_8").value_or("?"), from_base64("+/8=").value_or("!"));
  auto key = from_base64("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C");  // 43 characters
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(key->size(), 32u);
}

TEST(Base64Test, RefusesDamage) {
  for (std::string_view text : {"Z", "Zg=a", "Zm9v\n", "Zm 9v", "Zg===", "====", "Zm9vY"}) {
    auto result = from_base64(text);
    ASSERT_FALSE(result.has_value()) << text;
    EXPECT_EQ(result.error().code, ErrorCode::InvalidArgument);
  }
}

TEST(HexTest, GoesBothWaysAndRefusesDamage) {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  EXPECT_EQ(from_hex(to_hex(all)).value_or(""), all);
  EXPECT_EQ(from_hex("00FFaB").value_or(""), std::string("\x00\xff\xab", 3));
  EXPECT_FALSE(from_hex("abc").has_value());
  EXPECT_FALSE(from_hex("zz").has_value());
}

TEST(ConstantTimeTest, ComparesBytesAndLengths) {
  EXPECT_TRUE(equal_constant_time("secret", "secret"));
  EXPECT_TRUE(equal_constant_time("", ""));
  EXPECT_FALSE(equal_constant_time("secret", "secreT"));
  EXPECT_FALSE(equal_constant_time("secret", "secret1"));
}

// The GCM specification (McGrew and Viega), test cases 13, 14 and 16.
TEST(GcmTest, MatchesThePublishedVectors) {
  std::string zero_key(32, '\0'), zero_nonce(12, '\0');
  EXPECT_EQ(to_hex(seal_gcm(zero_key, zero_nonce, "", "").value_or("")),
            "530f8afbc74536b9a963b4f1c4cb738b");
  EXPECT_EQ(to_hex(seal_gcm(zero_key, zero_nonce, std::string(16, '\0'), "").value_or("")),
            "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
  std::string key = hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  std::string nonce = hex("cafebabefacedbaddecaf888");
  std::string clear =
      hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
          "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
  std::string aad = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  std::string sealed =
      hex("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
          "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
          "76fc6ece0f4e1768cddf8853bb2d551b");
  EXPECT_EQ(seal_gcm(key, nonce, clear, aad).value_or(""), sealed);
  EXPECT_EQ(open_gcm(key, nonce, sealed, aad).value_or(""), clear);
}

TEST(GcmTest, RefusesEveryDamage) {
  std::string key(32, 'k'), nonce(12, 'n');
  std::string sealed = seal_gcm(key, nonce, "13800138000", "phone").value_or("");
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string damaged = sealed;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    auto result = open_gcm(key, nonce, damaged, "phone");
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode::DataLoss);
  }
  EXPECT_FALSE(open_gcm(key, nonce, sealed, "name").has_value());
  EXPECT_FALSE(open_gcm(std::string(32, 'x'), nonce, sealed, "phone").has_value());
  EXPECT_FALSE(open_gcm(key, std::string(12, 'x'), sealed, "phone").has_value());
  EXPECT_FALSE(open_gcm(key, nonce, sealed.substr(1), "phone").has_value());
  EXPECT_FALSE(open_gcm(key, nonce, "short", "phone").has_value());
  EXPECT_EQ(open_gcm(key, nonce, sealed, "phone").value_or(""), "13800138000");
}

TEST(GcmTest, NamesAWrongKeyOrNonceSize) {
  auto result = seal_gcm("short", std::string(12, 'n'), "x", "");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::InvalidArgument);
  EXPECT_NE(result.error().message.find("5 bytes"), std::string::npos);
  EXPECT_FALSE(seal_gcm(std::string(32, 'k'), "", "x", "").has_value());
}

// NIST SP 800-38A F.2.1 and F.2.5.
TEST(CbcTest, MatchesTheNistVectors) {
  std::string iv = hex("000102030405060708090a0b0c0d0e0f");
  std::string clear = hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
  std::string key128 = hex("2b7e151628aed2a6abf7158809cf4f3c");
  std::string cipher128 = hex("7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2");
  EXPECT_EQ(encrypt_cbc(key128, iv, clear).value_or(""), cipher128);
  EXPECT_EQ(decrypt_cbc(key128, iv, cipher128).value_or(""), clear);
  std::string key256 = hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
  std::string cipher256 = hex("f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d");
  EXPECT_EQ(encrypt_cbc(key256, iv, clear).value_or(""), cipher256);
  EXPECT_EQ(decrypt_cbc(key256, iv, cipher256).value_or(""), clear);
}

TEST(CbcTest, RefusesWrongSizes) {
  std::string key(32, 'k'), iv(16, 'i');
  EXPECT_FALSE(encrypt_cbc(key, iv, "seventeen bytes..").has_value());
  EXPECT_FALSE(encrypt_cbc(std::string(24, 'k'), iv, std::string(16, 'x')).has_value());
  EXPECT_FALSE(decrypt_cbc(key, "short", std::string(16, 'x')).has_value());
  EXPECT_EQ(decrypt_cbc(key, iv, "").value_or("?"), "");
}

// wechatpy tests/test_crypto.py (MIT): the envelope of a service account, both ways.
TEST(VendorCryptoTest, OpensAndMakesAWeChatEnvelope) {
  std::string key = from_base64("kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR").value_or("");
  std::string iv = key.substr(0, 16);
  std::string encrypted =
      "9s4gMv99m88kKTh/H8IdkOiMg6bisoy3ypwy9H4hvSPe9nsGaqyw5hhSjdYbcrKk+j3nba4HMOTzHrluLBYqxgNcBqGs"
      "L8GqxlhZgURnAtObvesEl5nZ+uBE8bviY0LWke8Zy9V/QYKxNV2FqllNXcfmstttyIkMKCCmVbCFM2JTF5wY0nFhHZSj"
      "PUL2Q1qvSUCUld+/WIXrx0oyKQmpB6o8NRrrNrsDf03oxI1p9FxUgMnwKKZeOA/uu+2IEvEBtb7muXsVbwbgX05UPPJv"
      "FurDXafG0RQyPR+mf1nDnAtQmmNOuiR5MIkdQ39xn1vWwi1O5oazPoQJz0nTYjxxEE8kv3kFxtAGVRe3ypD3WeK2XeFY"
      "FMNMpatF9XiKzHo3";
  std::string clear = decrypt_cbc(key, iv, from_base64(encrypted).value_or("")).value_or("");
  ASSERT_GT(clear.size(), 40u);
  EXPECT_EQ(clear.substr(0, 16), "1234567890123456");
  EXPECT_NE(clear.find("<MsgType><![CDATA[text]]></MsgType>"), std::string::npos);
  EXPECT_TRUE(unpad(clear).ends_with("wx49f0ab532d5d035a"));
  EXPECT_EQ(base64(encrypt_cbc(key, iv, clear).value_or("")), encrypted);
}

// go-workwx (BSD-3-Clause), WxJava (Apache-2.0) and go-wecom (MIT).
TEST(VendorCryptoTest, SignsLikeTheVendors) {
  EXPECT_EQ(to_hex(sha1("123345")), "9f537aeb751ec72605f57f94a2f6dc3e3958e1dd");
  EXPECT_EQ(to_hex(sha1("jsapi_ticket=sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy"
                        "3-Sl-HhTdfl2fzFy1AOcHKP7qg&noncestr=Wm3WZYTPz0wzccnW&timestamp=1414587457"
                        "&url=http://mp.weixin.qq.com?params=value")),
            "0f9de62fce790f9a083d5c99e95740ceb90c27ed");
  std::array<std::string, 4> parts = {
      "kz7Yx62CH8SaLN", "1583995625", "1584392382",
      "fyVN9BUnH6xNl0/VCHTCg6XGxxvoFdyZ7VQbAbBcQ79dVccYvdIyJYZSMMhkPy8LPaoe+V27qjoQ553fXavmrPOgxzHr"
      "KKf3YIu63pB4/nN0LY4S+GzUFi/LLFj1TI1sOh0q2jT5u1nYz5G3HFNLd3DFUvJVLtZl8mVMwUOzBpzKZhhmCvIJLVlv"
      "ym9tt+VYwG06MSbmnf9AzYFKhm1BIy+95Q824ilY6Wy8l+vkFqEdASl2k83jMXvlkVRSB3hmNptWTbq8ygDdLtkCyA4U"
      "EiZvfTskqqVkbYwLptRl/1F+DVL9SH/TWt2j3dCm4rzY5jQG+fA+2xh2Kk+OrVgafqtQCfhjq8C38A2IwCcg2BONKk8s"
      "5ijFxQoszmXvJQ3zLYbjzRWQ40xhryDyPNNse7/slKVW2QMBEUPNOxUcX9k="};
  std::ranges::sort(parts);
  EXPECT_EQ(to_hex(sha1(parts[0] + parts[1] + parts[2] + parts[3])),
            "a44d1b7dc3dc4b02edd99dc32afa6a26be7c92f6");
}

// wechatpy tests/test_crypto.py (MIT): the first blocks of a refund notice.
TEST(VendorCryptoTest, OpensAPayRefundNotice) {
  std::string key = to_hex(md5("OF4Ne3znh8KqL0V4NqmALQa0uXMYKcEk"));
  std::string cipher = from_base64("51A27s9LxbaEv52nBOrqa0FCs3HVIM31Wc3BpNqSCP4=").value_or("");
  auto clear = decrypt_ecb(key, cipher.substr(0, 16));
  ASSERT_TRUE(clear.has_value());
  EXPECT_EQ(clear->substr(0, 6), "<root>");
}

TEST(PasswordTest, VerifiesOnlyTheRightPassword) {
  std::string stored = hash_password("correct horse", "0123456789abcdef");
  EXPECT_TRUE(stored.starts_with("scrypt$MDEyMzQ1Njc4OWFiY2RlZg==$"));
  EXPECT_TRUE(verify_password("correct horse", stored));
  EXPECT_FALSE(verify_password("correct horsf", stored));
  EXPECT_FALSE(verify_password("", stored));
  EXPECT_FALSE(verify_password("correct horse", ""));
  EXPECT_FALSE(verify_password("correct horse", "scrypt$x"));
  EXPECT_FALSE(verify_password("correct horse", "scrypt$MDEy$"));
  // Python: hashlib.scrypt(b"pw", salt=b"NaCl", n=32768, r=8, p=1, maxmem=2**26, dklen=32)
  EXPECT_EQ(hash_password("pw", "NaCl"),
            "scrypt$TmFDbA==$xDo5kIpTHAbOKfcusuB6O4t+OQBJwpcffCljn1rU2CQ=");
}

}  // namespace
}  // namespace weir::crypto
