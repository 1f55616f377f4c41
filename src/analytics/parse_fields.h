#pragma once
// Pieces that all questions are parsed with.

#include "analytics/parse.h"
#include "model/event_set.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace weir::analytics {

std::unexpected<Error> bad_field(std::string field, std::string_view what);
/// A field that is not known would be ignored silently: refuse it and list the known ones.
Status check_fields(const json::object& o, std::string_view where,
                    std::initializer_list<std::string_view> known);

/// Not there, or null.
bool absent(const json::value* v);
/// Absent or null keeps `out`.
Status read_bool(const json::object& o, std::string_view key, bool& out);
Status read_string(const json::object& o, std::string_view key, std::string& out);
/// Epoch ms, or a time in the project's zone; `out` is left as it is when there is none.
Status read_instant(const json::object& query, std::string_view field, const ParseInput& input,
                    TimeMs& out);
/// One of `choices`; the answer is its index.
Result<size_t> read_choice(const json::object& o, std::string_view key, std::string_view where,
                           std::initializer_list<std::string_view> choices, size_t fallback);

/// "event": name, or "events": [names].
Result<std::vector<std::string>> parse_events(const json::object& o, const std::string& where);
/// An object with event or events, and a filter.
Result<EventSet> parse_event_set(const json::object& query, std::string_view key,
                                 std::string_view where = {});
/// A list of event names; absent keeps `out`.
Status read_names(const json::object& o, std::string_view key, std::string_view where,
                  std::vector<std::string>& out);
/// {"value":7,"unit":"day"} or "P7D".
Result<DurationMs> parse_length(const json::value& v, const std::string& where);
Status parse_common(const json::object& query, const ParseInput& input, QueryCommon& out);
Status parse_breakdown(const json::object& query, bool funnel, std::vector<Breakdown>& out);

}  // namespace weir::analytics
