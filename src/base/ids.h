#pragma once
// Distinct id types, so that a profile is never passed where an identity is meant.

#include <compare>
#include <cstdint>
#include <functional>
#include <utility>

namespace weir {

/// A number with a type. `Tag` is an empty struct that only names the id.
template <class Tag, class Rep>
struct Id {
  Rep value{};
  constexpr Id() = default;
  constexpr explicit Id(Rep v) : value(v) {}
  auto operator<=>(const Id&) const = default;
  template <class H>
  friend H AbslHashValue(H state, const Id& id) {
    return H::combine(std::move(state), id.value);
  }
};

}  // namespace weir
