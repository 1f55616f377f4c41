#include "columnar/group_values.h"

#include "columnar/day_clock.h"
#include "columnar/keys.h"

#include <algorithm>
#include <map>

namespace weir::columnar {
namespace {

using Kind = GroupValuesSpec::Feature::Kind;

bool of_property(Kind kind) {
  return kind == Kind::First || kind == Kind::Last;
}

/// Of First and Last, in the order of the features.
std::vector<KeyDef> keys_of(const GroupValuesSpec& spec) {
  std::vector<KeyDef> out;
  for (const auto& feature : spec.features) {
    if (of_property(feature.kind)) out.emplace_back().property = feature.property;
  }
  return out;
}

class Worker : public GroupOperator {
 public:
  explicit Worker(const GroupValuesSpec& spec)
      : spec_(spec),
        defs_(keys_of(spec)),
        keys_(defs_),
        clock_(spec.calendar),
        features_(spec.features.size()) {
    for (const auto& feature : spec.features) timed_ = timed_ || !of_property(feature.kind);
  }

  void group(uint32_t group, std::span<Hit> hits, RowReader& reader) override {
    if (keys_.size() > kKeysMax) return;  // run_group_values refuses the answer
    ++groups_;
    hours_ = weekdays_ = 0;
    events_.clear();
    for (const Hit& hit : hits) {
      if (timed_ && hit.time >= spec_.from && counts(hit, group, reader)) note(hit);
    }
    uint8_t sets = spec_.sets(group);
    size_t def = 0;
    for (size_t f = 0; f < features_.size(); ++f) {
      found_.clear();
      switch (spec_.features[f].kind) {
        case Kind::Hour: bits(hours_); break;
        case Kind::Weekday: bits(weekdays_); break;
        case Kind::Event: found_ = events_; break;
        case Kind::First: first_of(hits, def++, group, reader); break;
        case Kind::Last: last_of(hits, def++, group, reader); break;
      }
      if (!found_.empty()) count(f, group, sets, reader);
    }
  }

  uint64_t memory_bytes() const override { return keys_.memory_bytes(); }
  bool too_many() const { return keys_.size() > kKeysMax; }

  std::string text(size_t feature, uint32_t value, const Dictionary& dictionary) const {
    switch (spec_.features[feature].kind) {
      case Kind::Hour:
      case Kind::Weekday: return std::to_string(value);
      case Kind::Event: return std::string(dictionary[Family::Event].text(value));
      case Kind::First:
      case Kind::Last: return keys_.text(value);
    }
    return {};
  }

  struct Feature {
    std::vector<SetCounts> values;  // by number
    SetCounts any;
  };
  const std::vector<Feature>& features() const { return features_; }
  const std::vector<uint32_t>& collected() const { return collected_; }

 private:
  bool counts(const Hit& hit, uint32_t group, RowReader& reader) const {
    const Predicate* predicate = spec_.events.predicate.get();
    return predicate == nullptr || predicate->matches(hit, group, reader);
  }

  void note(const Hit& hit) {
    int32_t day = clock_.day(hit.time);
    weekdays_ |= 1u << ((day + 3) % 7 + 1);  // day 0 was a Thursday
    hours_ |= 1u << hour_of(hit.time, day);
    if (hit.event >= seen_.size()) seen_.resize(hit.event + 1);
    if (seen_[hit.event] == groups_) return;
    seen_[hit.event] = groups_;
    events_.push_back(hit.event);
  }

  int hour_of(TimeMs time, int32_t day) {
    TimeMs start = clock_.start(day);
    if (clock_.start(day + 1) - start == kDayMs) return static_cast<int>((time - start) / kHourMs);
    return spec_.calendar.local(time).hour;  // the clocks are changed on this day
  }

  void bits(uint32_t set) {
    for (uint32_t i = 0; i < 32; ++i) {
      if ((set >> i & 1) != 0) found_.push_back(i);
    }
  }

  void first_of(std::span<const Hit> hits, size_t def, uint32_t group, RowReader& reader) {
    for (auto hit = hits.begin(); hit != hits.end() && found_.empty(); ++hit)
      value_of(*hit, def, group, reader);
  }
  void last_of(std::span<const Hit> hits, size_t def, uint32_t group, RowReader& reader) {
    for (auto hit = hits.rbegin(); hit != hits.rend() && found_.empty(); ++hit)
      value_of(*hit, def, group, reader);
  }
  void value_of(const Hit& hit, size_t def, uint32_t group, RowReader& reader) {
    if (!counts(hit, group, reader)) return;
    uint32_t part = keys_.part(def, hit, group, reader);
    if (part != KeyReader::kMissing) found_.push_back(part);
  }

