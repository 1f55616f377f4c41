#include "journey/enrollments.h"

#include "model/key_space.h"

#include <algorithm>

namespace weir::journey {
namespace {

std::string prefix(char table) {
  return {key_space::kJourney, table};
}

std::string entry_key(uint32_t profile, std::string_view journey, std::string_view key) {
  return ordinal_key(profile) + std::string(journey) + '\0' + std::string(key);
}

uint64_t order_of(const pb::Enrollment& row) {
  return row.position() << 16 | row.hop();
}

template <class Field>
auto* named(Field& list, std::string_view name) {
  auto it = std::lower_bound(list.begin(), list.end(), name,
                             [](const auto& item, std::string_view n) { return item.name() < n; });
  return it != list.end() && it->name() == name ? &*it : nullptr;
}

void note_entry(pb::Entry& entry, uint32_t identity, TimeMs at) {
  for (pb::Entry::By& by : *entry.mutable_by()) {
    if (by.identity() != identity) continue;
    by.set_last_entered_at(std::max(by.last_entered_at(), at));
    return;
  }
  pb::Entry::By* added = entry.add_by();
  added->set_identity(identity);
  added->set_last_entered_at(at);
}

}  // namespace

void count(google::protobuf::RepeatedPtrField<pb::Count>& counts, std::string_view name) {
  if (pb::Count* known = named(counts, name)) {
    known->set_count(known->count() + 1);
    return;
  }
  pb::Count* added = counts.Add();
  added->set_name(std::string(name));
  added->set_count(1);
  std::sort(counts.begin(), counts.end(),
            [](const pb::Count& a, const pb::Count& b) { return a.name() < b.name(); });
}

Enrollments::Enrollments()
    : rows_(prefix('e')), entries_(prefix('l')), recent_(prefix('r')), stats_(prefix('s')) {}

Status Enrollments::load(const StateStore& store) {
  WEIR_CHECK_OK(rows_.load(store));
  WEIR_CHECK_OK(entries_.load(store));
  WEIR_CHECK_OK(recent_.load(store));
  WEIR_CHECK_OK(stats_.load(store));
  rows_.for_each(
      [&](std::string_view id, const pb::Enrollment& row) { index(std::string(id), row); });
  entries_.for_each([&](std::string_view key, const pb::Entry&) {
    entries_of_[parse_ordinal_key(key.substr(0, 4))].insert(std::string(key));
  });
  recent_.for_each([&](std::string_view key, const pb::Recent&) {
    recent_of_[parse_ordinal_key(key.substr(0, 4))].insert(std::string(key));
  });
  return {};
}

void Enrollments::save(WriteBatch& batch) {
  rows_.save(batch);
  entries_.save(batch);
  recent_.save(batch);
  stats_.save(batch);
}

void Enrollments::index(const std::string& id, const pb::Enrollment& row) {
  by_profile_[row.profile()].emplace(order_of(row), id);
  by_journey_[row.journey_id()].order.emplace(order_of(row), id);
  count_place(row, 1);
}

void Enrollments::count_place(const pb::Enrollment& row, int sign) {
  if (!row.active()) return;
  PerJourney& journey = by_journey_[row.journey_id()];
  journey.active += sign;
  active_total_ += sign;
  if (!row.node().empty()) journey.waiting[row.node()] += sign;
}

pb::Enrollment& Enrollments::add(const std::string& id, pb::Enrollment row) {
  row.set_active(true);
  pb::Enrollment& stored = rows_.mutate(id);
  stored = std::move(row);
  index(id, stored);
  std::string key = entry_key(stored.profile(), stored.journey_id(), stored.key());
  pb::Entry& entry = entries_.mutate(key);
  entry.set_last_entered_at(std::max(entry.last_entered_at(), stored.entered_at()));
  if (stored.has_identity()) note_entry(entry, stored.identity(), stored.entered_at());
  entry.add_active(id);
  entries_of_[stored.profile()].insert(std::move(key));
  pb::Stats& stats = stats_.mutate(stored.journey_id());
  stats.set_entered(stats.entered() + 1);
  if (stored.arm() != pb::Enrollment::TREATED) stats.set_control(stats.control() + 1);
  return stored;
}

void Enrollments::place(const std::string& id, const std::string& node, TimeMs at) {
  pb::Enrollment& row = rows_.mutate(id);
  count_place(row, -1);
  row.set_node(node);
  row.set_node_entered_at(at);
  row.set_held_since(0);
  row.clear_request_id();
  count_place(row, 1);
  count(*row.mutable_visits(), node);
  row.set_visit_no(static_cast<uint32_t>(named(*row.mutable_visits(), node)->count()));
  pb::Stats& stats = stats_.mutate(row.journey_id());
  for (pb::Stats::Node& known : *stats.mutable_nodes()) {
    if (known.id() != node) continue;
    known.set_entered(known.entered() + 1);
    return;
  }
  pb::Stats::Node* added = stats.add_nodes();
  added->set_id(node);
  added->set_entered(1);
}

void Enrollments::close(const std::string& id, std::string_view reason, TimeMs now) {
  pb::Enrollment& row = rows_.mutate(id);
  count_place(row, -1);
  row.set_active(false);
  row.set_exit_reason(std::string(reason));
  row.set_updated_at(now);
  row.set_held_since(0);
  row.clear_request_id();
  pb::Entry& entry = entries_.mutate(entry_key(row.profile(), row.journey_id(), row.key()));
  auto* ids = entry.mutable_active();
  ids->erase(std::remove(ids->begin(), ids->end(), id), ids->end());
  count(*stats_.mutate(row.journey_id()).mutable_exited(), reason);
}

void Enrollments::erase(const std::string& id, bool keep_entry) {
  const pb::Enrollment* row = rows_.find(id);
  if (row == nullptr) return;
  count_place(*row, -1);
  by_journey_[row->journey_id()].order.erase({order_of(*row), id});
  auto owned = by_profile_.find(row->profile());
  owned->second.erase({order_of(*row), id});
  if (owned->second.empty()) by_profile_.erase(owned);
  std::string key = entry_key(row->profile(), row->journey_id(), row->key());
  const pb::Entry* entry = entries_.find(key);
  if (!keep_entry && entry != nullptr && entry->active().empty()) {
    auto keys = entries_of_.find(row->profile());
    keys->second.erase(key);
    if (keys->second.empty()) entries_of_.erase(keys);
    entries_.erase(key);
  }
  rows_.erase(id);
}

void Enrollments::move(const std::string& id, uint32_t into) {
  pb::Enrollment& row = rows_.mutate(id);
  auto owned = by_profile_.find(row.profile());
  owned->second.erase({order_of(row), id});
  if (owned->second.empty()) by_profile_.erase(owned);
  row.set_profile(into);
  by_profile_[into].emplace(order_of(row), id);
}

void Enrollments::trace(const std::string& id, TimeMs now, std::string_view node,
                        std::string_view what, std::string_view detail) {
  pb::Enrollment& row = rows_.mutate(id);
  row.set_updated_at(now);
  // Bounded: a journey that loops must not grow its row for ever; the newest lines explain most.
  if (row.trace_size() >= kTraceMax) {
    row.mutable_trace()->DeleteSubrange(1, 1);  // the first line says how it began
    row.set_trace_dropped(row.trace_dropped() + 1);
  }
  pb::Enrollment::Trace* line = row.add_trace();
  line->set_time(now);
  line->set_node(std::string(node));
  line->set_what(std::string(what));
  line->set_detail(std::string(detail));
}

std::vector<std::string> Enrollments::of_profile(uint32_t profile) const {
  std::vector<std::string> out;
  if (auto it = by_profile_.find(profile); it != by_profile_.end()) {
    for (const auto& [order, id] : it->second) out.push_back(id);
  }
  return out;
}

const Enrollments::Order& Enrollments::of_journey(std::string_view journey) const {
  static const Order kNone;
  auto it = by_journey_.find(journey);
  return it == by_journey_.end() ? kNone : it->second.order;
}

int64_t Enrollments::active(std::string_view journey) const {
  auto it = by_journey_.find(journey);
  return it == by_journey_.end() ? 0 : it->second.active;
}

int64_t Enrollments::waiting(std::string_view journey, const std::string& node) const {
  auto it = by_journey_.find(journey);
  if (it == by_journey_.end()) return 0;
  auto at = it->second.waiting.find(node);
  return at == it->second.waiting.end() ? 0 : at->second;
}

const pb::Entry* Enrollments::entry(uint32_t profile, std::string_view journey,
                                    std::string_view key) const {
  return entries_.find(entry_key(profile, journey, key));
}

pb::Recent& Enrollments::recent(uint32_t profile, std::string_view journey) {
  std::string key = ordinal_key(profile) + std::string(journey);
  recent_of_[profile].insert(key);
  return recent_.mutate(key);
}

std::vector<std::string> Enrollments::merge_entries(
    uint32_t from, uint32_t into, const std::function<int(std::string_view journey)>& concurrency) {
  std::vector<std::string> too_many;
  std::set<std::string> keys = std::move(entries_of_[from]);
  entries_of_.erase(from);
  for (const std::string& key : keys) {
    std::string target = ordinal_key(into) + key.substr(4);
    const pb::Entry moved = *entries_.find(key);
    entries_.erase(key);
    pb::Entry& entry = entries_.mutate(target);
    entries_of_[into].insert(target);
    entry.set_last_entered_at(std::max(entry.last_entered_at(), moved.last_entered_at()));
    for (const pb::Entry::By& by : moved.by())
      note_entry(entry, by.identity(), by.last_entered_at());
    entry.mutable_active()->MergeFrom(moved.active());
    // Keep the earliest entered (G10).
    auto* ids = entry.mutable_active();
    std::sort(ids->begin(), ids->end(), [&](const std::string& a, const std::string& b) {
      return std::tuple(rows_.find(a)->entered_at(), order_of(*rows_.find(a)), a) <
             std::tuple(rows_.find(b)->entered_at(), order_of(*rows_.find(b)), b);
    });
    std::string journey = key.substr(4, key.find('\0', 4) - 4);
    for (int i = concurrency(journey); i < ids->size(); ++i) too_many.push_back(ids->Get(i));
  }
  for (const std::string& key : std::set<std::string>(std::move(recent_of_[from]))) {
    const pb::Recent moved = *recent_.find(key);
    recent_.erase(key);
    recent(into, key.substr(4)).mutable_entered_at()->MergeFrom(moved.entered_at());
  }
  recent_of_.erase(from);
  return too_many;
}

void Enrollments::split(const Split& split) {
  uint32_t kept = split.kept.value, apart = split.apart.value;
  for (const std::string& id : of_profile(kept)) {
    const pb::Enrollment& row = *rows_.find(id);
    if (row.has_identity() && split.moved(IdentityOrdinal(row.identity()))) move(id, apart);
  }
  if (auto known = entries_of_.find(kept); known != entries_of_.end()) {
    for (const std::string& key : std::set<std::string>(known->second)) split_entry(key, split);
    if (entries_of_[kept].empty()) entries_of_.erase(kept);
  }
  // A guard against loops: who left may be what loops.
  if (auto known = recent_of_.find(kept); known != recent_of_.end()) {
    for (const std::string& key : std::set<std::string>(known->second)) {
      const pb::Recent copy = *recent_.find(key);
      recent(apart, key.substr(4)) = copy;
    }
  }
}

void Enrollments::split_entry(const std::string& key, const Split& split) {
  const pb::Entry before = *entries_.find(key);
  pb::Entry stays, goes;
  for (const pb::Entry::By& by : before.by()) {
    bool moved = split.moved(IdentityOrdinal(by.identity()));
    pb::Entry& side = moved ? goes : stays;
    side.set_last_entered_at(std::max(side.last_entered_at(), by.last_entered_at()));
    *side.add_by() = by;
  }
  for (const std::string& id : before.active()) {
    bool moved = rows_.find(id)->profile() == split.apart.value;
    (moved ? goes : stays).add_active(id);
  }
  if (goes.by_size() == 0) return;
  std::string target = ordinal_key(split.apart.value) + key.substr(4);
  entries_.mutate(target) = goes;
  entries_of_[split.apart.value].insert(target);
  if (stays.by_size() > 0) {
    entries_.mutate(key) = stays;
    return;
  }
  entries_.erase(key);
  entries_of_[split.kept.value].erase(key);
}

void Enrollments::erase_entries(uint32_t profile) {
  for (const std::string& key : entries_of_[profile]) entries_.erase(key);
  for (const std::string& key : recent_of_[profile]) recent_.erase(key);
  entries_of_.erase(profile);
  recent_of_.erase(profile);
}

void Enrollments::refuse(std::string_view journey, std::string_view reason) {
  count(*stats_.mutate(journey).mutable_refused(), reason);
}

void Enrollments::outcome(std::string_view journey, std::string_view node,
                          std::string_view outcome) {
  for (pb::Stats::Node& known : *stats_.mutate(journey).mutable_nodes()) {
    if (known.id() == node) return count(*known.mutable_outcomes(), outcome);
  }
}

}  // namespace weir::journey
