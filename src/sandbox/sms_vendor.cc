#include "sandbox/sms_vendor.h"

#include "base/url.h"
#include "sandbox/sms_signature_check.h"

#include <fmt/format.h>

namespace weir::sandbox {
namespace {

// "2026-01-01 08:00:03" in the vendor's zone.
std::string local_text(TimeMs time) {
  Calendar::Local t = Calendar::shanghai().local(time);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", t.year, t.month, t.day, t.hour,
                     t.minute, t.second);
}

std::string date_digits(TimeMs time) {
  Calendar::Local t = Calendar::shanghai().local(time);
  return fmt::format("{:04}{:02}{:02}", t.year, t.month, t.day);
}

// Outcomes that a test can ask for by the last four digits (messaging.md §11.7).
struct Magic {
  std::string_view suffix, code;
};
constexpr Magic kMagic[] = {{"0001", "DELIVERED"},
                            {"0002", "MK:0005"},
                            {"0003", "MK:0010"},
                            {"0004", "MK:0001"},
                            {"0005", "BLACK"}};

}  // namespace

SmsVendor::SmsVendor(World& world, Pusher& pusher, Delivered delivered)
    : world_(world), pusher_(pusher), delivered_(std::move(delivered)) {}

HttpResponse SmsVendor::answer(std::string_view code, std::string_view biz_id) {
  json::object out = {{"Code", code}, {"Message", code}, {"RequestId", world_.dice.letters(32)}};
  if (!biz_id.empty()) out["BizId"] = biz_id;
  if (code != "OK") world_.ledger.refuse("sms", code);
  bool business = code == "OK" || code.starts_with("isv.") || code.starts_with("isp.");
  return HttpResponse::json(business ? 200 : 400, json::to_text(out));
}

HttpResponse SmsVendor::handle(const HttpRequest& request) {
  const SandboxOptions& o = world_.options;
  std::string wrong = check_sms_signature(request, o.sms_key_id, o.sms_secret, world_.now(),
                                          world_.profile.clock_skew_ms);
  if (!wrong.empty()) return answer(wrong);
  std::string nonce(request.headers.get("x-acs-signature-nonce"));
  if (!nonces_.insert(nonce).second) return answer("SignatureNonceUsed");
  nonce_order_.push_back(std::move(nonce));
  if (nonce_order_.size() > kNoncesMax) {
    nonces_.erase(nonce_order_.front());
    nonce_order_.pop_front();
  }
  std::map<std::string, std::string> parameters;
  QueryString query(request.query());
  for (const auto& [name, value] : query.items()) parameters[name] = value;
  std::string_view action = request.headers.get("x-acs-action");
  if (action == "SendSms") return send(parameters);
  if (action == "QuerySendDetails") return details(parameters);
  return answer("InvalidAction.NotFound");
}

HttpResponse SmsVendor::send(const std::map<std::string, std::string>& parameters) {
  auto get = [&](const std::string& name) {
    auto found = parameters.find(name);
    return found == parameters.end() ? std::string() : found->second;
  };
  std::string phone = get("PhoneNumbers");
  if (phone.size() > 11) phone = phone.substr(phone.size() - 11);
  if (get("SignName") != world_.options.sign_name) return answer("isv.SMS_SIGNATURE_ILLEGAL");
  if (get("TemplateCode").empty()) return answer("isv.SMS_TEMPLATE_ILLEGAL");
  auto fields = json::parse(get("TemplateParam"));
  if (!fields || !fields->is_object()) return answer("isv.TEMPLATE_PARAMS_ILLEGAL");
  bool mainland = phone.size() == 11 && phone.starts_with('1') &&
                  phone.find_first_not_of("0123456789") == std::string::npos;
  if (!mainland) return answer("isv.MOBILE_NUMBER_ILLEGAL");
  if (phone.ends_with("0008")) return answer("isv.BUSINESS_LIMIT_CONTROL");
  Day& day = per_phone_[get("TemplateCode") + "\n" + phone];
  if (int64_t today = (world_.now() + 8 * kHourMs) / kDayMs; day.day != today) day = {today, 0};
  if (++day.sends > world_.profile.sms_template_daily_max) {
    return answer("isv.BUSINESS_LIMIT_CONTROL");
  }
  if (per_phone_.size() > kSentMax) per_phone_.clear();

  // Not idempotent: a repeated OutId is sent, and billed, again.
  std::string biz_id = fmt::format("{}^0", next_biz_++);
  std::string out_id = get("OutId").empty() ? biz_id : get("OutId");
  world_.ledger.accept("sms", out_id, phone, world_.now()).vendor_id = biz_id;
  sent_[biz_id] = Sent{phone, get("TemplateCode"), out_id, biz_id, {}, world_.now(), 0, 1};
  sent_order_.push_back(biz_id);
  if (sent_order_.size() > kSentMax) {
    sent_.erase(sent_order_.front());
    sent_order_.pop_front();
  }
  plan_receipt(biz_id);
  if (Person* person = world_.people.by_phone(phone)) {
    delivered_(*person, "sms", get("TemplateParam"));
  }
  return answer("OK", biz_id);
}

