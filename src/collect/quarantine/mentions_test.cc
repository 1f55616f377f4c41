#include "collect/quarantine/mentions.h"

#include "base/metrics.h"
#include "base/sim_env.h"
#include "tests/support/collect_rig.h"

#include <gtest/gtest.h>

namespace weir::collect {
namespace {

/// Tokens as the vault makes them, but readable: what is no phone number or address has none.
struct ReadableTokens : testing::MarkingVault {
  Result<std::string> token(IdentityKind kind, std::string_view clear) const override {
    std::string digits;
    bool address = clear.find('@') != clear.npos;
    for (char c : clear) {
      if (c >= '0' && c <= '9') digits.push_back(c);
    }
    if (digits.starts_with("86")) digits.erase(0, 2);
    if (kind == IdentityKind::Email && address) return "token:" + std::string(clear);
    if (kind == IdentityKind::Phone && digits.size() == 11) return "token:" + digits;
    return fail(ErrorCode::InvalidArgument, "neither");
  }
};

struct MentionsTest : ::testing::Test {
  ReadableTokens vault;
  std::vector<Identity> person = {{IdentityKind::UserId, "", "M1000067"},
                                  {IdentityKind::OpenId, "wx1", "oX-7_a"},
                                  {IdentityKind::UserId, "", "会员7"},
                                  {IdentityKind::Phone, "", "token:13800138000"},
                                  {IdentityKind::Email, "", "token:tom.b@b.cn"}};
  bool mentions(std::string_view payload) const { return Mentions(vault, person).in(payload); }
};

TEST_F(MentionsTest, FindsAnIdAsAWordOfItsOwnAnywhere) {
  EXPECT_TRUE(mentions(R"({"userId":"M1000067"})"));
  EXPECT_TRUE(mentions(R"({"a":{"b":["x","M1000067"]}})"));
  EXPECT_TRUE(mentions(R"(536414,"22139",M1000067,0)"));
  EXPECT_TRUE(mentions(R"(broken {"userId":"M1000067)"));
  EXPECT_TRUE(mentions(R"({"openid":"oX-7_a"})"));
  EXPECT_FALSE(mentions(R"({"userId":"M10000671"})"));
  EXPECT_FALSE(mentions(R"({"userId":"XM1000067"})"));
  EXPECT_FALSE(mentions(R"({"openid":"oX-7_a-b"})"));
  EXPECT_FALSE(mentions(""));
}

TEST_F(MentionsTest, FindsTextBehindJsonEscapes) {
  EXPECT_TRUE(mentions(R"({"userId":"会员7"})"));
  EXPECT_TRUE(mentions(R"({"userId":"\u4f1a\u54587"})"));
  EXPECT_TRUE(mentions(R"({"\u004d1000067":1})"));
  EXPECT_FALSE(mentions(R"({"userId":"\u4f1a\u54588"})"));
}

TEST_F(MentionsTest, FindsPhoneNumbersAndAddressesByTheirTokens) {
  for (std::string_view payload :
       {R"({"phone":"13800138000"})", R"({"phone":13800138000})",
        R"({"x":"call 138 0013 8000 now"})", R"({"x":"+86 138-0013-8000"})",
        R"({"x":"１３８００１３８０００"})", R"({"x":"\uff113800138000"})", R"(broken 13800138000)",
        R"({"m":"tom.b@b.cn"})", R"({"x":"write to tom.b@b.cn."})"}) {
    EXPECT_TRUE(mentions(payload)) << payload;
  }
  for (std::string_view payload :
       {R"({"phone":"13800138001"})", R"({"x":"138001380001"})", R"({"m":"tim.b@b.cn"})",
        R"({"t":1795366530000,"d":"2026-03-02 10:00:00"})"}) {
    EXPECT_FALSE(mentions(payload)) << payload;
  }
}

}  // namespace
}  // namespace weir::collect
