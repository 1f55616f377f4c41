#include "connectors/sms/push.h"

#include "base/crypto.h"
#include "base/json.h"
#include "connectors/sms/optout.h"
#include "model/facts.h"

#include <fmt/format.h>

namespace weir::connectors::sms {
namespace {

constexpr size_t kItemsMax = 1000;

// Numbers and strings alike: sequence_id is either, by the age of the vendor's documents.
std::string text_of(const json::object& item, std::string_view key) {
  const json::value* value = json::find(item, key);
  if (value == nullptr || value->is_null()) return {};
  if (value->is_string()) return std::string(json::view(value->get_string()));
  return json::to_text(*value);
}

TimeMs time_of(const json::object& item, std::string_view key, TimeMs fallback) {
  auto time = parse_time(text_of(item, key), "Asia/Shanghai");
  return time ? *time : fallback;
}

// Of the whole item: a repeated push of the same item is the same record.
std::string message_id_of(std::string_view prefix, const json::object& item) {
  return fmt::format("{}:{}", prefix, crypto::to_hex(crypto::sha256(json::to_text(item))));
}

Envelope base_record(std::string_view source) {
  Envelope envelope;
  envelope.source = source;
  envelope.trust = Trust::Verified;
  return envelope;
}

void set_if(Envelope& envelope, std::string_view name, std::string value) {
  if (!value.empty()) set_property(envelope.properties, name, std::move(value));
}

// Carriers say in their own ways that the person or the platform blocks the sender.
bool means_refused(std::string_view code) {
  return code.find("BLACK") != std::string_view::npos ||
         code.find("REJECT") != std::string_view::npos;
}

Envelope read_report(std::string_view source, const json::object& item, TimeMs now) {
  Envelope envelope = base_record(source);
  envelope.kind = RecordKind::Receipt;
  envelope.message_id = message_id_of("report", item);
  envelope.event_time = time_of(item, "report_time", now);
  bool delivered = json::optional_bool(item, "success", false);
  set_if(envelope, "vendor_id", text_of(item, "biz_id"));
  set_if(envelope, "effect_key", text_of(item, "out_id"));
  set_if(envelope, "channel", "sms");
  set_if(envelope, "state", delivered ? "delivered" : "failed");
  if (!delivered) {
    std::string code = text_of(item, "err_code");
    set_if(envelope, "reason", means_refused(code) ? "unsubscribed" : "provider_error");
    set_if(envelope, "detail", code);
  }
  return envelope;
}

Envelope read_reply(std::string_view source, const json::object& item, TimeMs now) {
  Envelope envelope = base_record(source);
  envelope.kind = RecordKind::Track;
  envelope.name = facts::kSmsReply;
  envelope.message_id = message_id_of("reply", item);
  envelope.event_time = time_of(item, "send_time", now);
  // In clear only until the Appender seals it.
  envelope.identities = {Identity{IdentityKind::Phone, "", text_of(item, "phone_number")}};
  std::string content = text_of(item, "content");
  if (is_optout(content)) set_if(envelope, "keyword", "optout");
  set_if(envelope, "content", std::move(content));
  set_if(envelope, "dest_code", text_of(item, "dest_code"));
  set_if(envelope, "sign_name", text_of(item, "sign_name"));
  return envelope;
}

using ReadItem = Envelope (*)(std::string_view, const json::object&, TimeMs);

Result<std::vector<Envelope>> read_items(std::string_view source, std::string_view body, TimeMs now,
                                         ReadItem read_item) {
  WEIR_TRY(json::value parsed, json::parse(body));
  auto refused = [](std::string_view why) {
    return fail(ErrorCode::InvalidArgument, fmt::format("SMS push {}", why));
  };
  if (!parsed.is_array()) return refused("is not a JSON array");
  if (parsed.get_array().size() > kItemsMax) return refused("has too many items");
  std::vector<Envelope> out;
  for (const json::value& item : parsed.get_array()) {
    if (!item.is_object()) return refused("holds something that is not an object");
    out.push_back(read_item(source, item.get_object(), now));
  }
  return out;
}

}  // namespace

Result<std::vector<Envelope>> read_reports(std::string_view source, std::string_view body,
                                           TimeMs now) {
  return read_items(source, body, now, read_report);
}

Result<std::vector<Envelope>> read_replies(std::string_view source, std::string_view body,
                                           TimeMs now) {
  WEIR_TRY(std::vector<Envelope> replies, read_items(source, body, now, read_reply));
  std::erase_if(replies, [](const Envelope& e) { return e.identities[0].value.empty(); });
  return replies;
}

}  // namespace weir::connectors::sms
