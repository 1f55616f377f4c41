#pragma once
// The people that a question counts in: members of its segment, or everybody there is.

#include "adapters/embedded/behaviour/outside.h"

namespace weir::embedded {

class PeopleBase {
 public:
  /// Asks for the field that says who is in the base.
  static void request(const std::string& segment, PeopleRequest& request);
  /// `people` was made for a request that `request` was called on last.
  PeopleBase(std::shared_ptr<const PeopleColumns> people, const PeopleRequest& request)
      : people_(std::move(people)), field_(request.fields.size() - 1) {}

  bool contains(uint32_t profile) const { return people_->field(field_, profile) != nullptr; }
  /// Ascending.
  std::vector<uint32_t> all() const;

 private:
  std::shared_ptr<const PeopleColumns> people_;
  size_t field_;
};

}  // namespace weir::embedded
