#include "bench/engine/people.h"

#include <algorithm>

namespace weir::bench {

People::People(const std::vector<GeneratedUser>& users) {
  for (const GeneratedUser& user : users) city_.push_back(user.city);
  for (int c = 0; c <= 300; ++c) cities_.emplace_back("city_" + std::to_string(c));
}

std::vector<ProfileOrdinal> People::live_profiles(ProfileOrdinal from, size_t limit) const {
  std::vector<ProfileOrdinal> out;
  for (uint32_t p = std::max(1u, from.value); p < city_.size() && out.size() < limit; ++p)
    out.emplace_back(p);
  return out;
}

const Value* People::trait(ProfileOrdinal profile, std::string_view name) const {
  if (name != "city" || profile.value >= city_.size()) return nullptr;
  return &cities_[city_[profile.value]];
}

}  // namespace weir::bench
