#include "api/people_lists.h"
#include "base/hash.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace weir::api {
namespace {

constexpr std::array<std::pair<std::string_view, SetOp>, 4> kOps = {
    {{"union", SetOp::Union},
     {"intersect", SetOp::Intersect},
     {"minus", SetOp::Minus},
     {"xor", SetOp::Xor}}};

Result<Sample> parse_sample(const json::object& o) {
  Sample out;
  WEIR_TRY(out.salt, json::required_string(o, "salt", "sample"));
  const json::value* share = json::find(o, "share");
  int64_t fixed = json::optional_int(o, "fixed", 0);
  if ((share != nullptr) == (fixed != 0)) {
    return fail(ErrorCode::InvalidArgument,
                "\"sample\" needs either \"share\", like 0.1, or \"fixed\", like 1000", "sample");
  }
  if (fixed < 0)
    return fail(ErrorCode::InvalidArgument, fmt::format("\"sample.fixed\" is {}: below 0", fixed),
                "sample.fixed");
  out.fixed = static_cast<size_t>(fixed);
  if (share == nullptr) return out;
  if (!share->is_number() || share->to_number<double>() < 0 || share->to_number<double>() > 1)
    return fail(ErrorCode::InvalidArgument, "\"sample.share\" must lie in 0…1", "sample.share");
  out.share = share->to_number<double>();
  return out;
}

}  // namespace

Result<Combination> parse_combination(const json::object& body) {
  Combination out;
  std::string op = json::optional_string(body, "op", "union");
  auto known = std::ranges::find(kOps, op, &std::pair<std::string_view, SetOp>::first);
  if (known == kOps.end()) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("\"op\" is \"{}\"; use union, intersect, minus or xor", op), "op");
  }
  out.op = known->second;
  const json::value* of = json::find(body, "of");
  if (of == nullptr || !of->is_array() || of->get_array().empty() ||
      of->get_array().size() > kCombinedMax) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("\"of\" must be a list of 1…{} segment ids", kCombinedMax), "of");
  }
  for (const json::value& id : of->get_array()) {
    if (!id.is_string()) return fail(ErrorCode::InvalidArgument, "\"of\" must be ids", "of");
    out.of.emplace_back(json::view(id.get_string()));
  }
  const json::value* sample = json::find(body, "sample");
  if (sample == nullptr || sample->is_null()) return out;
  WEIR_TRY(const json::object* o, json::as_object(*sample, "sample"));
  WEIR_TRY(out.sample, parse_sample(*o));
  return out;
}

std::vector<ProfileOrdinal> combine(SetOp op, const std::vector<std::vector<ProfileOrdinal>>& of) {
  std::vector<ProfileOrdinal> all = of.front();
  for (size_t i = 1; i < of.size(); ++i) {
    std::vector<ProfileOrdinal> next;
    auto into = std::back_inserter(next);
    switch (op) {
      case SetOp::Union: std::ranges::set_union(all, of[i], into); break;
      case SetOp::Intersect: std::ranges::set_intersection(all, of[i], into); break;
      case SetOp::Minus: std::ranges::set_difference(all, of[i], into); break;
      case SetOp::Xor: std::ranges::set_symmetric_difference(all, of[i], into); break;
    }
    all = std::move(next);
  }
  return all;
}

std::vector<ProfileOrdinal> draw(const Sample& sample, std::vector<ProfileOrdinal> people) {
  if (sample.fixed == 0) {
    if (sample.share >= 1.0) return people;
    std::erase_if(people, [&](ProfileOrdinal p) {
      return bucket_of(sample.salt, profile_id_text(p)) >= 10000 * sample.share;
    });
    return people;
  }
  if (people.size() <= sample.fixed) return people;
  std::vector<std::pair<uint64_t, ProfileOrdinal>> hashed;
  hashed.reserve(people.size());
  for (ProfileOrdinal p : people)
    hashed.emplace_back(siphash64(sample.salt + ":" + profile_id_text(p)), p);
  auto end = hashed.begin() + static_cast<ptrdiff_t>(sample.fixed);
  std::nth_element(hashed.begin(), end, hashed.end());
  people.clear();
  for (auto it = hashed.begin(); it != end; ++it) people.push_back(it->second);
  std::ranges::sort(people);
  return people;
}

}  // namespace weir::api
