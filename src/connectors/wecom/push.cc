#include "connectors/wecom/push.h"

#include "base/url.h"
#include "connectors/push_age.h"
#include "model/facts.h"

namespace weir::connectors::wecom {
namespace {

std::unexpected<Error> refused(std::string_view why) {
  return fail(ErrorCode::Unauthenticated, std::string(why));
}

Result<std::string> open_text(const PushAccount& account, const QueryString& query,
                              std::string_view encrypted) {
  if (encrypted.empty()) return refused("push is not encrypted");
  if (!account.cipher.verify(query.get("msg_signature"), query.get("timestamp"), query.get("nonce"),
                             encrypted)) {
    return refused("msg_signature does not fit");
  }
  WEIR_TRY(OpenedMessage opened, account.cipher.decrypt(encrypted));
  if (opened.receive_id != account.corpid) return refused("push is for another corp");
  return std::move(opened.message);
}

void set_if(Envelope& envelope, std::string_view name, std::string_view value) {
  if (!value.empty()) set_property(envelope.properties, name, std::string(value));
}

Envelope contact_record(const PushAccount& account, const CallbackXml& push) {
  Envelope envelope;
  envelope.kind = RecordKind::Track;
  envelope.trust = Trust::Verified;
  envelope.source = account.source;
  // FromUserName is always "sys": only the content tells two events of one second apart.
  envelope.message_id = "push:" + push.digest();
  envelope.event_time = push.integer("CreateTime") * kSecondMs;
  envelope.identities = {Identity{IdentityKind::ExternalUserId, account.corpid,
                                  std::string(push.get("ExternalUserID"))}};
  set_if(envelope, "staff_userid", push.get("UserID"));
  return envelope;
}

}  // namespace

Result<std::string> answer_echo(const PushAccount& account, const HttpRequest& request) {
  QueryString query(request.query());
  return open_text(account, query, query.get("echostr"));
}

Result<CallbackXml> open_push(const PushAccount& account, const HttpRequest& request, TimeMs now) {
  QueryString query(request.query());
  WEIR_CHECK_OK(check_push_age(query.get("timestamp"), now));
  WEIR_TRY(CallbackXml outer, CallbackXml::parse(request.body));
  WEIR_TRY(std::string message, open_text(account, query, outer.get("Encrypt")));
  return CallbackXml::parse(message);
}

PushFacts read_push(const PushAccount& account, const CallbackXml& push) {
  PushFacts facts;
  std::string_view event = push.has("Event") ? push.get("Event") : push.get("InfoType");
  std::string_view customer = push.get("ExternalUserID");
  if (event != "change_external_contact" || customer.empty()) return facts;
  std::string_view change = push.get("ChangeType");
  Envelope envelope = contact_record(account, push);
  if (change == "add_external_contact" || change == "add_half_external_contact") {
    envelope.name = facts::kWecomFriendAdded;
    set_if(envelope, "state", push.get("State"));
    // The customer added a member who has not added back: messages may still fail.
    set_property(envelope.properties, "half", change == "add_half_external_contact");
    facts.external_userid = customer;
  } else if (change == "del_external_contact" || change == "del_follow_user") {
    envelope.name = facts::kWecomFriendDeleted;
    set_if(envelope, "by", change == "del_external_contact" ? "staff" : "customer");
    set_if(envelope, "cause", push.get("Source"));
  } else {
    // An edit says only that something changed: it is read back.
    if (change == "edit_external_contact") facts.external_userid = customer;
    return facts;
  }
  facts.records.push_back(std::move(envelope));
  return facts;
}

}  // namespace weir::connectors::wecom
