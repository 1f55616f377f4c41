#include "segments/static_segment.h"

#include <algorithm>

namespace weir::segments {

json::object static_header_body(const StaticHeader& header) {
  return {{"kind", "static"},      {"name", header.name},     {"upload", header.upload},
          {"as_of", header.as_of}, {"people", header.people}, {"origin", header.origin}};
}

json::object static_part_body(const StaticHeader& header, uint32_t number,
                              const std::vector<ProfileOrdinal>& people) {
  json::array list;
  size_t first = number * kStaticPartPeople;
  for (size_t i = first; i < std::min(people.size(), first + kStaticPartPeople); ++i)
    list.push_back(people[i].value);
  return {{"upload", header.upload}, {"part", number}, {"people", std::move(list)}};
}

std::optional<StaticHeader> parse_static_header(const json::value& body) {
  if (!body.is_object()) return std::nullopt;
  const json::object& o = body.get_object();
  if (json::optional_string(o, "kind") != "static") return std::nullopt;
  StaticHeader out;
  out.name = json::optional_string(o, "name");
  out.upload = json::optional_string(o, "upload");
  out.as_of = json::optional_int(o, "as_of", 0);
  out.origin = json::optional_string(o, "origin");
  int64_t people = json::optional_int(o, "people", -1);
  bool good = !out.name.empty() && !out.upload.empty() && people >= 0 &&
              people <= static_cast<int64_t>(kStaticPeopleMax);
  if (!good) return std::nullopt;
  out.people = static_cast<uint64_t>(people);
  return out;
}

std::optional<StaticPart> parse_static_part(const json::value& body) {
  if (!body.is_object()) return std::nullopt;
  const json::object& o = body.get_object();
  StaticPart out;
  out.upload = json::optional_string(o, "upload");
  int64_t number = json::optional_int(o, "part", -1);
  const json::value* people = json::find(o, "people");
  if (number < 0 || number > UINT32_MAX || people == nullptr || !people->is_array() ||
      people->get_array().size() > kStaticPartPeople) {
    return std::nullopt;
  }
  out.number = static_cast<uint32_t>(number);
  for (const json::value& v : people->get_array()) {
    if (!v.is_int64() || v.get_int64() < 0 || v.get_int64() > UINT32_MAX) return std::nullopt;
    out.people.emplace_back(static_cast<uint32_t>(v.get_int64()));
  }
  return out;
}

}  // namespace weir::segments
