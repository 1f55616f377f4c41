// Requests as the published SDKs really sent them (tests/cases/sdk-requests.json): each is
// accepted, and what lands in the log was decoded from the bodies by hand.

#include "base/crypto.h"
#include "base/real_env.h"
#include "tests/support/collect_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace weir::collect {
namespace {

using ::testing::ElementsAre;
using testing::Rig;
using testing::text;

const Identity kU1{IdentityKind::UserId, "", "u1"};
const Identity kAnon1{IdentityKind::AnonymousId, "", "anon1"};

// "2026-11-22T16:55:33.311Z"
constexpr TimeMs kSegmentTime = 1'795'366'533'311;

class SdkRequests : public ::testing::Test {
 protected:
  SdkRequests() {
    const char* root = std::getenv("WEIR_SOURCE_DIR");
    auto env = make_real_env();
    auto bytes = env->files().read_all(std::string(root == nullptr ? "." : root) +
                                       "/tests/cases/sdk-requests.json");
    EXPECT_TRUE(bytes) << "run with WEIR_SOURCE_DIR set to the repository";
    if (bytes) cases_ = json::parse(*bytes)->get_object().at("requests").get_array();
  }

  HttpResponse replay(size_t index) {
    const json::object& c = cases_.at(index).get_object();
    HttpRequest request;
    request.method = json::optional_string(c, "method");
    request.target = json::optional_string(c, "path");
    for (const auto& h : c.at("headers").get_object()) {
      request.headers.set(std::string(h.key()), std::string(json::view(h.value().get_string())));
    }
    request.body = *crypto::from_base64(json::optional_string(c, "body_base64"));
    return rig_.send(std::move(request));
  }

  json::array cases_;
  Rig rig_;
};

TEST_F(SdkRequests, SegmentNodeBatchBecomesSixRecords) {
  HttpResponse answer = replay(0);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"success":true})");
  const auto& r = rig_.records();
  ASSERT_EQ(r.size(), 6u);
  EXPECT_TRUE(rig_.of_kind(RecordKind::Quarantine).empty());

  EXPECT_EQ(r[0].kind, RecordKind::Identify);
  EXPECT_EQ(r[0].source, "web");
  EXPECT_EQ(r[0].trust, Trust::Public);
  EXPECT_EQ(r[0].message_id, "node-next-1795366533311-37346d2b-4ef2-44d4-a636-ebd1b787327c");
  EXPECT_EQ(r[0].event_time, kSegmentTime);
  EXPECT_EQ(r[0].sent_time, kSegmentTime + 15);
  EXPECT_EQ(r[0].received_time, testing::kNow);
  EXPECT_THAT(r[0].identities, ElementsAre(kU1, Identity{IdentityKind::Phone, "", "13800138000"}));
  EXPECT_THAT(r[0].traits,
              ElementsAre(TraitChange{TraitOp::Set, "phone", std::string("13800138000")},
                          TraitChange{TraitOp::Set, "city", std::string("杭州")}));

  EXPECT_EQ(r[1].kind, RecordKind::Track);
  EXPECT_EQ(r[1].name, "add_to_cart");
  EXPECT_EQ(r[1].event_time, kSegmentTime + 1);
  EXPECT_THAT(r[1].identities, ElementsAre(kU1));
  EXPECT_EQ(text(r[1], "item_id"), "sku1");
  EXPECT_EQ(*find_property(r[1].properties, "amount"), Value(99.5));
  EXPECT_EQ(text(r[1], "$lib"), "@segment/analytics-node");
  EXPECT_EQ(text(r[1], "$lib_version"), "3.1.0");

  EXPECT_EQ(r[2].name, "page_view");
  EXPECT_THAT(r[2].identities, ElementsAre(kAnon1));

  EXPECT_EQ(r[3].kind, RecordKind::Alias);
  EXPECT_THAT(r[3].identities, ElementsAre(kU1, kAnon1));

  EXPECT_EQ(r[4].kind, RecordKind::Group);
  EXPECT_EQ(text(r[4], "group_id"), "g1");
  EXPECT_THAT(r[4].identities, ElementsAre(kU1));
  EXPECT_TRUE(r[4].traits.empty());

  EXPECT_EQ(r[5].kind, RecordKind::Page);
  EXPECT_EQ(event_name(r[5]), "$pageview");
  EXPECT_EQ(text(r[5], "$page_name"), "home");
  EXPECT_EQ(r[5].event_time, kSegmentTime + 4);
}

