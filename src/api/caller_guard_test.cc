#include "api/caller_guard.h"

#include "base/sim_env.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir::api {
namespace {

struct CallerGuardTest : ::testing::Test {
  std::unique_ptr<SimEnv> env = SimEnv::make(7, 1772380800000);
  CallerGuard guard{env->clock(), {.failed_per_minute = 3, .trusted_proxies = {"10.0.0.5"}}};

  static HttpRequest from(std::string peer, std::vector<std::string> forwarded = {}) {
    HttpRequest request;
    request.peer = std::move(peer);
    for (std::string& line : forwarded)
      request.headers.items.emplace_back("x-forwarded-for", std::move(line));
    return request;
  }
  void answer(const std::string& caller, int status) {
    int passed_on = 0;
    guard.counted(caller,
                  [&](HttpResponse r) { passed_on = r.status; })(HttpResponse::text(status, ""));
    EXPECT_EQ(passed_on, status);
  }
};

TEST_F(CallerGuardTest, RefusedRequestsEmptyTheBucketOfTheirAddressOnly) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(guard.is_spent("192.0.2.7"));
    answer("192.0.2.7", i == 1 ? 403 : 401);
  }
  EXPECT_TRUE(guard.is_spent("192.0.2.7"));
  EXPECT_FALSE(guard.is_spent("192.0.2.8"));
  HttpResponse refusal = CallerGuard::too_many();
  EXPECT_EQ(refusal.status, 429);
  EXPECT_EQ(refusal.headers.get("retry-after"), "1");
  EXPECT_NE(refusal.body.find("from this address"), std::string::npos);
}

TEST_F(CallerGuardTest, WhatSucceedsOrIsOnlyMalformedCostsNothing) {
  for (int status : {200, 200, 400, 404, 413, 429, 500, 503}) answer("192.0.2.7", status);
  EXPECT_FALSE(guard.is_spent("192.0.2.7"));
}

TEST_F(CallerGuardTest, ABucketFillsAgainWithinAMinute) {
  for (int i = 0; i < 50; ++i) answer("192.0.2.7", 401);
  env->run_for(19 * kSecondMs);
  EXPECT_TRUE(guard.is_spent("192.0.2.7")) << "a flood earns nothing beyond an empty bucket";
  env->run_for(2 * kSecondMs);
  EXPECT_FALSE(guard.is_spent("192.0.2.7"));
  answer("192.0.2.7", 401);
  EXPECT_TRUE(guard.is_spent("192.0.2.7"));
  env->run_for(kMinuteMs + kSecondMs);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(guard.is_spent("192.0.2.7"));
    answer("192.0.2.7", 401);
  }
}

TEST_F(CallerGuardTest, OnlyATrustedProxySaysWhoIsBehindIt) {
  EXPECT_EQ(guard.caller(from("192.0.2.7", {"198.51.100.1"})), "192.0.2.7");
  EXPECT_EQ(guard.caller(from("10.0.0.5", {"198.51.100.1"})), "198.51.100.1");
  // The caller wrote all but the last hop.
  EXPECT_EQ(guard.caller(from("10.0.0.5", {"1.1.1.1, 198.51.100.1"})), "198.51.100.1");
  EXPECT_EQ(guard.caller(from("10.0.0.5", {"1.1.1.1", "198.51.100.1"})), "198.51.100.1");
  EXPECT_EQ(guard.caller(from("::ffff:10.0.0.5", {"198.51.100.1,10.0.0.5"})), "198.51.100.1");
  EXPECT_EQ(guard.caller(from("10.0.0.5", {"198.51.100.1, unknown"})), "10.0.0.5");
  EXPECT_EQ(guard.caller(from("10.0.0.5")), "10.0.0.5");
  EXPECT_EQ(guard.caller(from("2001:db8:1:2::9")), guard.caller(from("2001:db8:1:2:7::1")));
}

TEST(AddressBuckets, RememberABoundedNumberOfAddresses) {
  auto env = SimEnv::make(7, 1772380800000);
  AddressBuckets buckets(env->clock(), 2);
  for (int i = 0; i < 100'000; ++i) buckets.spend(fmt::format("10.{}.{}.1", i / 256, i % 256));
  EXPECT_LE(buckets.size(), 2 * AddressBuckets::kGenerationMax);
  buckets.spend("192.0.2.7");
  buckets.spend("192.0.2.7");
  for (size_t i = 0; i < AddressBuckets::kGenerationMax; ++i) buckets.spend(fmt::format("n{}", i));
  EXPECT_TRUE(buckets.is_empty("192.0.2.7")) << "remembered for a whole generation more";
}

}  // namespace
}  // namespace weir::api
