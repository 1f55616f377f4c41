#include "connectors/wechat/channels.h"

#include "base/json.h"
#include "connectors/api_channel.h"

#include <fmt/format.h>

#include <array>

namespace weir::connectors::wechat {
namespace {

constexpr std::array kCodes = {
    CodeMeaning{-1, "provider_error", "system busy", Retry::Yes},
    CodeMeaning{40001, "provider_error", "token refused", Retry::Yes},
    CodeMeaning{40014, "provider_error", "token refused", Retry::Yes},
    CodeMeaning{42001, "provider_error", "token expired", Retry::Yes},
    CodeMeaning{45011, "provider_error", "minute quota reached", Retry::Yes},
    CodeMeaning{40003, "no_identifier", "invalid openid"},
    CodeMeaning{46004, "no_identifier", "no such user"},
    CodeMeaning{43004, "not_subscribed", "require subscribe"},
    CodeMeaning{50005, "not_subscribed", "not a follower"},
    CodeMeaning{43019, "user_refused", "in the blacklist"},
    CodeMeaning{43101, "user_refused", "user refused"},
    CodeMeaning{48002, "user_refused", "user switched receiving off"},
    CodeMeaning{45015, "window_expired", "out of time limit"},
    CodeMeaning{45047, "window_expired", "out of count limit"},
    CodeMeaning{45009, "quota", "daily quota reached"},
    CodeMeaning{40036, "invalid_content", "template id has a wrong length"},
    CodeMeaning{40037, "invalid_content", "invalid template id"},
    CodeMeaning{40165, "invalid_content", "invalid mini-program path"},
    CodeMeaning{44002, "invalid_content", "empty body"},
    CodeMeaning{44004, "invalid_content", "empty text"},
    CodeMeaning{45002, "invalid_content", "text too long"},
    CodeMeaning{47001, "invalid_content", "malformed request"},
    CodeMeaning{47003, "invalid_content", "template argument invalid"},
};

constexpr size_t kTextBytesMax = 2048;

std::unexpected<Error> cannot(std::string_view reason, std::string detail) {
  return fail(ErrorCode::InvalidArgument, std::move(detail), std::string(reason));
}

Result<std::string> template_body(const Delivery& delivery) {
  if (delivery.recipient.empty()) return cannot("no_identifier", "no openid");
  if (delivery.vendor_template.empty()) {
    return cannot("invalid_content",
                  fmt::format("template \"{}\" has no vendor id", delivery.template_id));
  }
  json::object data;
  for (const auto& [name, value] : delivery.fields) data[name] = json::object{{"value", value}};
  json::object body = {{"touser", delivery.recipient},
                       {"template_id", delivery.vendor_template},
                       {"client_msg_id", delivery.effect_key},
                       {"data", std::move(data)}};
  if (!delivery.url.empty()) body["url"] = delivery.url;
  return json::to_text(body);
}

DeliveryOutcome read_template_reply(const VendorReply& reply) {
  // msgid exceeds 2^53: it is read as int64, never as a double.
  auto parsed = json::parse(reply.body);
  int64_t id =
      parsed && parsed->is_object() ? json::optional_int(parsed->get_object(), "msgid", 0) : 0;
  return outcome_of_code(reply.code, id == 0 ? "" : std::to_string(id));
}

Result<std::string> customer_service_body(const Delivery& delivery) {
  if (delivery.recipient.empty()) return cannot("no_identifier", "no openid");
  if (delivery.content.empty()) return cannot("invalid_content", "text is empty");
  if (delivery.content.size() > kTextBytesMax) {
    return cannot("invalid_content", fmt::format("text has {} bytes; {} are allowed",
                                                 delivery.content.size(), kTextBytesMax));
  }
  return json::to_text(json::object{{"touser", delivery.recipient},
                                    {"msgtype", "text"},
                                    {"text", json::object{{"content", delivery.content}}}});
}

}  // namespace

DeliveryOutcome outcome_of_code(int64_t code, std::string vendor_id) {
  if (code == 0) return accepted(std::move(vendor_id));
  for (const CodeMeaning& known : kCodes) {
    if (known.code != code) continue;
    return failed(known.reason, fmt::format("{} {}", code, known.text), known.retry);
  }
  return failed("provider_error", fmt::format("{}", code));
}

std::unique_ptr<Channel> make_template_channel(std::shared_ptr<VendorApi> api,
                                               std::shared_ptr<HealthKeeper> health) {
  ApiChannel::Spec spec{"mp_template", EffectClass::Notice, "/cgi-bin/message/template/send",
                        template_body, read_template_reply};
  return std::make_unique<ApiChannel>(std::move(spec), std::move(api), std::move(health));
}

std::unique_ptr<Channel> make_customer_service_channel(std::shared_ptr<VendorApi> api,
                                                       std::shared_ptr<HealthKeeper> health) {
  auto read = [](const VendorReply& reply) { return outcome_of_code(reply.code, {}); };
  ApiChannel::Spec spec{"mp_customer_service", EffectClass::Marketing,
                        "/cgi-bin/message/custom/send", customer_service_body, read};
  return std::make_unique<ApiChannel>(std::move(spec), std::move(api), std::move(health));
}

}  // namespace weir::connectors::wechat
