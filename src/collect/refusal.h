#pragma once
// Why an item was not taken. Refused items are kept in quarantine with this, so that a person can
// see what was wrong, repair the rule or the sender, and replay.

#include <optional>
#include <string>
#include <string_view>

namespace weir::collect {

/// Stable words: reports and alarms count by them.
namespace reason {
inline constexpr std::string_view kBadJson = "bad_json";
inline constexpr std::string_view kBadType = "bad_type";
inline constexpr std::string_view kBadName = "bad_name";
inline constexpr std::string_view kBadNumber = "bad_number";
inline constexpr std::string_view kBadRow = "bad_row";
inline constexpr std::string_view kBadTime = "bad_time";
inline constexpr std::string_view kDuplicateKey = "duplicate_key";
inline constexpr std::string_view kEncrypted = "encrypted";
inline constexpr std::string_view kMissing = "missing_field";
inline constexpr std::string_view kNoIdentity = "no_identity";
inline constexpr std::string_view kNotSupported = "not_supported";
inline constexpr std::string_view kReservedName = "reserved_name";
inline constexpr std::string_view kTooDeep = "too_deep";
inline constexpr std::string_view kTooLarge = "too_large";
inline constexpr std::string_view kTooManyKeys = "too_many_keys";
inline constexpr std::string_view kTooOld = "too_old";
inline constexpr std::string_view kUnknownSource = "unknown_source";
}  // namespace reason

struct Refusal {
  std::string reason;   // one of the words above
  std::string field;    // path inside the item, "properties.total"; empty when it is the whole item
  std::string message;  // for people; never a value of the item, which may be personal
  std::string payload;  // the item as it came, in clear until it is sealed for the log
  std::string write_key = {};  // as the client gave it, when it belongs to no source
  std::string same_as = {};    // what makes two refusals the same input; empty = reason and payload
};

/// Empty = the item is fine.
using Verdict = std::optional<Refusal>;

inline Verdict refuse(std::string_view why, std::string_view field, std::string_view message) {
  return Refusal{std::string(why), std::string(field), std::string(message), {}, {}, {}};
}

}  // namespace weir::collect
