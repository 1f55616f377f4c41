#pragma once
// From JSON values to model values, with the bounds on names.

#include "collect/json_items.h"
#include "model/envelope.h"
#include "model/value.h"

#include <functional>

namespace weir::collect {

struct ValueRules {
  size_t string_bytes_max = SIZE_MAX;  // longer strings are cut at a character, and counted
  bool identifier_keys = false;        // keys are identifiers of ≤ 100 characters (Sensors)
};

/// Counted while reading; a protocol reports them as metrics.
struct ReadCounts {
  uint64_t strings_cut = 0;
  uint64_t crc_mismatches = 0;
  uint64_t keys_ignored = 0;
};

/// An event name: 1…200 bytes without control characters, and not one that Weir writes itself.
Verdict check_event_name(std::string_view name, std::string_view field);
Verdict check_key(std::string_view key, std::string_view where, const ValueRules& rules);

/// Null becomes monostate; objects and mixed lists become JsonText. Refuses integers outside int64.
Verdict read_value(Json json, std::string_view where, const ValueRules& rules, ReadCounts& counts,
                   Value& out);

/// Appends the members of `object`; nulls are left out, for missing is not a value (G11). `skip`
/// names members that the caller reads itself.
Verdict read_properties(const JsonObject& object, std::string_view where, const ValueRules& rules,
                        ReadCounts& counts, Properties& out,
                        const std::function<bool(std::string_view)>& skip = {});

/// Appends one trait change per member; with Set, a null becomes Unset.
Verdict read_traits(const JsonObject& object, TraitOp op, std::string_view where,
                    const ValueRules& rules, ReadCounts& counts, std::vector<TraitChange>& out);

/// The text of a string or number that serves as an id; false for other types and for nothing.
bool id_text(Json json, std::string& out);

/// A client time: ISO text, epoch milliseconds, or epoch seconds (recognised by size: no client of
/// ours existed before 1973). `zone` is for text without one.
Verdict read_time(Json json, std::string_view field, TimeMs& out);

/// Cuts at a character boundary so that at most `bytes_max` bytes remain.
std::string_view cut_utf8(std::string_view text, size_t bytes_max);

}  // namespace weir::collect
