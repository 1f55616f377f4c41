#pragma once
// Everything about the vendors and the people that is a number: limits, delays, faults, habits.
// Data, not code: loaded from a file (profiles/), changed while running by POST /_sandbox/faults.

#include "base/json.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::sandbox {

struct Profile {
  // Vendors' limits.
  int64_t token_seconds = 7200;
  int64_t template_daily_max = 100'000;
  int64_t custom_daily_max = 500'000;
  int64_t message_window_sends = 5;  // after a message of the user
  int64_t message_window_ms = 48 * 3'600'000;
  int64_t touch_window_sends = 3;  // after follow, scan, menu click
  int64_t touch_window_ms = 60'000;
  int64_t client_msg_id_ms = 10 * 60'000;  // template dedupe
  int64_t task_monthly_max = 30;           // guide tasks per customer and calendar month
  int64_t staff_minute_max = 30;           // app messages to one member; more are swallowed
  int64_t sms_template_daily_max = 50;     // per sign, template and phone
  int64_t clock_skew_ms = 15 * 60'000;     // of a signed SMS call
  int64_t contact_visible_ms = 1500;       // externalcontact/get says 84061 until then
  // Delays.
  int64_t latency_min_ms = 2, latency_max_ms = 20;
  int64_t receipt_min_ms = 200, receipt_max_ms = 3000;
  int64_t staff_confirm_min_ms = 5000, staff_confirm_max_ms = 60'000;
  int64_t reaction_min_ms = 3000, reaction_max_ms = 60'000;
  int64_t reorder_max_ms = 4000;        // how late a reordered callback may be
  int64_t lost_reply_hold_ms = 60'000;  // longer than any client waits
  int64_t late_commit_max_ms = 30 * 60'000;
  // Faults, as shares of calls or callbacks.
  double lost_reply = 0.001;    // done, but the caller never hears of it
  double late_commit = 0;       // not answered, and done later
  double busy = 0.002;          // "system busy", not done
  double bad_gateway = 0.0005;  // done, answered with a proxy's page
  double token_early_death = 0.0005;
  double duplicate_callback = 0.02;
  double reorder_callback = 0.02;
  double drop_callback = 0;
  double forged_callback = 0;  // an extra push with a wrong signature or receive id
  double receipt_before_reply = 0.02;
  double receipt_never = 0.005;
  double template_blocked = 0.01, template_system_failed = 0.005;
  double sms_carrier_failure = 0.02;
  double sms_duplicate_receipt = 0.02;
  // People and staff.
  double rate = 20;                // actions of people per second
  double refuse_templates = 0.05;  // share of people who switched templates off
  double staff_ignores_task = 0.1;
  double pay_after_template = 0.35, pay_after_guide = 0.5, pay_after_sms = 0.2;
  double unfollow_after_template = 0.02, delete_guide_after_task = 0.02, optout_after_sms = 0.05;
};

/// A profile without faults and randomness of outcome: for tests that count.
Profile calm_profile();

/// Sets the named fields; InvalidArgument names a field that does not exist or is no number, and
/// then nothing is changed.
Status change_profile(Profile& profile, const json::object& fields);
json::object show_profile(const Profile& profile);

}  // namespace weir::sandbox
