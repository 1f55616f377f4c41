#include "connectors/sms/sms_channel.h"

#include "base/json.h"
#include "connectors/outcome.h"
#include "connectors/sms/optout.h"

#include <fmt/format.h>

#include <array>

namespace weir::connectors::sms {
namespace {

struct SmsMeaning {
  std::string_view prefix;  // of the vendor's code; the first that fits counts
  std::string_view reason;
  Retry retry = Retry::No;
};
constexpr std::array kCodes = {
    SmsMeaning{"isv.BUSINESS_LIMIT_CONTROL", "quota"},
    SmsMeaning{"isv.DAY_LIMIT_CONTROL", "quota"},
    SmsMeaning{"isv.MONTH_LIMIT_CONTROL", "quota"},
    SmsMeaning{"isv.MOBILE_NUMBER_ILLEGAL", "no_identifier"},
    SmsMeaning{"isv.MOBILE_COUNT_OVER_LIMIT", "no_identifier"},
    SmsMeaning{"isv.DOMESTIC_NUMBER_NOT_SUPPORTED", "no_identifier"},
    SmsMeaning{"isv.BLACK_KEY_CONTROL_LIMIT", "invalid_content"},
    SmsMeaning{"isv.SMS_CONTENT_ILLEGAL", "invalid_content"},
    SmsMeaning{"isv.SMS_TEMPLATE_ILLEGAL", "invalid_content"},
    SmsMeaning{"isv.TEMPLATE_", "invalid_content"},
    SmsMeaning{"isv.SMS_SIGN", "invalid_content"},
    SmsMeaning{"isv.SIGN_STATE_ILLEGAL", "invalid_content"},
    SmsMeaning{"isv.INVALID_PARAMETERS", "invalid_content"},
    SmsMeaning{"Throttling", "provider_error", Retry::Yes},
    SmsMeaning{"SignatureNonceUsed", "provider_error", Retry::Yes},
};

Result<json::object> send_parameters(const std::string& sign_name, const Delivery& delivery) {
  auto cannot = [](std::string_view reason, std::string detail) {
    return fail(ErrorCode::InvalidArgument, std::move(detail), std::string(reason));
  };
  if (delivery.recipient.empty()) return cannot("no_identifier", "no phone number");
  if (delivery.vendor_template.empty()) {
    return cannot("invalid_content",
                  fmt::format("template \"{}\" has no vendor code", delivery.template_id));
  }
  if (!has_optout_hint(delivery.content)) {
    return cannot("invalid_content", "text does not say how to refuse; add 拒收请回复R");
  }
  json::object fields;
  for (const auto& [name, value] : delivery.fields) fields[name] = value;
  return json::object{{"PhoneNumbers", delivery.recipient},
                      {"SignName", sign_name},
                      {"TemplateCode", delivery.vendor_template},
                      {"TemplateParam", json::to_text(fields)},
                      {"OutId", delivery.effect_key}};
}

std::map<std::string, std::string> as_map(const json::object& parameters) {
  std::map<std::string, std::string> out;
  for (const auto& item : parameters) out[item.key()] = json::view(item.value().get_string());
  return out;
}

// yyyyMMdd in the vendor's zone.
std::string send_date(TimeMs time) {
  std::string date = Calendar::shanghai().date_text(time);
  std::erase(date, '-');
  return date;
}

// Status of our OutId in a page of QuerySendDetails; Unknown when it is not there.
DeliveryOutcome outcome_of_details(const std::string& body, const std::string& effect_key) {
  auto parsed = json::parse(body);
  if (!parsed || !parsed->is_object()) return unknown_outcome("details are not JSON");
  auto wrapper = json::required_object(parsed->get_object(), "SmsSendDetailDTOs");
  if (!wrapper) return unknown_outcome("no details");
  auto list = json::required_array(**wrapper, "SmsSendDetailDTO");
  if (!list) return unknown_outcome("no details");
  for (const json::value& item : **list) {
    if (!item.is_object()) continue;
    const json::object& entry = item.get_object();
    if (json::optional_string(entry, "OutId") != effect_key) continue;
    // 1 waiting, 2 failed, 3 delivered. A failed one was sent and billed: it is accepted here, and
    // its receipt says that it failed.
    return accepted(json::optional_string(entry, "BizId"));
  }
  return unknown_outcome("no message with this OutId");
}

class SmsChannel : public Channel {
 public:
  SmsChannel(std::string sign_name, std::shared_ptr<SmsClient> client,
             std::shared_ptr<HealthKeeper> health, Clock& clock)
      : sign_name_(std::move(sign_name)),
        client_(std::move(client)),
        health_(std::move(health)),
        clock_(clock) {}

