#pragma once
// How many have each trait; kept up with every change, so that asking costs nothing. Counts the
// identities that brought it: a person whom two of them told is counted twice.

#include "base/string_map.h"
#include "profile/person.h"

#include <string_view>

namespace weir::profile {

class Coverage {
 public:
  /// What an identity brought is there from now on, or not any more; null = nothing.
  void enter(const Person* part) { add(part, 1); }
  void leave(const Person* part) { add(part, -1); }
  void add(std::string_view name, int64_t people) {
    auto it = counts_.find(name);
    if (it == counts_.end()) it = counts_.try_emplace(std::string(name), 0).first;
    it->second += people;
  }
  uint64_t people_with(std::string_view name) const {
    auto it = counts_.find(name);
    return it == counts_.end() ? 0 : static_cast<uint64_t>(it->second);
  }

 private:
  void add(const Person* part, int64_t people) {
    if (part == nullptr) return;
    for (const auto& [name, trait] : part->traits) {
      if (!trait.unset) add(std::string_view(name), people);
    }
  }
  StringMap<int64_t> counts_;
};

}  // namespace weir::profile
