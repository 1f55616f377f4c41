#include "sandbox/profile.h"

#include <fmt/format.h>

#include <array>

namespace weir::sandbox {
namespace {

struct WholeField {
  std::string_view name;
  int64_t Profile::* member;
};
struct ShareField {
  std::string_view name;
  double Profile::* member;
};

#define WEIR_FIELD(name) {#name, &Profile::name}
constexpr WholeField kWhole[] = {
    WEIR_FIELD(token_seconds),          WEIR_FIELD(template_daily_max),
    WEIR_FIELD(custom_daily_max),       WEIR_FIELD(message_window_sends),
    WEIR_FIELD(message_window_ms),      WEIR_FIELD(touch_window_sends),
    WEIR_FIELD(touch_window_ms),        WEIR_FIELD(client_msg_id_ms),
    WEIR_FIELD(task_monthly_max),       WEIR_FIELD(staff_minute_max),
    WEIR_FIELD(sms_template_daily_max), WEIR_FIELD(clock_skew_ms),
    WEIR_FIELD(contact_visible_ms),     WEIR_FIELD(latency_min_ms),
    WEIR_FIELD(latency_max_ms),         WEIR_FIELD(receipt_min_ms),
    WEIR_FIELD(receipt_max_ms),         WEIR_FIELD(staff_confirm_min_ms),
    WEIR_FIELD(staff_confirm_max_ms),   WEIR_FIELD(reaction_min_ms),
    WEIR_FIELD(reaction_max_ms),        WEIR_FIELD(reorder_max_ms),
    WEIR_FIELD(lost_reply_hold_ms),     WEIR_FIELD(late_commit_max_ms),
};
constexpr ShareField kShares[] = {
    WEIR_FIELD(lost_reply),
    WEIR_FIELD(late_commit),
    WEIR_FIELD(busy),
    WEIR_FIELD(bad_gateway),
    WEIR_FIELD(token_early_death),
    WEIR_FIELD(duplicate_callback),
    WEIR_FIELD(reorder_callback),
    WEIR_FIELD(drop_callback),
    WEIR_FIELD(forged_callback),
    WEIR_FIELD(receipt_before_reply),
    WEIR_FIELD(receipt_never),
    WEIR_FIELD(template_blocked),
    WEIR_FIELD(template_system_failed),
    WEIR_FIELD(sms_carrier_failure),
    WEIR_FIELD(sms_duplicate_receipt),
    WEIR_FIELD(rate),
    WEIR_FIELD(refuse_templates),
    WEIR_FIELD(staff_ignores_task),
    WEIR_FIELD(pay_after_template),
    WEIR_FIELD(pay_after_guide),
    WEIR_FIELD(pay_after_sms),
    WEIR_FIELD(unfollow_after_template),
    WEIR_FIELD(delete_guide_after_task),
    WEIR_FIELD(optout_after_sms),
};
#undef WEIR_FIELD

Status set_field(Profile& profile, std::string_view name, const json::value& value) {
  auto wrong = [&](std::string_view why) {
    return fail(ErrorCode::InvalidArgument, fmt::format("profile field \"{}\" {}", name, why),
                std::string(name));
  };
  for (const WholeField& field : kWhole) {
    if (field.name != name) continue;
    if (!value.is_int64() || value.get_int64() < 0) return wrong("must be a whole number from 0");
    profile.*field.member = value.get_int64();
    return {};
  }
  for (const ShareField& field : kShares) {
    if (field.name != name) continue;
    if (!value.is_number() || value.to_number<double>() < 0)
      return wrong("must be a number from 0");
    profile.*field.member = value.to_number<double>();
    return {};
  }
  return wrong("does not exist; GET /_sandbox/faults lists them");
}

}  // namespace

Profile calm_profile() {
  Profile profile;
  for (const ShareField& field : kShares) profile.*field.member = 0;
  profile.latency_min_ms = profile.latency_max_ms = 0;
  profile.receipt_min_ms = profile.receipt_max_ms = 500;
  profile.staff_confirm_min_ms = profile.staff_confirm_max_ms = 20'000;
  profile.reaction_min_ms = profile.reaction_max_ms = 5000;
  return profile;
}

Status change_profile(Profile& profile, const json::object& fields) {
  Profile changed = profile;
  for (const auto& field : fields) {
    WEIR_CHECK_OK(set_field(changed, field.key(), field.value()));
  }
  profile = changed;
  return {};
}

json::object show_profile(const Profile& profile) {
  json::object out;
  for (const WholeField& field : kWhole) out[field.name] = profile.*field.member;
  for (const ShareField& field : kShares) out[field.name] = profile.*field.member;
  return out;
}

}  // namespace weir::sandbox
