#pragma once
// People that questions do not count unless they ask to (SEMANTICS G17).

#include <cstdint>
#include <memory>
#include <vector>

namespace weir {

/// Profile ordinals, ascending. Immutable once shared.
struct SetApart {
  std::vector<uint32_t> test;   // trait is_test is true
  std::vector<uint32_t> staff;  // trait type is "staff": guides, bots
};

/// Implemented by profile/, which sees every change of a trait.
class SetApartReader {
 public:
  virtual ~SetApartReader() = default;
  /// From any thread; the same object while nobody was added or removed. Never null.
  virtual std::shared_ptr<const SetApart> set_apart() const = 0;
};

}  // namespace weir
