#include "tags/definition.h"

#include "tags/tags.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace weir::tags {
namespace {

Status check_choice(const json::object& o, std::string_view key,
                    std::initializer_list<std::string_view> choices) {
  WEIR_TRY(std::string text, json::required_string(o, key));
  if (std::find(choices.begin(), choices.end(), text) != choices.end()) return {};
  return fail(ErrorCode::InvalidArgument,
              fmt::format("\"{}\" is \"{}\"; use one of {}", key, text, fmt::join(choices, ", ")),
              std::string(key));
}

/// "realtime", "once", or {"schedule": cron}.
Status parse_refresh(const json::value& v, TagDefinition& out) {
  if (v.is_string() && json::view(v.get_string()) == "realtime") return {};
  if (v.is_string() && json::view(v.get_string()) == "once") {
    out.refresh = Refresh::Once;
    return {};
  }
  if (!v.is_object()) {
    return fail(ErrorCode::InvalidArgument,
                "\"refresh\" is \"realtime\", \"once\" or {\"schedule\":\"0 2 * * *\"}", "refresh");
  }
  out.refresh = Refresh::Scheduled;
  WEIR_TRY(out.schedule_text, json::required_string(v.get_object(), "schedule", "refresh"));
  WEIR_TRY(out.schedule, Schedule::parse(out.schedule_text));
  return {};
}

Status parse_ttl(const json::object& o, TagDefinition& out) {
  if (json::find(o, "ttl") == nullptr || json::find(o, "ttl")->is_null()) return {};
  WEIR_TRY(std::string text, json::required_string(o, "ttl"));
  auto length = parse_duration(text);
  if (!length || *length <= 0) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("\"ttl\" is \"{}\"; write a duration like P30D", text), "ttl");
  }
  out.ttl = *length;
  return {};
}

}  // namespace

bool TagDefinition::percentile() const {
  return rule && rule->tiers() != nullptr && rule->tiers()->percentile;
}

Result<TagDefinition> parse_definition(const json::value& body, const Calendar& calendar) {
  TagDefinition out;
  WEIR_TRY(const json::object* o, json::as_object(body, "tag"));
  WEIR_TRY(out.name, json::required_string(*o, "name"));
  WEIR_CHECK_OK(check_choice(*o, "category", {"attribute", "behaviour", "value"}));
  WEIR_CHECK_OK(check_choice(*o, "value_type", {"bool", "enum", "number", "date", "string_set"}));
  out.category = json::optional_string(*o, "category");
  out.value_type = json::optional_string(*o, "value_type");
  out.group = json::optional_string(*o, "group");
  out.owner = json::optional_string(*o, "owner");
  WEIR_CHECK_OK(parse_ttl(*o, out));
  if (const json::value* refresh = json::find(*o, "refresh"))
    WEIR_CHECK_OK(parse_refresh(*refresh, out));
  const json::value* rule = json::find(*o, "rule");
  if (rule == nullptr || rule->is_null()) {
    if (out.refresh == Refresh::Realtime) return out;
    return fail(ErrorCode::InvalidArgument,
                "\"rule\" is missing: only a rule can be refreshed by schedule or once", "rule");
  }
  WEIR_TRY(out.rule, parse_rule(*rule, out.value_type, calendar));
  if (const Tiers* tiers = out.rule->tiers(); tiers != nullptr && !tiers->percentile) {
    for (const Tiers::Step& step : tiers->steps) out.bounds.push_back(step.gte);
  }
  if (out.refresh == Refresh::Realtime && out.rule->scheduled_only()) {
    return fail(ErrorCode::InvalidArgument,
                "\"refresh\": most, heat, days_since_last, percentiles and values of orders are "
                "computed by schedule only; use {\"schedule\":\"0 2 * * *\"}",
                "refresh");
  }
  return out;
}

Status validate_definition(const json::value& body, const Calendar& calendar) {
  auto parsed = parse_definition(body, calendar);
  if (!parsed) return std::unexpected<Error>(parsed.error());
  return {};
}

}  // namespace weir::tags