  void count(size_t f, uint32_t group, uint8_t sets, RowReader& reader) {
    Feature& feature = features_[f];
    feature.any.add(sets);
    for (uint32_t value : found_) {
      if (value >= feature.values.size()) feature.values.resize(value + 1);
      feature.values[value].add(sets);
    }
    if (!spec_.collect || spec_.collect->feature != f) return;
    const std::optional<std::string>& wanted = spec_.collect->text;
    auto is_wanted = [&](uint32_t value) { return text(f, value, reader.dictionary()) == *wanted; };
    if (!wanted || std::any_of(found_.begin(), found_.end(), is_wanted))
      collected_.push_back(group);
  }

  const GroupValuesSpec& spec_;
  const std::vector<KeyDef> defs_;
  KeyReader keys_;
  DayClock clock_;
  bool timed_ = false;
  std::vector<Feature> features_;
  uint64_t groups_ = 0;         // so far: marks events seen of the group at hand
  std::vector<uint64_t> seen_;  // by event
  // Of the group at hand:
  uint32_t hours_ = 0, weekdays_ = 0;
  std::vector<uint32_t> events_, found_;
  std::vector<uint32_t> collected_;
};

/// Workers number texts each in their own way.
GroupValuesResult::Feature joined(const std::vector<std::unique_ptr<Worker>>& workers, size_t f,
                                  Kind kind, const Dictionary& dictionary) {
  GroupValuesResult::Feature out;
  std::map<std::string, SetCounts> by_text;
  uint32_t first = kind == Kind::Weekday ? 1 : 0;
  uint32_t whole = kind == Kind::Hour ? 24 : kind == Kind::Weekday ? 8 : 0;
  for (const auto& worker : workers) {
    const Worker::Feature& feature = worker->features()[f];
    out.any.add(feature.any);
    for (uint32_t v = 0; v < feature.values.size() && whole == 0; ++v) {
      if (feature.values[v].first + feature.values[v].second > 0)
        by_text[worker->text(f, v, dictionary)].add(feature.values[v]);
    }
  }
  for (auto& [text, groups] : by_text) out.values.push_back({text, groups});
  for (uint32_t v = first; v < whole; ++v) {
    GroupValuesResult::Value& value = out.values.emplace_back();
    value.text = std::to_string(v);
    for (const auto& worker : workers) {
      const std::vector<SetCounts>& counts = worker->features()[f].values;
      if (v < counts.size()) value.groups.add(counts[v]);
    }
  }
  return out;
}

}  // namespace

Result<GroupValuesResult> run_group_values(const std::shared_ptr<const Snapshot>& snapshot,
                                           const GroupValuesSpec& spec, const ScanBudget& budget,
                                           std::span<Executor* const> helpers) {
  ScanSpec scan_spec;
  scan_spec.event_masks = event_masks({&spec.events});
  auto looks_back = [](const auto& feature) { return of_property(feature.kind); };
  bool whole = std::any_of(spec.features.begin(), spec.features.end(), looks_back);
  if (!whole) scan_spec.from = spec.from;
  scan_spec.to = spec.to;
  scan_spec.groups = [&spec](uint32_t group) { return spec.sets(group) != 0; };
  std::vector<std::unique_ptr<Worker>> workers;
  GroupValuesResult out;
  WEIR_TRY(out.rows_scanned, scan(snapshot, scan_spec, budget, helpers, [&]() -> GroupOperator& {
             return *workers.emplace_back(std::make_unique<Worker>(spec));
           }));
  for (const auto& worker : workers) {
    if (worker->too_many()) {
      return fail(ErrorCode::ResourceExhausted,
                  "a property has more than 2,000,000 different values; choose another one");
    }
    out.groups.insert(out.groups.end(), worker->collected().begin(), worker->collected().end());
  }
  std::sort(out.groups.begin(), out.groups.end());
  for (size_t f = 0; f < spec.features.size(); ++f)
    out.features.push_back(joined(workers, f, spec.features[f].kind, *snapshot->view.dictionary));
  return out;
}

}  // namespace weir::columnar
