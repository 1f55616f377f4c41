#include "adapters/embedded/behaviour/history_cache.h"

#include <algorithm>
#include <limits>

namespace weir::embedded {
namespace {

constexpr size_t kPersonBytes = 96;    // its place in the table, rounded up
constexpr size_t kPropertyBytes = 32;  // what a name or text may hold outside of the value

size_t bytes_of(const Properties& properties) {
  return properties.capacity() * (sizeof(Property) + kPropertyBytes);
}

/// The place of the name, a new one if there is room; else kNamesMax.
size_t place(std::vector<std::string>& known, std::string_view name) {
  auto it = std::find(known.begin(), known.end(), name);
  auto at = static_cast<size_t>(it - known.begin());
  if (it == known.end() && at < HistoryCache::kNamesMax) known.emplace_back(name);
  return at;
}

}  // namespace

/// The events asked for, a bit for each place in names_; none when the question is not kept. What
/// is new is learned: people kept so far lack it and are read again.
std::optional<uint64_t> HistoryCache::learn(const HistoryQuery& query) {
  if (query.names.empty() || !query.properties) return std::nullopt;
  size_t before = names_.size() + properties_.size();
  uint64_t wanted = 0;
  bool all = true;
  for (const std::string& name : query.names) {
    size_t at = place(names_, name);
    all &= at < kNamesMax;
    if (at < kNamesMax) wanted |= uint64_t{1} << at;
  }
  for (std::string_view name : *query.properties) all &= place(properties_, name) < kNamesMax;
  if (names_.size() + properties_.size() > before) {
    young_.clear();
    old_.clear();
    young_bytes_ = 0;
  }
  return all ? std::optional(wanted) : std::nullopt;
}

std::optional<uint32_t> HistoryCache::place_of(std::string_view name) const {
  auto it = std::find(names_.begin(), names_.end(), name);
  if (it == names_.end()) return std::nullopt;
  return static_cast<uint32_t>(it - names_.begin());
}

bool HistoryCache::keeps_property(std::string_view name) const {
  return std::find(properties_.begin(), properties_.end(), name) != properties_.end();
}

bool HistoryCache::visit(ProfileOrdinal profile, const HistoryQuery& query, const Load& load,
                         const Visit& visit) {
  std::optional<uint64_t> wanted = learn(query);
  if (!wanted) return false;
  const Person& kept = person(profile, load);
  if (kept.too_many) return false;
  auto row = std::lower_bound(kept.rows.begin(), kept.rows.end(), query.from,
                              [](const Row& r, TimeMs time) { return r.time < time; });
  StoredEvent event;
  for (; row != kept.rows.end() && row->time <= query.to; ++row) {
    if ((*wanted >> row->name & 1) == 0) continue;
    event.time = row->time;
    event.name = names_[row->name];
    event.identity = row->identity;
    event.position = row->position;
    event.hop = row->hop;
    event.properties = &row->properties;
    if (!visit(event)) break;
  }
  return true;
}

HistoryCache::Person& HistoryCache::person(ProfileOrdinal profile, const Load& load) {
  if (auto it = young_.find(profile.value); it != young_.end()) return it->second;
  Person fresh;
  if (auto it = old_.find(profile.value); it != old_.end()) {
    fresh = std::move(it->second);
    old_.erase(it);
  } else {
    std::vector<std::string_view> properties(properties_.begin(), properties_.end());
    HistoryQuery all{std::numeric_limits<TimeMs>::min(), std::numeric_limits<TimeMs>::max(), names_,
                     properties};
    load(all, [&](const StoredEvent& event) {
      append(fresh, event, *place_of(event.name));
      return !fresh.too_many;
    });
  }
  if (young_bytes_ > generation_max_) {
    old_ = std::move(young_);
    young_.clear();
    young_bytes_ = 0;
  }
  young_bytes_ += fresh.bytes + kPersonBytes;
  return young_.insert_or_assign(profile.value, std::move(fresh)).first->second;
}

void HistoryCache::append(Person& person, const StoredEvent& event, uint32_t name) {
  if (person.rows.size() == kRowsMax) {
    person = {};
    person.too_many = true;
  }
  if (person.too_many) return;
  Row row{event.time, event.position, event.hop, name, event.identity, {}};
  for (const Property& p : *event.properties) {
    if (!keeps_property(p.name)) continue;
    // The store keeps of a sealed value that it was there.
    bool sealed = std::holds_alternative<Sealed>(p.value);
    row.properties.push_back({p.name, sealed ? Value(Sealed{}) : p.value});
  }
  person.bytes += sizeof(Row) + bytes_of(row.properties);
  auto after = std::upper_bound(person.rows.begin(), person.rows.end(), event.time,
                                [](TimeMs time, const Row& r) { return time < r.time; });
  person.rows.insert(after, std::move(row));
}

void HistoryCache::add(ProfileOrdinal profile, const StoredEvent& event) {
  std::optional<uint32_t> name = place_of(event.name);
  if (!name) return;
  auto it = young_.find(profile.value);
  if (it != young_.end()) {
    young_bytes_ -= it->second.bytes;
    append(it->second, event, *name);
    young_bytes_ += it->second.bytes;
    return;
  }
  if (it = old_.find(profile.value); it != old_.end()) append(it->second, event, *name);
}

void HistoryCache::drop(ProfileOrdinal profile) {
  if (auto it = young_.find(profile.value); it != young_.end()) {
    young_bytes_ -= it->second.bytes + kPersonBytes;
    young_.erase(it);
  }
  old_.erase(profile.value);
}

}  // namespace weir::embedded
