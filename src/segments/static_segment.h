#pragma once
// Static segments (SEMANTICS §9 SG6): a frozen list of people as records of the log. First the
// header, a Definition "segment/<id>" of kind "static", then its parts in order, Definitions
// "segment_part/<id>". Each part is one step of the fold, so none is long.

#include "base/json.h"
#include "base/time.h"
#include "model/ids.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::segments {

/// People in one part: each may become a fact, and a step has at most 1,000 (RELIABILITY J8).
inline constexpr size_t kStaticPartPeople = 500;
inline constexpr size_t kStaticPeopleMax = 2'000'000;

inline constexpr std::string_view kSegmentPart = "segment_part/";

struct StaticHeader {
  std::string name;
  std::string upload;  // random: parts of an earlier list of the same id do not fit
  TimeMs as_of = 0;
  std::string origin;  // JSON: where the list came from
  uint64_t people = 0;
};

inline uint32_t static_parts(uint64_t people) {
  return static_cast<uint32_t>((people + kStaticPartPeople - 1) / kStaticPartPeople);
}

json::object static_header_body(const StaticHeader& header);
/// Part `number`, 0 and on, of `people`.
json::object static_part_body(const StaticHeader& header, uint32_t number,
                              const std::vector<ProfileOrdinal>& people);

struct StaticPart {
  std::string upload;
  uint32_t number = 0;
  std::vector<ProfileOrdinal> people;
};
/// nullopt: not a header (a dynamic segment has none) or a damaged one.
std::optional<StaticHeader> parse_static_header(const json::value& body);
std::optional<StaticPart> parse_static_part(const json::value& body);

}  // namespace weir::segments
