#include "connectors/wechat/push.h"

#include "base/crypto.h"
#include "base/url.h"
#include "connectors/push_age.h"
#include "model/facts.h"

#include <array>

namespace weir::connectors::wechat {
namespace {

std::unexpected<Error> refused(std::string_view why) {
  return fail(ErrorCode::Unauthenticated, std::string(why));
}

Status check_signature(const PushAccount& account, const QueryString& query) {
  std::string expected = sha1_sorted({account.token, query.get("timestamp"), query.get("nonce")});
  if (!crypto::equal_constant_time(expected, query.get("signature"))) {
    return refused("signature does not fit");
  }
  return {};
}

Result<CallbackXml> open_encrypted(const PushAccount& account, const QueryString& query,
                                   const CallbackXml& outer) {
  std::string_view encrypted = outer.get("Encrypt");
  if (encrypted.empty()) return refused("push is not encrypted");
  if (!account.cipher->verify(query.get("msg_signature"), query.get("timestamp"),
                              query.get("nonce"), encrypted)) {
    return refused("msg_signature does not fit");
  }
  WEIR_TRY(OpenedMessage opened, account.cipher->decrypt(encrypted));
  if (opened.receive_id != account.appid) return refused("push is for another appid");
  return CallbackXml::parse(opened.message);
}

// A scene string may itself begin with the prefix: exactly one is the vendor's.
std::string_view scene_of(std::string_view event_key) {
  constexpr std::string_view kPrefix = "qrscene_";
  if (event_key.starts_with(kPrefix)) event_key.remove_prefix(kPrefix.size());
  return event_key;
}

void set_if(Envelope& envelope, std::string_view name, std::string_view value) {
  if (!value.empty()) set_property(envelope.properties, name, std::string(value));
}

Envelope base_record(const PushAccount& account, const CallbackXml& push) {
  Envelope envelope;
  envelope.kind = RecordKind::Track;
  envelope.trust = Trust::Verified;
  envelope.source = account.source;
  envelope.event_time = push.integer("CreateTime") * kSecondMs;
  envelope.identities = {
      Identity{IdentityKind::OpenId, account.appid, std::string(push.get("FromUserName"))}};
  bool is_event = push.get("MsgType") == "event";
  std::string_view message_id = push.get("MsgId");
  envelope.message_id =
      !is_event && !message_id.empty() ? "msg:" + std::string(message_id) : "push:" + push.digest();
  return envelope;
}

// Names only; what else an event carries is added below.
struct EventName {
  std::string_view vendor;
  std::string_view fact;
};
constexpr std::array kEvents = {
    EventName{"subscribe", facts::kMpFollow}, EventName{"unsubscribe", facts::kMpUnfollow},
    EventName{"SCAN", facts::kMpScan},        EventName{"CLICK", facts::kMpMenuClick},
    EventName{"VIEW", facts::kMpMenuView},
};

void add_event_details(Envelope& envelope, const CallbackXml& push) {
  std::string_view key = push.get("EventKey");
  if (envelope.name == facts::kMpFollow) {
    // A follow from the page after a payment names the payment instead of a scene.
    constexpr std::string_view kTrade = "last_trade_no_";
    if (key.starts_with(kTrade)) {
      set_if(envelope, "transaction_id", key.substr(kTrade.size()));
    } else {
      set_if(envelope, "scene", scene_of(key));
    }
  } else if (envelope.name == facts::kMpScan) {
    set_if(envelope, "scene", key);
  } else if (envelope.name == facts::kMpMenuClick) {
    set_if(envelope, "key", key);
  } else if (envelope.name == facts::kMpMenuView) {
    set_if(envelope, "url", key);
  }
}

Envelope template_receipt(const PushAccount& account, const CallbackXml& push) {
  Envelope envelope = base_record(account, push);
  envelope.kind = RecordKind::Receipt;
  std::string_view status = push.get("Status");
  bool delivered = status == "success";
  set_if(envelope, "vendor_id", push.get("MsgID"));
  set_if(envelope, "channel", "mp_template");
  set_if(envelope, "state", delivered ? "delivered" : "failed");
  if (!delivered) {
    bool blocked = status.find("user block") != std::string_view::npos;
    set_if(envelope, "reason", blocked ? "user_refused" : "provider_error");
    set_if(envelope, "detail", status);
  }
  return envelope;
}

Envelope user_message(const PushAccount& account, const CallbackXml& push) {
  Envelope envelope = base_record(account, push);
  envelope.name = facts::kMpMessage;
  set_if(envelope, "msg_type", push.get("MsgType"));
  set_if(envelope, "menu_id", push.get("bizmsgmenuid"));
  set_if(envelope, "media_id", push.get("MediaId"));
  // Free text, typed or spoken: "content" is a personal field and sealed by the Appender.
  std::string_view text = push.get("Content");
  set_if(envelope, "content", text.empty() ? push.get("Recognition") : text);
  return envelope;
}

}  // namespace

Result<std::string> answer_echo(const PushAccount& account, const HttpRequest& request) {
  QueryString query(request.query());
  WEIR_CHECK_OK(check_signature(account, query));
  return std::string(query.get("echostr"));
}

Result<CallbackXml> open_push(const PushAccount& account, const HttpRequest& request, TimeMs now) {
  QueryString query(request.query());
  WEIR_CHECK_OK(check_push_age(query.get("timestamp"), now));
  WEIR_TRY(CallbackXml outer, CallbackXml::parse(request.body));
  if (account.cipher) return open_encrypted(account, query, outer);
  WEIR_CHECK_OK(check_signature(account, query));
  return outer;
}

PushFacts read_push(const PushAccount& account, const CallbackXml& push) {
  PushFacts facts;
  std::string_view from = push.get("FromUserName");
  if (from.empty()) return facts;
  if (push.get("MsgType") != "event") {
    facts.openid = from;
    facts.records.push_back(user_message(account, push));
    return facts;
  }
  std::string_view event = push.get("Event");
  if (event == "TEMPLATESENDJOBFINISH") {
    facts.openid = from;
    facts.records.push_back(template_receipt(account, push));
    return facts;
  }
  for (const EventName& known : kEvents) {
    if (event != known.vendor) continue;
    Envelope envelope = base_record(account, push);
    envelope.name = known.fact;
    add_event_details(envelope, push);
    facts.followed = known.fact == facts::kMpFollow;
    facts.openid = from;
    facts.records.push_back(std::move(envelope));
  }
  return facts;
}

}  // namespace weir::connectors::wechat
