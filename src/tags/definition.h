#pragma once
// One entry of the tag library (TG1), as read from its JSON.

#include "tags/rule.h"
#include "tags/schedule.h"

#include <optional>
#include <string>
#include <vector>

namespace weir::tags {

enum class Refresh : uint8_t { Realtime, Scheduled, Once };

struct TagDefinition {
  std::string name, category, value_type;
  std::string group;   // exclusive: a person has at most one tag of it
  std::string owner;   // who answers for it
  DurationMs ttl = 0;  // of values that people give; 0 = for ever
  Refresh refresh = Refresh::Realtime;
  std::string schedule_text;  // cron; Scheduled only
  std::optional<Schedule> schedule;
  std::optional<Rule> rule;  // none: people give it, or an import

  /// Where the tiers of an aggregation begin: what the rule says, or what the last run found.
  std::vector<double> bounds;

  bool percentile() const;
};

/// {"name","category","value_type","rule"?,"refresh"?,"group"?,"ttl"?,"owner"?}. Without a rule the
/// tag is manual. Errors name the field.
Result<TagDefinition> parse_definition(const json::value& body, const Calendar& calendar);

}  // namespace weir::tags
