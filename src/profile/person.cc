#include "profile/person.h"

#include <algorithm>
#include <array>

namespace weir::profile {
namespace {

Value sum(const Value& old, const Value& add) {
  double a = 0, b = 0;
  if (!as_number(add, b)) return old;
  if (const auto* x = std::get_if<int64_t>(&old)) {
    if (const auto* y = std::get_if<int64_t>(&add)) {
      int64_t out = 0;
      return __builtin_add_overflow(*x, *y, &out) ? Value(*x) : Value(out);
    }
  }
  if (std::holds_alternative<std::monostate>(old)) return add;
  if (!as_number(old, a)) return old;  // text does not become a number by adding to it
  return a + b;
}

void push(StringList& list, const std::string& item) {
  constexpr size_t kItemsMax = 1000;  // without it one person's list could fill memory
  if (list.size() >= kItemsMax || std::ranges::find(list, item) != list.end()) return;
  list.push_back(item);
}

Value appended(const Value& old, const Value& add) {
  // A sealed value cannot be an item of a list that others can read: the newest one stays.
  if (std::holds_alternative<Sealed>(add) || std::holds_alternative<Sealed>(old)) return add;
  StringList list;
  if (const auto* items = std::get_if<StringList>(&old)) {
    list = *items;
  } else if (!std::holds_alternative<std::monostate>(old)) {
    push(list, display_text(old));
  }
  if (const auto* items = std::get_if<StringList>(&add)) {
    for (const std::string& item : *items) push(list, item);
  } else if (!std::holds_alternative<std::monostate>(add)) {
    push(list, display_text(add));
  }
  return list;
}

bool is_number(const Value& value) {
  double ignored = 0;
  return as_number(value, ignored);
}

/// Adds what was added elsewhere.
void add_all(Value& value, const Value& added) {
  value = is_number(added) ? sum(value, added) : appended(value, added);
}

/// What `trait` adds to a whole value; nothing for one that only has a whole value.
const Value& additions(const Trait& trait) {
  return trait.summed ? trait.value : trait.added;
}

/// Between two traits with whole values: the one whose whole value holds.
bool holds_over(const Trait& a, const Trait& b) {
  bool after_unset = a.once && b.unset;
  if (a.once != b.once && !after_unset) return b.once;
  if (a.priority != b.priority) return a.priority > b.priority;
  return a.once && b.once ? a.base < b.base : a.base > b.base;
}

/// Between two writes of whole values.
bool wins(const Trait& candidate, const Trait& held) {
  bool after_unset = candidate.once && held.unset;
  if (candidate.once != held.once && !after_unset) return held.once;
  if (candidate.priority != held.priority) return candidate.priority > held.priority;
  if (candidate.once && held.once) return candidate.stamp < held.stamp;
  return after_unset ? candidate.stamp > held.stamp : candidate.stamp >= held.stamp;
}

}  // namespace

void Person::change(const TraitChange& change, Stamp stamp, const std::string& source,
                    const TraitRule* rule) {
  if (change.op == TraitOp::Increment || change.op == TraitOp::Append) {
    add(change, stamp, source);
  } else {
    write(change, stamp, source, rule);
  }
}

void Person::write(const TraitChange& change, Stamp stamp, const std::string& source,
                   const TraitRule* rule) {
  Trait next;
  next.value = change.value;
  next.stamp = next.base = stamp;
  next.source = source;
  next.once = change.op == TraitOp::SetOnce;
  next.priority = rule == nullptr ? uint8_t{0} : rule->priority(source);
  if (change.op == TraitOp::Unset) {
    next.value = std::monostate{};
    next.unset = true;
  }
  auto [it, added] = traits.try_emplace(change.name, next);
  if (added) return;
  // What was written under another order of sources is judged by the one of today.
  Trait& held = it->second;
  bool whole = !held.summed && std::holds_alternative<std::monostate>(held.added);
  if (whole) held.priority = rule == nullptr ? uint8_t{0} : rule->priority(held.source);
  if (wins(next, held)) held = std::move(next);
}

// Increments and appends commute; only one that is older than the whole value it would add to is
// late.
void Person::add(const TraitChange& change, Stamp stamp, const std::string& source) {
  auto [it, added] = traits.try_emplace(change.name);
  Trait& held = it->second;
  if (added) held.summed = true;
  if (!held.summed && !held.once && stamp < held.base) return;
  auto add_to = [&](Value& value) {
    value =
        change.op == TraitOp::Increment ? sum(value, change.value) : appended(value, change.value);
  };
  bool first = added || (!held.summed && std::holds_alternative<std::monostate>(held.added));
  held.added_since = first ? stamp : std::min(held.added_since, stamp);
  add_to(held.value);
  if (!held.summed) add_to(held.added);
  held.unset = false;
  held.once = false;
  if (stamp >= held.stamp) {
    held.stamp = stamp;
    held.source = source;
  }
}

void Person::set_consent(const std::string& channel, const std::string& purpose,
                         const Consent& consent) {
  auto [it, added] = consents.try_emplace({channel, purpose}, consent);
  if (added) return;
  Consent& held = it->second;
  bool later = consent.stamp.time > held.stamp.time;
  bool tie = consent.stamp.time == held.stamp.time;
  if (later || (tie && !consent.granted && held.granted)) held = consent;
}

void Person::follow(const std::string& appid, const Follow& change) {
  auto [it, added] = follows.try_emplace(appid, change);
  if (!added && change.stamp >= it->second.stamp) it->second = change;
}

void Person::set_contact(const ContactKey& key, ContactState change) {
  auto [it, added] = contact_states.try_emplace(key, change);
  if (added || change.stamp < it->second.stamp) return;
  // The end of a relation does not say how it began.
  if (change.ended) {
    change.state = it->second.state;
    change.since = it->second.since;
  }
  it->second = std::move(change);
}

void Person::absorb(const Person& other) {
  for (const auto& [name, trait] : other.traits) absorb_trait(name, trait);
  for (const auto& [key, consent] : other.consents) set_consent(key.first, key.second, consent);
  for (const auto& [appid, change] : other.follows) follow(appid, change);
  for (const auto& [key, contact] : other.contact_states) set_contact(key, contact);
}

void Person::absorb_trait(const std::string& name, const Trait& trait) {
  auto [it, added] = traits.try_emplace(name, trait);
  if (added) return;
  Trait& held = it->second;
  Trait other = trait;
  // `held` becomes the one that stays, `other` the one whose additions may count on top.
  bool swap = held.summed ? !other.summed : !other.summed && holds_over(other, held);
  if (swap) std::swap(held, other);
  const Value& more = additions(other);
  if (std::holds_alternative<std::monostate>(more)) return;
  if (held.summed && is_number(held.value) != is_number(more)) {
    if (other.stamp > held.stamp) held = std::move(other);
    return;
  }
  if (!held.summed && other.added_since < held.base) return;
  bool first = !held.summed && std::holds_alternative<std::monostate>(held.added);
  held.added_since = first ? other.added_since : std::min(held.added_since, other.added_since);
  add_all(held.value, more);
  if (!held.summed) add_all(held.added, more);
  held.unset = held.once = false;
  if (other.stamp > held.stamp) {
    held.stamp = other.stamp;
    held.source = other.source;
  }
}

const Trait* Person::find_trait(std::string_view name) const {
  auto it = traits.find(name);
  return it == traits.end() || it->second.unset ? nullptr : &it->second;
}

// The most specific record decides, unless a wider withdrawal came at the same time or later: who
// says "no more messages" means every channel, also those agreed to before.
ConsentState Person::consent(std::string_view channel, std::string_view purpose) const {
  const std::array<std::pair<std::string, std::string>, 4> keys = {{
      {std::string(channel), std::string(purpose)},
      {std::string(channel), "*"},
      {"*", std::string(purpose)},
      {"*", "*"},
  }};
  const Consent* deciding = nullptr;
  for (const auto& key : keys) {
    auto it = consents.find(key);
    if (it == consents.end()) continue;
    const Consent& found = it->second;
    bool overrules =
        deciding != nullptr && !found.granted && found.stamp.time >= deciding->stamp.time;
    if (deciding == nullptr || overrules) deciding = &found;
  }
  if (deciding == nullptr) return ConsentState::Unknown;
  return deciding->granted ? ConsentState::Granted : ConsentState::Withdrawn;
}

std::vector<Contact> Person::contacts() const {
  std::vector<Contact> all;
  for (const auto& [key, contact] : contact_states) {
    const auto& [corp, staff, external] = key;
    if (!contact.ended) all.push_back({corp, staff, external, contact.state, contact.since});
  }
  std::ranges::stable_sort(all, {}, &Contact::since);
  return all;
}

}  // namespace weir::profile