  std::string_view name() const override { return "sms"; }
  EffectClass effect_class() const override { return EffectClass::Marketing; }
  bool needs_receipt() const override { return false; }

  void deliver(Delivery delivery, std::function<void(DeliveryOutcome)> done) override {
    Result<json::object> parameters = send_parameters(sign_name_, delivery);
    if (!parameters) return done(failed(parameters.error().field, parameters.error().message));
    if (!health_->send_started()) {
      return done(failed("provider_error", "too many sends in flight", Retry::Yes));
    }
    auto on_reply = [health = health_, done = std::move(done)](Result<SmsReply> reply) {
      DeliveryOutcome outcome = read_reply(reply);
      health->send_ended(outcome);
      done(std::move(outcome));
    };
    client_->call("SendSms", as_map(*parameters), std::move(on_reply));
  }

  /// Looks at the number's messages of today and, shortly after midnight, of yesterday.
  void reconcile(Delivery delivery, std::function<void(DeliveryOutcome)> done) override {
    TimeMs now = clock_.now();
    std::string today = send_date(now), before = send_date(now - kHourMs);
    auto look = [client = client_, delivery](const std::string& date,
                                             std::function<void(DeliveryOutcome)> found) {
      std::map<std::string, std::string> parameters = {{"PhoneNumber", delivery.recipient},
                                                       {"SendDate", date},
                                                       {"PageSize", "50"},
                                                       {"CurrentPage", "1"}};
      auto on_reply = [key = delivery.effect_key,
                       found = std::move(found)](Result<SmsReply> reply) {
        bool readable = reply && reply->code == "OK";
        found(readable ? outcome_of_details(reply->body, key)
                       : unknown_outcome("details cannot be read"));
      };
      client->call("QuerySendDetails", std::move(parameters), std::move(on_reply));
    };
    look(today, [=](DeliveryOutcome outcome) {
      bool settled = outcome.state != DeliveryState::Unknown || before == today;
      if (settled) return done(std::move(outcome));
      look(before, done);
    });
  }

 private:
  static DeliveryOutcome read_reply(const Result<SmsReply>& reply) {
    if (!reply) return outcome_of_error(reply.error());
    auto parsed = json::parse(reply->body);
    std::string biz_id =
        parsed && parsed->is_object() ? json::optional_string(parsed->get_object(), "BizId") : "";
    return outcome_of_code(reply->code, std::move(biz_id));
  }

  std::string sign_name_;
  std::shared_ptr<SmsClient> client_;
  std::shared_ptr<HealthKeeper> health_;
  Clock& clock_;
};

}  // namespace

DeliveryOutcome outcome_of_code(const std::string& code, std::string vendor_id) {
  if (code == "OK") return accepted(std::move(vendor_id));
  // The platform failed after it took the request: it may have been sent.
  if (code == "isp.SYSTEM_ERROR" || code.empty()) return unknown_outcome(code);
  for (const SmsMeaning& known : kCodes) {
    if (code.starts_with(known.prefix)) return failed(known.reason, code, known.retry);
  }
  return failed("provider_error", code);
}

std::unique_ptr<Channel> make_sms_channel(std::string sign_name, std::shared_ptr<SmsClient> client,
                                          std::shared_ptr<HealthKeeper> health, Clock& clock) {
  return std::make_unique<SmsChannel>(std::move(sign_name), std::move(client), std::move(health),
                                      clock);
}

}  // namespace weir::connectors::sms