TEST_F(SdkRequests, PosthogNodeGzipBatchBecomesThreeRecords) {
  HttpResponse answer = replay(1);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"status":1})");
  const auto& r = rig_.records();
  ASSERT_EQ(r.size(), 3u);
  Identity u2{IdentityKind::UserId, "", "u2"};

  EXPECT_EQ(r[0].kind, RecordKind::Track);
  EXPECT_EQ(r[0].name, "view_item");
  EXPECT_EQ(r[0].source, "posthog");
  EXPECT_EQ(r[0].message_id, "01a2042f-3cba-7383-9b2d-b4b86e6959bb");
  EXPECT_EQ(r[0].event_time, 1'795'366'534'329);
  EXPECT_EQ(r[0].sent_time, 1'795'366'534'333);
  EXPECT_THAT(r[0].identities, ElementsAre(u2));
  EXPECT_EQ(text(r[0], "item_id"), "sku2");

  EXPECT_EQ(r[1].kind, RecordKind::Identify);
  EXPECT_EQ(event_name(r[1]), "$identify");
  EXPECT_THAT(r[1].identities, ElementsAre(u2));
  EXPECT_THAT(r[1].traits, ElementsAre(TraitChange{TraitOp::Set, "city", std::string("上海")}));
  EXPECT_EQ(find_property(r[1].properties, "$set"), nullptr);

  EXPECT_EQ(r[2].kind, RecordKind::Alias);
  EXPECT_THAT(r[2].identities, ElementsAre(u2, Identity{IdentityKind::AnonymousId, "", "anon2"}));
}

TEST_F(SdkRequests, RudderstackGzipJsonUnderAFormContentTypeIsRead) {
  EXPECT_EQ(replay(2).body, R"({"success":true})");
  EXPECT_EQ(replay(3).body, R"({"success":true})");
  const auto& r = rig_.records();
  ASSERT_EQ(r.size(), 2u);
  Identity u3{IdentityKind::UserId, "", "u3"};

  EXPECT_EQ(r[0].kind, RecordKind::Identify);
  EXPECT_EQ(r[0].message_id, "fdb73f68-b68b-4599-81b6-e3599f703bda");
  EXPECT_EQ(r[0].event_time, 1'795'366'534'959);
  EXPECT_EQ(r[0].sent_time, 1'795'366'534'960);
  EXPECT_THAT(r[0].identities, ElementsAre(u3));
  EXPECT_THAT(r[0].traits, ElementsAre(TraitChange{TraitOp::Set, "city", std::string("北京")}));

  EXPECT_EQ(r[1].kind, RecordKind::Track);
  EXPECT_EQ(r[1].name, "pay_order");
  EXPECT_EQ(*find_property(r[1].properties, "amount"), Value(int64_t{12}));
  EXPECT_EQ(r[1].event_time, 1'795'366'534'965);
}

TEST_F(SdkRequests, SensorsNodeRecordsAreOnePerson) {
  for (size_t i : {4u, 5u, 6u}) {
    HttpResponse answer = replay(i);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "");
  }
  const auto& r = rig_.records();
  ASSERT_EQ(r.size(), 3u);
  Identity u4{IdentityKind::UserId, "", "u4"};

  EXPECT_EQ(r[0].kind, RecordKind::Track);
  EXPECT_EQ(r[0].name, "ViewProduct");
  EXPECT_EQ(r[0].source, "sensors");
  EXPECT_EQ(r[0].event_time, 1'795'366'537'064);
  EXPECT_THAT(r[0].identities, ElementsAre(u4));
  EXPECT_EQ(text(r[0], "item"), "a");
  EXPECT_EQ(*find_property(r[0].properties, "price"), Value(12.5));

  EXPECT_EQ(r[1].kind, RecordKind::Identify);
  EXPECT_EQ(event_name(r[1]), "$SignUp");
  EXPECT_THAT(r[1].identities, ElementsAre(u4, Identity{IdentityKind::AnonymousId, "", "anon4"}));

  EXPECT_EQ(r[2].kind, RecordKind::Identify);
  EXPECT_THAT(r[2].identities, ElementsAre(u4));
  EXPECT_THAT(r[2].traits, ElementsAre(TraitChange{TraitOp::Set, "City", std::string("广州")}));
}

TEST_F(SdkRequests, TheSameRequestAgainBringsTheSameMessageIds) {
  for (size_t i = 0; i < cases_.size(); ++i) replay(i);
  size_t once = rig_.records().size();
  rig_.env->run_for(2 * kMinuteMs);
  for (size_t i = 0; i < cases_.size(); ++i) EXPECT_EQ(replay(i).status, 200);
  EXPECT_EQ(once, 14u);
  EXPECT_EQ(rig_.records().size(), once);
  EXPECT_EQ(rig_.appender.duplicates, once);
}

}  // namespace
}  // namespace weir::collect