std::string SmsVendor::fate_of(const std::string& phone) {
  for (const Magic& magic : kMagic) {
    if (phone.ends_with(magic.suffix)) return std::string(magic.code);
  }
  bool fails = world_.dice.chance(world_.profile.sms_carrier_failure);
  return fails ? "MK:0012" : "DELIVERED";
}

void SmsVendor::plan_receipt(const std::string& biz_id) {
  const Profile& profile = world_.profile;
  Sent& sent = sent_[biz_id];
  sent.error_code = fate_of(sent.phone);
  bool twice = sent.phone.ends_with("0009") || world_.dice.chance(profile.sms_duplicate_receipt);
  if (world_.dice.chance(profile.receipt_never)) return;
  DurationMs delay = world_.dice.between(profile.receipt_min_ms, profile.receipt_max_ms);
  world_.later(delay, [this, biz_id] { report(biz_id); });
  if (twice) world_.later(delay + 700, [this, biz_id] { report(biz_id); });
}

void SmsVendor::report(const std::string& biz_id) {
  auto found = sent_.find(biz_id);
  if (found == sent_.end()) return;
  Sent& sent = found->second;
  bool delivered = sent.error_code == "DELIVERED";
  sent.status = delivered ? 3 : 2;
  if (sent.reported_at == 0) sent.reported_at = world_.now();
  world_.ledger.set_state("sms", sent.out_id, delivered ? "delivered" : "failed");
  json::object item = {{"phone_number", sent.phone},
                       {"send_time", local_text(sent.sent_at)},
                       {"report_time", local_text(sent.reported_at)},
                       {"success", delivered},
                       {"err_code", sent.error_code},
                       {"err_msg", delivered ? "用户接收成功" : "运营商失败"},
                       {"sms_size", "1"},
                       {"biz_id", sent.biz_id},
                       {"out_id", sent.out_id}};
  pusher_.push_json(callback_url("report"), json::to_text(json::array{std::move(item)}));
}

HttpResponse SmsVendor::details(const std::map<std::string, std::string>& parameters) {
  auto phone = parameters.find("PhoneNumber");
  auto date = parameters.find("SendDate");
  if (phone == parameters.end() || date == parameters.end()) {
    return answer("isv.INVALID_PARAMETERS");
  }
  json::array items;
  for (auto it = sent_order_.rbegin(); it != sent_order_.rend() && items.size() < 50; ++it) {
    const Sent& sent = sent_.at(*it);
    if (sent.phone != phone->second || date_digits(sent.sent_at) != date->second) continue;
    items.emplace_back(json::object{{"PhoneNum", sent.phone},
                                    {"SendStatus", sent.status},
                                    {"ErrCode", sent.error_code},
                                    {"TemplateCode", sent.template_code},
                                    {"SendDate", local_text(sent.sent_at)},
                                    {"OutId", sent.out_id}});
  }
  auto count = static_cast<int64_t>(items.size());
  json::object out = {{"Code", "OK"},
                      {"Message", "OK"},
                      {"RequestId", world_.dice.letters(32)},
                      {"TotalCount", count},
                      {"SmsSendDetailDTOs", json::object{{"SmsSendDetailDTO", std::move(items)}}}};
  return HttpResponse::json(200, json::to_text(out));
}

std::string SmsVendor::callback_url(std::string_view kind) const {
  const SandboxOptions& o = world_.options;
  return fmt::format("{}/webhooks/sms/{}/{}/{}", o.weir_url, o.instance, o.sms_callback_secret,
                     kind);
}

void SmsVendor::reply(const Person& person, std::string text, Pusher::Done done) {
  json::object item = {{"phone_number", person.phone},
                       {"content", text},
                       {"send_time", local_text(world_.now())},
                       {"dest_code", "10690000001"},
                       {"sequence_id", next_sequence_++}};
  pusher_.push_json(callback_url("up"), json::to_text(json::array{std::move(item)}),
                    std::move(done));
}

}  // namespace weir::sandbox
