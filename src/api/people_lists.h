#pragma once
// Static segments made by an operator: set algebra and samples of segments (SEMANTICS §9 SG7, SG8),
// and lists of identities from elsewhere.

#include "base/json.h"
#include "base/result.h"
#include "model/ids.h"

#include <string>
#include <string_view>
#include <vector>

namespace weir::api {

class Router;
struct Services;

enum class SetOp : uint8_t { Union, Intersect, Minus, Xor };

struct Sample {
  std::string salt;
  double share = 1.0;  // of the people, by their bucket (G18)
  size_t fixed = 0;    // how many; 0 = by share
};

struct Combination {
  SetOp op = SetOp::Union;
  std::vector<std::string> of;  // segment ids, 1…kCombinedMax
  Sample sample;
};
inline constexpr size_t kCombinedMax = 20;

/// {"op":"minus","of":["a","b"],"sample":{"salt":"s","share":0.1}}. Errors name the field.
Result<Combination> parse_combination(const json::object& body);

/// From the left; each list ascending. |A∪B| = |A|+|B|−|A∩B| holds of lists of one instant.
std::vector<ProfileOrdinal> combine(SetOp op, const std::vector<std::vector<ProfileOrdinal>>& of);

/// SG8: who is in a share stays in a larger one of the same salt; a fixed number are those with the
/// smallest hashes. Ascending.
std::vector<ProfileOrdinal> draw(const Sample& sample, std::vector<ProfileOrdinal> people);

void add_people_list_routes(Router& router, Services& services);

}  // namespace weir::api
