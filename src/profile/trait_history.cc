#include "profile/trait_history.h"

#include "model/key_space.h"

#include <algorithm>

namespace weir::profile {
namespace {

TraitWrite read(const pb::TraitPast::Write& row, std::string_view name) {
  auto value = decode_value(row.value());
  return {{static_cast<TraitOp>(row.op()), std::string(name), value ? *std::move(value) : Value()},
          {row.time(), row.position()},
          row.received(),
          row.source()};
}

void store(const TraitWrite& write, pb::TraitPast::Write& row) {
  row.set_op(static_cast<uint32_t>(write.change.op));
  row.set_value(encode_value(write.change.value));
  row.set_time(write.stamp.time);
  row.set_position(write.stamp.position);
  row.set_received(write.received);
  row.set_source(write.source);
}

/// One write that comes to the same as both, `first` being the older.
TraitWrite folded(const TraitWrite& first, const TraitWrite& second, const TraitRule* rule) {
  Person person;
  person.change(first.change, first.stamp, first.source, rule);
  person.change(second.change, second.stamp, second.source, rule);
  const Trait& trait = person.traits.begin()->second;
  TraitWrite out = second;
  out.change.value = trait.value;
  out.source = trait.source;
  if (trait.unset) {
    out.change.op = TraitOp::Unset;
  } else if (trait.once) {
    out.change.op = TraitOp::SetOnce;
  } else if (!trait.summed) {
    out.change.op = TraitOp::Set;
  }
  return out;
}

/// Says the same as the writes before and after it, and was heard of after the former: what it adds
/// is only that nothing changed.
bool repeats(const TraitWrite& before, const TraitWrite& it, const TraitWrite& after) {
  auto same = [&](const TraitWrite& other) {
    return other.change == it.change && other.source == it.source;
  };
  return it.change.op == TraitOp::Set && same(before) && same(after) &&
         it.received >= before.received;
}

const pb::TraitPast::One* find(const pb::TraitPast* row, std::string_view name) {
  if (row == nullptr) return nullptr;
  for (const auto& one : row->traits()) {
    if (one.name() == name) return &one;
  }
  return nullptr;
}

pb::TraitPast::One& find_or_add(pb::TraitPast& row, std::string_view name) {
  for (auto& one : *row.mutable_traits()) {
    if (one.name() == name) return one;
  }
  pb::TraitPast::One& one = *row.add_traits();
  one.set_name(std::string(name));
  return one;
}

}  // namespace

TraitHistory::TraitHistory() : rows_(std::string{key_space::kProfile, 'h'}) {}

bool TraitHistory::has(IdentityOrdinal identity, std::string_view name) const {
  return find(rows_.find(ordinal_key(identity.value)), name) != nullptr;
}

void TraitHistory::begin(IdentityOrdinal identity, const TraitWrite& held) {
  pb::TraitPast::One& one =
      find_or_add(rows_.mutate(ordinal_key(identity.value)), held.change.name);
  store(held, *one.add_writes());
  one.set_kept_from(held.stamp.time);
}

void TraitHistory::note(IdentityOrdinal identity, const TraitWrite& write, const TraitRule* rule) {
  pb::TraitPast::One& one =
      find_or_add(rows_.mutate(ordinal_key(identity.value)), write.change.name);
  std::vector<TraitWrite> writes;
  for (const auto& row : one.writes()) writes.push_back(read(row, write.change.name));
  auto at = std::ranges::upper_bound(writes, write.stamp, {}, &TraitWrite::stamp);
  ptrdiff_t place = at - writes.begin();
  writes.insert(at, write);
  // The new one may stand between two of its kind, or be the first or last of three.
  for (ptrdiff_t middle : {place, place - 1, place + 1}) {
    if (middle < 1 || middle + 1 >= std::ssize(writes)) continue;
    auto it = writes.begin() + middle;
    if (!repeats(it[-1], it[0], it[1])) continue;
    writes.erase(it);
    break;
  }
  if (writes.size() > kTraitWritesMax) {
    writes[1] = folded(writes[0], writes[1], rule);
    writes.erase(writes.begin());
    one.set_kept_from(writes[0].stamp.time);
  }
  one.clear_writes();
  for (const TraitWrite& each : writes) store(each, *one.add_writes());
}

void TraitHistory::collect(IdentityOrdinal identity, std::string_view name,
                           std::vector<TraitWrite>& out, TimeMs& kept_from) const {
  const pb::TraitPast::One* one = find(rows_.find(ordinal_key(identity.value)), name);
  if (one == nullptr) return;
  for (const auto& row : one->writes()) out.push_back(read(row, name));
  kept_from = std::max(kept_from, one->kept_from());
}

void TraitHistory::drop(IdentityOrdinal identity, std::string_view name) {
  if (rows_.size() == 0 || !has(identity, name)) return;
  std::string key = ordinal_key(identity.value);
  auto& traits = *rows_.mutate(key).mutable_traits();
  for (int i = 0; i < traits.size(); ++i) {
    if (traits[i].name() == name) traits.DeleteSubrange(i--, 1);
  }
  if (traits.empty()) rows_.erase(key);
}

void TraitHistory::erase(IdentityOrdinal identity) {
  rows_.erase(ordinal_key(identity.value));
}

std::vector<TraitPeriod> periods_of(std::vector<TraitWrite> writes, const TraitRule* rule) {
  std::ranges::stable_sort(writes, {}, &TraitWrite::stamp);
  std::vector<TraitPeriod> periods;
  Person person;
  for (const TraitWrite& write : writes) {
    person.change(write.change, write.stamp, write.source, rule);
    const Trait* trait = person.find_trait(write.change.name);
    Value value = trait == nullptr ? Value() : trait->value;
    bool unset = trait == nullptr;
    if (!periods.empty() && !unset && periods.back().to == 0 && periods.back().value == value) {
      continue;
    }
    if (!periods.empty() && periods.back().to == 0) {
      // Two writes of one instant: the later one is all there was to see.
      if (periods.back().from == write.stamp.time) {
        periods.pop_back();
      } else {
        periods.back().to = write.stamp.time;
      }
    }
    bool resumes = !unset && !periods.empty() && periods.back().to == write.stamp.time &&
                   periods.back().value == value;
    if (resumes) {
      periods.back().to = 0;
      continue;
    }
    if (!unset) {
      periods.push_back({std::move(value), write.stamp.time, 0, write.source, write.received});
    }
  }
  return periods;
}

}  // namespace weir::profile
