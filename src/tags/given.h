#pragma once
// The record by which people or imports give tags: Definition "tag_values/<code>".

#include "base/json.h"
#include "model/ids.h"
#include "tags/definition.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::tags {

inline constexpr std::string_view kGivenPrefix = "tag_values/";
/// People of one record: each may change two tags of a group, and a step emits at most 1,000 facts.
inline constexpr size_t kGivenPeopleMax = 400;

struct Given {
  std::optional<Value> value;  // none: taken away
  bool import = false;
  bool lock = false;   // rules, imports and lists of people do not change it
  bool force = false;  // also where it is locked: somebody looked at this person
  std::vector<IdentityOrdinal> identities;  // one of each person
};

/// `value` as the API takes it (null = take away), checked by the caller with parse_value.
json::object given_body(const json::value& value, bool import, bool lock, bool force,
                        const std::vector<IdentityOrdinal>& identities);
std::optional<Given> parse_given(std::string_view body, const TagDefinition& tag);

}  // namespace weir::tags
