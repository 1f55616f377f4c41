#pragma once
// What makes two questions the same: their definition without what only concerns how they are run.

#include "base/json.h"
#include "base/time.h"

#include <string>

namespace weir::analytics {

/// Fields of any question that do not change its answer. Removed before a kind parses the rest.
inline constexpr std::string_view kRunFields[] = {"query_id", "partial_after_ms"};

/// `query` without kRunFields.
json::object definition_of(const json::object& query);
/// The definition that gives the same answer whenever it is asked of the same data.
json::object pinned(json::object definition, TimeMs as_of, TimeMs known_at);
/// Text of a definition: names in order, nulls left out (null and absent mean the same).
std::string canonical_text(const json::value& definition);
/// "q_" and 20 digits, of canonical_text.
std::string query_hash(std::string_view canonical);

}  // namespace weir::analytics
