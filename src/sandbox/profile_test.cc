#include "sandbox/profile.h"

#include "base/real_env.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace weir::sandbox {
namespace {

TEST(Profile, ShippedFilesLoad) {
  const char* root = std::getenv("WEIR_SOURCE_DIR");
  ASSERT_NE(root, nullptr);
  auto env = make_real_env();
  auto text = env->files().read_all(std::string(root) + "/src/sandbox/profiles/stormy.json");
  ASSERT_TRUE(text.has_value());
  Profile profile;
  ASSERT_TRUE(change_profile(profile, json::parse(*text)->get_object()).has_value());
  EXPECT_DOUBLE_EQ(profile.lost_reply, 0.3);
  EXPECT_EQ(profile.latency_max_ms, 800);
}

TEST(Profile, RefusesUnknownFieldsAsAWhole) {
  Profile profile;
  auto changed = change_profile(profile, {{"busy", 0.5}, {"lost_replies", 1}});
  ASSERT_FALSE(changed.has_value());
  EXPECT_EQ(changed.error().field, "lost_replies");
  EXPECT_DOUBLE_EQ(profile.busy, Profile().busy);
  EXPECT_FALSE(change_profile(profile, {{"busy", -1}}).has_value());
  EXPECT_FALSE(change_profile(profile, {{"latency_min_ms", 1.5}}).has_value());
}

TEST(Profile, ShowsEveryFieldItAccepts) {
  Profile profile = calm_profile(), copy;
  ASSERT_TRUE(change_profile(copy, show_profile(profile)).has_value());
  EXPECT_EQ(show_profile(copy), show_profile(profile));
}

}  // namespace
}  // namespace weir::sandbox
