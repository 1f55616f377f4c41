#include "connectors/testing.h"
#include "model/facts.h"

namespace weir::connectors {
namespace {

using testing::encrypted_push;
using testing::golden;
using testing::kCorpid;
using testing::wecom_config;

const std::string kPath = "/webhooks/wecom/main";
const std::string kAdd = "/wecom/cgi-bin/externalcontact/add_msg_template";
const std::string kResult = "/wecom/cgi-bin/externalcontact/get_groupmsg_send_result";
const std::string kTask = "/wecom/cgi-bin/externalcontact/get_groupmsg_task";
const std::string kList = "/wecom/cgi-bin/externalcontact/get_groupmsg_list_v2";
const std::string kGet = "/wecom/cgi-bin/externalcontact/get";
const std::string kMessage = "/wecom/cgi-bin/message/send";

std::string send_list(int status) {
  return fmt::format(R"({{"errcode":0,"errmsg":"ok","next_cursor":"","send_list":[)"
                     R"({{"external_userid":"wmABC","userid":"zhangsan","status":{}}}]}})",
                     status);
}

Delivery guide_task() {
  Delivery delivery;
  delivery.effect_key = "0123456789abcdef0123456789abcdef";
  delivery.channel = "wecom_guide_task";
  delivery.scope = kCorpid;
  delivery.recipient = "wmABC";
  delivery.staff_userid = "zhangsan";
  delivery.content = "您的购物车还在等您";
  delivery.url = "https://shop.example/cart?sku=1";
  return delivery;
}

class Wecom : public testing::World {
 protected:
  void SetUp() override { open({wecom_config()}); }
  Envelope push(const std::string& file) {
    size_t before = appender.records.size();
    auto response = webhook(encrypted_push(kPath, golden(file), kCorpid, now_seconds()));
    EXPECT_EQ(response.status, 200);
    return appender.records.size() > before ? appender.records[before] : Envelope{};
  }
};

TEST_F(Wecom, AnswersTheEncryptedAddressCheck) {
  auto cipher = CallbackCipher::open(std::string(testing::kToken), testing::kKey);
  std::string echo = cipher->encrypt("aaaabbbbccccdddd", "12345", kCorpid);
  HttpRequest request;
  request.target = fmt::format("{}?msg_signature={}&timestamp=5&nonce=x&echostr={}", kPath,
                               cipher->sign("5", "x", echo), percent_encode(echo));
  EXPECT_EQ(webhook(request).body, "12345");
  request.target.replace(request.target.find("nonce=x"), 7, "nonce=y");
  EXPECT_EQ(webhook(request).status, 403);
}

TEST_F(Wecom, FriendAddedCarriesStaffAndState) {
  Envelope e = push("wecom_add.xml");
  EXPECT_EQ(e.name, facts::kWecomFriendAdded);
  EXPECT_EQ(e.identities[0],
            (Identity{IdentityKind::ExternalUserId, std::string(kCorpid), "wmABC"}));
  EXPECT_EQ(string_property(e.properties, "staff_userid"), "zhangsan");
  EXPECT_EQ(string_property(e.properties, "state"), "ch_88");
  EXPECT_EQ(*find_property(e.properties, "half"), Value(false));
  Envelope half = push("wecom_add_half.xml");
  EXPECT_EQ(half.name, facts::kWecomFriendAdded);
  EXPECT_EQ(*find_property(half.properties, "half"), Value(true));
}

TEST_F(Wecom, FriendDeletedSaysByWhom) {
  Envelope staff = push("wecom_del_by_staff.xml");
  EXPECT_EQ(staff.name, facts::kWecomFriendDeleted);
  EXPECT_EQ(string_property(staff.properties, "by"), "staff");
  EXPECT_EQ(string_property(staff.properties, "cause"), "DELETE_BY_TRANSFER");
  Envelope customer = push("wecom_del_by_customer.xml");
  EXPECT_EQ(string_property(customer.properties, "by"), "customer");
}

TEST_F(Wecom, ReadsTheUnionidBackOnceTheContactIsVisible) {
  vendor.answer(kGet, R"({"errcode":84061,"errmsg":"not external contact"})");
  vendor.answer(kGet, R"({"errcode":84061,"errmsg":"not external contact"})");
  vendor.answer(kGet, R"({"errcode":0,"errmsg":"ok","external_contact":)"
                      R"({"external_userid":"wmABC","name":"李四","type":1,"unionid":"uABC"}})");
  push("wecom_add.xml");
  env->run_for(kMinuteMs);
  ASSERT_EQ(appender.records.size(), 2u);
  Envelope link = appender.records[1];
  EXPECT_EQ(link.kind, RecordKind::Identify);
  ASSERT_EQ(link.identities.size(), 2u);
  EXPECT_EQ(link.identities[1], (Identity{IdentityKind::UnionId, "default", "uABC"}));
  // An edit is read back and gives the same record.
  push("wecom_edit.xml");
  env->run_for(kMinuteMs);
  ASSERT_EQ(appender.records.size(), 3u);
  EXPECT_EQ(appender.records[2].message_id, link.message_id);
}

TEST_F(Wecom, RefusesForgeries) {
  std::string add = golden("wecom_add.xml");
  EXPECT_EQ(webhook(encrypted_push(kPath, add, "wwother", now_seconds())).status, 403);
  HttpRequest clear;
  clear.method = "POST";
  clear.target = kPath + "?msg_signature=x&timestamp=" + now_seconds() + "&nonce=n";
  clear.body = add;
  EXPECT_EQ(webhook(clear).status, 403);
  EXPECT_TRUE(appender.records.empty());
}

TEST_F(Wecom, GuideTaskIsAcceptedThenReceiptsFollowTheMember) {
  vendor.answer(kAdd, R"({"errcode":0,"errmsg":"ok","fail_list":[],"msgid":"msg1"})");
  for (int i = 0; i < 3; ++i) vendor.answer(kResult, send_list(0));
  vendor.answer(kResult, send_list(1));
  DeliveryOutcome outcome = deliver("wecom_guide_task", guide_task());
  EXPECT_EQ(outcome.state, DeliveryState::Accepted);
  EXPECT_EQ(outcome.vendor_id, "msg1");
  EXPECT_TRUE(channel("wecom_guide_task")->needs_receipt());
  EXPECT_EQ(vendor.last(kAdd)->body, golden("request_add_msg_template.json"));
  env->run_for(10 * kMinuteMs);
  EXPECT_TRUE(appender.records.empty());
  env->run_for(20 * kMinuteMs);
  ASSERT_EQ(appender.records.size(), 1u);
  const Envelope& receipt = appender.records[0];
  EXPECT_EQ(receipt.kind, RecordKind::Receipt);
  EXPECT_EQ(string_property(receipt.properties, "vendor_id"), "msg1");
  EXPECT_EQ(string_property(receipt.properties, "state"), "delivered");
  env->run_for(kDayMs);
  EXPECT_EQ(vendor.count(kResult), 4);
}

TEST_F(Wecom, TaskResultsMapToReasons) {
  vendor.answer(kAdd, R"({"errcode":0,"errmsg":"ok","msgid":"msg1"})");
  vendor.answer(kAdd, R"({"errcode":0,"errmsg":"ok","msgid":"msg2"})");
  vendor.answer(kResult, send_list(2));
  vendor.answer(kResult, send_list(3));
  deliver("wecom_guide_task", guide_task());
  env->run_for(2 * kMinuteMs);
  deliver("wecom_guide_task", guide_task());
  env->run_for(2 * kMinuteMs);
  ASSERT_EQ(appender.records.size(), 2u);
  EXPECT_EQ(string_property(appender.records[0].properties, "reason"), "not_friend");
  EXPECT_EQ(string_property(appender.records[1].properties, "reason"), "quota");
}

TEST_F(Wecom, ACustomerInTheFailListIsNotAFriend) {
  vendor.answer(kAdd, R"({"errcode":0,"errmsg":"ok","fail_list":["wmABC"],"msgid":"msg1"})");
  EXPECT_EQ(deliver("wecom_guide_task", guide_task()).reason, "not_friend");
}

TEST_F(Wecom, ReconcileFindsTheTaskInTheVendorsList) {
  vendor.answer(
      kList,
      R"({"errcode":0,"errmsg":"ok","next_cursor":"c2","group_msg_list":[)"
      R"({"msgid":"other","create_time":1767225600,"text":{"content":"您的购物车还在等您"}}]})");
  vendor.answer(
      kList, R"({"errcode":0,"errmsg":"ok","next_cursor":"","group_msg_list":[)"
             R"({"msgid":"msg1","create_time":1767225600,"text":{"content":"您的购物车还在等您"},)"
             R"("attachments":[{"msgtype":"link","link":{"url":"https://shop.example/cart?sku=1)"
             R"(&weir_effect=0123456789abcdef0123456789abcdef"}}]}]})");
  vendor.answer(kTask,
                R"({"errcode":0,"errmsg":"ok","task_list":[{"userid":"ZhangSan","status":0}]})");
  vendor.answer(kResult, send_list(0));
  DeliveryOutcome outcome = reconcile("wecom_guide_task", guide_task());
  EXPECT_EQ(outcome.state, DeliveryState::Accepted);
  EXPECT_EQ(outcome.vendor_id, "msg1");
  EXPECT_EQ(vendor.count(kAdd), 0);
}

