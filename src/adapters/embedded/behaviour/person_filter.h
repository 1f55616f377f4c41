#pragma once
// Filters on properties of people, asked of one person at a time.

#include "adapters/embedded/behaviour/compile_parts.h"

#include <algorithm>

namespace weir::embedded {

/// One person's traits, for filters.
class PersonFilter : public FilterSubject {
 public:
  PersonFilter(const PeopleColumns& people, const PeopleRequest& request, uint32_t profile)
      : people_(people), request_(request), profile_(profile) {}
  const Value* get(std::string_view prop) const override {
    if (!prop.starts_with(kProfilePrefix)) return nullptr;
    auto it = std::find(request_.traits.begin(), request_.traits.end(),
                        prop.substr(kProfilePrefix.size()));
    if (it == request_.traits.end()) return nullptr;
    return people_.trait(static_cast<size_t>(it - request_.traits.begin()), profile_);
  }
  bool in_list(std::string_view list, std::string_view value) const override {
    return list_of({Value(std::string(list))}, request_, people_).contains(value);
  }

 private:
  const PeopleColumns& people_;
  const PeopleRequest& request_;
  uint32_t profile_;
};

}  // namespace weir::embedded
