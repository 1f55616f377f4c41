#include "profile/apart.h"

namespace weir::profile {
namespace {

bool is_true(const Trait* trait) {
  if (trait == nullptr) return false;
  if (const auto* b = std::get_if<bool>(&trait->value)) return *b;
  if (const auto* i = std::get_if<int64_t>(&trait->value)) return *i != 0;
  const auto* text = std::get_if<std::string>(&trait->value);
  return text != nullptr && (*text == "true" || *text == "1");
}

bool is_staff(const Trait* trait) {
  const auto* text = trait == nullptr ? nullptr : std::get_if<std::string>(&trait->value);
  return text != nullptr && *text == "staff";
}

/// True when the set changed.
bool put(std::set<uint32_t>& set, uint32_t profile, bool in) {
  return in ? set.insert(profile).second : set.erase(profile) > 0;
}

}  // namespace

bool ApartList::concerns(const Person& part) {
  return part.traits.contains("is_test") || part.traits.contains("type");
}

void ApartList::note(ProfileOrdinal profile, const Person* person) {
  bool test = person != nullptr && is_true(person->find_trait("is_test"));
  bool staff = person != nullptr && is_staff(person->find_trait("type"));
  std::lock_guard lock(mutex_);
  bool changed = put(test_, profile.value, test);
  changed = put(staff_, profile.value, staff) || changed;
  if (changed) shared_.reset();
}

std::shared_ptr<const SetApart> ApartList::set_apart() const {
  std::lock_guard lock(mutex_);
  if (shared_ == nullptr) {
    auto fresh = std::make_shared<SetApart>();
    fresh->test.assign(test_.begin(), test_.end());
    fresh->staff.assign(staff_.begin(), staff_.end());
    shared_ = std::move(fresh);
  }
  return shared_;
}

}  // namespace weir::profile