TEST_F(Wecom, ReconcileCannotTellFromAnEmptyList) {
  vendor.answer(kList, R"({"errcode":0,"errmsg":"ok","group_msg_list":[]})");
  EXPECT_EQ(reconcile("wecom_guide_task", guide_task()).state, DeliveryState::Unknown);
}

TEST_F(Wecom, AStartWatchesTheTasksThatAreStillOpen) {
  vendor.answer(
      kList,
      R"({"errcode":0,"errmsg":"ok","group_msg_list":[{"msgid":"msg1","create_time":1767225}]})");
  vendor.answer(kTask,
                R"({"errcode":0,"errmsg":"ok","task_list":[{"userid":"zhangsan","status":0}]})");
  vendor.answer(kResult, send_list(0));
  vendor.answer(kResult, send_list(1));
  connectors->start();
  env->run_for(5 * kMinuteMs);
  ASSERT_EQ(appender.records.size(), 1u);
  EXPECT_EQ(string_property(appender.records[0].properties, "vendor_id"), "msg1");
}

TEST_F(Wecom, AStartTriesAgainUntilTheListCanBeRead) {
  vendor.answer(kList, "down", 503);
  vendor.answer(kList, R"({"errcode":0,"errmsg":"ok","group_msg_list":[]})");
  connectors->start();
  env->run_for(5 * kMinuteMs);
  EXPECT_EQ(vendor.count(kList), 2);
}

TEST_F(Wecom, StaffMessagesAreNumberedByTheirEffect) {
  vendor.answer(kMessage, R"({"errcode":0,"errmsg":"ok","invaliduser":"","msgid":"m1"})");
  vendor.answer(kMessage, R"({"errcode":0,"errmsg":"ok","invaliduser":"zhangsan"})");
  Delivery delivery = guide_task();
  delivery.content = "请联系客户";
  EXPECT_EQ(deliver("wecom_staff_message", delivery).state, DeliveryState::Accepted);
  EXPECT_EQ(vendor.last(kMessage)->body, golden("request_staff_message.json"));
  EXPECT_EQ(deliver("wecom_staff_message", delivery).reason, "no_identifier");
}

}  // namespace
}  // namespace weir::connectors
