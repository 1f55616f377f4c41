#pragma once
// Keeps the list of test and staff persons (G17) as traits change.

#include "model/ids.h"
#include "ports/set_apart.h"
#include "profile/person.h"

#include <memory>
#include <mutex>
#include <set>

namespace weir::profile {

/// Changed on the fold executor, read from any thread.
class ApartList : public SetApartReader {
 public:
  /// Whether this part of a person may set him or her apart.
  static bool concerns(const Person& part);
  /// `person` is as it is now; null = gone.
  void note(ProfileOrdinal profile, const Person* person);
  std::shared_ptr<const SetApart> set_apart() const override;

 private:
  mutable std::mutex mutex_;
  std::set<uint32_t> test_, staff_;
  mutable std::shared_ptr<const SetApart> shared_;  // null after a change
};

}  // namespace weir::profile
