// Runs crypto.json as it is (its "origin" and each case's "source" say where it comes from).
#include "base/crypto.h"
#include "base/json.h"
#include "base/real_env.h"
#include "base/url.h"
#include "connectors/callback_cipher.h"
#include "connectors/callback_xml.h"
#include "connectors/wechat/signatures.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace weir {
namespace {

using connectors::CallbackCipher;

std::string text(const json::object& query, std::string_view key) {
  auto value = json::required_string(query, key);
  EXPECT_TRUE(value.has_value()) << key;
  return value ? *value : "";
}

void check_key(const json::object& query, const json::object& expected) {
  bool valid = CallbackCipher::open("t", text(query, "aes_key")).has_value();
  EXPECT_EQ(valid, json::optional_bool(expected, "valid", true));
}

void check_decrypt(const json::object& query, const json::object& expected) {
  auto cipher = CallbackCipher::open("t", text(query, "aes_key"));
  ASSERT_TRUE(cipher.has_value());
  auto opened = cipher->decrypt(text(query, "encrypted"));
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->message, text(expected, "message"));
  EXPECT_EQ(opened->receive_id, text(expected, "receive_id"));
}

void check_encrypt(const json::object& query, const json::object& expected) {
  auto cipher = CallbackCipher::open("t", text(query, "aes_key"));
  ASSERT_TRUE(cipher.has_value());
  EXPECT_EQ(
      cipher->encrypt(text(query, "random16"), text(query, "message"), text(query, "receive_id")),
      text(expected, "encrypted"));
}

void check_js_sdk(const json::object& query, const json::object& expected) {
  EXPECT_EQ(connectors::wechat::js_sdk_signature(text(query, "ticket"), text(query, "nonce"),
                                                 json::optional_int(query, "timestamp", 0),
                                                 text(query, "url")),
            text(expected, "signature"));
}

void check_refund(const json::object& query, const json::object& expected) {
  auto opened =
      connectors::wechat::open_refund_notice(text(query, "api_key"), text(query, "req_info"));
  ASSERT_TRUE(opened.has_value());
  auto fields = json::required_object(expected, "fields");
  ASSERT_TRUE(fields.has_value());
  for (const auto& field : **fields) {
    std::string element = "<" + std::string(field.key()) + "><![CDATA[" +
                          std::string(json::view(field.value().get_string())) + "]]></";
    EXPECT_NE(opened->find(element), std::string::npos) << element;
  }
}

void check_sha1_sorted(const json::object& query, const json::object& expected) {
  auto parts = json::required_array(query, "parts");
  ASSERT_TRUE(parts.has_value());
  std::vector<std::string_view> views;
  for (const json::value& part : **parts) views.push_back(json::view(part.get_string()));
  EXPECT_EQ(connectors::sha1_sorted(views), text(expected, "sha1"));
}

constexpr std::string_view kAnyKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

void check_sign(const json::object& query, const json::object& expected) {
  auto cipher = CallbackCipher::open(text(query, "token"), kAnyKey);
  EXPECT_EQ(cipher->sign(text(query, "timestamp"), text(query, "nonce"), text(query, "encrypted")),
            text(expected, "signature"));
}

void check_url(const json::object& query, const json::object& expected) {
  auto cipher = CallbackCipher::open(text(query, "token"), kAnyKey);
  EXPECT_EQ(cipher->verify(text(query, "signature"), text(query, "timestamp"), text(query, "nonce"),
                           text(query, "echostr")),
            json::optional_bool(expected, "valid", true));
}

void check_url_and_echo(const json::object& query, const json::object& expected) {
  auto cipher = CallbackCipher::open(text(query, "token"), text(query, "aes_key"));
  ASSERT_TRUE(cipher.has_value());
  QueryString parameters(text(query, "query_string"));
  EXPECT_EQ(cipher->verify(parameters.get("msg_signature"), parameters.get("timestamp"),
                           parameters.get("nonce"), parameters.get("echostr")),
            json::optional_bool(expected, "valid", true));
  auto opened = cipher->decrypt(parameters.get("echostr"));
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->message, text(expected, "echo"));
  EXPECT_EQ(opened->receive_id, text(query, "receive_id"));
}

struct Check {
  std::string_view name;
  void (*run)(const json::object& query, const json::object& expected);
};
constexpr Check kChecks[] = {
    {"check_key", check_key},
    {"decrypt", check_decrypt},
    {"encrypt", check_encrypt},
    {"js_sdk_sign", check_js_sdk},
    {"sign", check_sign},
    {"pay_refund_decrypt", check_refund},
    {"verify_url", check_url},
    {"sha1_sorted", check_sha1_sorted},
    {"verify_url_and_echo", check_url_and_echo},
};

TEST(CryptoCases, AllPass) {
  const char* root = std::getenv("WEIR_SOURCE_DIR");
  ASSERT_NE(root, nullptr);
  auto file = make_real_env()->files().read_all(std::string(root) + "/tests/cases/crypto.json");
  ASSERT_TRUE(file.has_value());
  auto suite = json::parse(*file);
  ASSERT_TRUE(suite.has_value());
  auto cases = json::required_array(suite->get_object(), "cases");
  ASSERT_TRUE(cases.has_value());
  int64_t ran = 0;
  for (const json::value& item : **cases) {
    const json::object& one = item.get_object();
    SCOPED_TRACE(text(one, "name"));
    auto query = json::required_object(one, "query");
    auto expected = json::required_object(one, "expected");
    ASSERT_TRUE(query.has_value() && expected.has_value());
    std::string what = text(**query, "do");
    bool known = false;
    for (const Check& check : kChecks) {
      if (check.name != what) continue;
      known = true;
      check.run(**query, **expected);
    }
    EXPECT_TRUE(known) << "no check for \"" << what << "\"";
    ++ran;
  }
  EXPECT_EQ(ran, json::optional_int(suite->get_object(), "count", 0));
}

}  // namespace
}  // namespace weir
