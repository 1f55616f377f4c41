#include "columnar/funnel_worker.h"

#include <algorithm>
#include <bit>

namespace weir::columnar {
namespace {

void count_depth(std::vector<uint64_t>& counts, int depth) {
  for (int k = 0; k < depth; ++k) ++counts[static_cast<size_t>(k)];
}

/// Simultaneous first entries all stay: which of them came first has no meaning (G5).
void keep_first_entry(std::vector<FunnelEvent>& events) {
  auto first = std::find_if(events.begin(), events.end(), [](const auto& e) { return e.start; });
  if (first == events.end()) return;
  TimeMs time = first->time;
  for (FunnelEvent& e : events) e.start = e.start && e.time == time;
}

bool has_start(const std::vector<FunnelEvent>& events) {
  return std::any_of(events.begin(), events.end(), [](const FunnelEvent& e) { return e.start; });
}

void add_to(std::vector<uint64_t>& to, const std::vector<uint64_t>& from) {
  if (to.size() < from.size()) to.resize(from.size());
  for (size_t i = 0; i < from.size(); ++i) to[i] += from[i];
}

}  // namespace

FunnelCounts::FunnelCounts(const FunnelSpec& spec)
    : counts(spec.steps.size()), pair_durations(spec.steps.size() - 1) {
  if (spec.trend) trend.assign(spec.trend->size(), std::vector<uint64_t>(spec.steps.size()));
}

void FunnelCounts::add(const FunnelCounts& other) {
  add_to(counts, other.counts);
  for (const auto& [keys, c] : other.by_key) add_to(by_key[keys], c);
  for (size_t b = 0; b < trend.size(); ++b) add_to(trend[b], other.trend[b]);
  durations.insert(durations.end(), other.durations.begin(), other.durations.end());
  for (size_t p = 0; p < pair_durations.size(); ++p) {
    pair_durations[p].insert(pair_durations[p].end(), other.pair_durations[p].begin(),
                             other.pair_durations[p].end());
  }
  pending += other.pending;
}

void FunnelCounts::clear() {
  counts.assign(counts.size(), 0);
  by_key.clear();
  for (auto& bucket : trend) bucket.assign(bucket.size(), 0);
  durations.clear();
  for (auto& pair : pair_durations) pair.clear();
  pending = 0;
}

Error too_many_variants() {
  return {ErrorCode::ResourceExhausted,
          "one person's events have too many values of a property that is held or broken down by "
          "all steps; filter the steps, or leave that property out",
          "hold"};
}

FunnelWorker::FunnelWorker(const FunnelSpec& spec, const std::set<KeyTexts>* top)
    : spec_(spec),
      top_(top),
      out_(spec),
      matcher_(spec.rules),
      keys_(spec.keys),
      events_(base_[0].events) {
  for (const auto& source : spec.key_sources) any_all_steps_ |= source.from == KeyFrom::AllSteps;
  bool of_steps = std::any_of(spec.key_sources.begin(), spec.key_sources.end(),
                              [](const auto& s) { return s.from != KeyFrom::Entry; });
  if (spec.durations || of_steps) want_chain_ = WantChain::Yes;
  for (size_t s = 0; s < spec.steps.size(); ++s)
    if (spec.steps[s].predicate != nullptr) asked_ |= uint32_t{1} << s;
  for (size_t x = 0; x < spec.exclusions.size(); ++x)
    if (spec.exclusions[x].predicate != nullptr) asked_ |= uint32_t{1} << (spec.steps.size() + x);
  for (uint32_t code : spec.ignored_events) {
    if (code >= ignored_.size()) ignored_.resize(code + 1);
    ignored_[code] = true;
  }
}

uint64_t FunnelWorker::memory_bytes() const {
  uint64_t per_key = sizeof(KeyTexts) + 64 + spec_.keys.size() * 2 * sizeof(std::string) +
                     spec_.steps.size() * sizeof(uint64_t);
  uint64_t bytes = keys_.memory_bytes() + out_.by_key.size() * per_key;
  bytes += out_.durations.capacity() * sizeof(int64_t) * spec_.steps.size();
  bytes += events_.capacity() * (sizeof(FunnelEvent) + sizeof(uint32_t));
  return bytes + out_.trend.size() * (spec_.steps.size() + 3) * sizeof(uint64_t);
}

void FunnelWorker::group(uint32_t group, std::span<const Hit> hits, const GroupSessions* sessions,
                         RowReader& reader) {
  if (out_.by_key.size() > kKeysMax || too_many_variants_) return;  // run_funnel refuses the answer
  if (sessions == nullptr) {
    // What is before the first entry matters to no chain.
    auto first = std::find_if(hits.begin(), hits.end(), [&](const Hit& h) { return may_enter(h); });
    while (first != hits.begin() && first != hits.end() && (first - 1)->time == first->time)
      --first;
    if (first == hits.end()) return;
    hits = {first, hits.end()};
  }
  build_events(hits, sessions, group, reader);
  if (!has_start(events_)) return;
  if (sessions == nullptr) {
    count(base_, group, reader);
    return;
  }
  Variants of_sessions = split_by_session(hits, *sessions);
  if (!spec_.by_session) {
    if (!of_sessions.empty()) count(of_sessions, group, reader);
    return;
  }
  for (Variant& session : of_sessions) count({std::move(session)}, group, reader);
}

FunnelWorker::Variants FunnelWorker::split_by_session(std::span<const Hit> hits,
                                                      const GroupSessions& sessions) const {
  Variants all(sessions.all.size());
  for (size_t i = 0; i < events_.size(); ++i) {
    uint32_t number = event_sessions_[i];
    if (number == kNone) continue;
    all[number].events.push_back(events_[i]);
    all[number].at.push_back(static_cast<uint32_t>(i));
  }
  Variants out;
  for (size_t s = 0; s < all.size(); ++s) {
    if (spec_.by_session && spec_.first_entry_only) keep_first_entry(all[s].events);
    if (!has_start(all[s].events)) continue;
    // Until then the session may go on.
    const Session& session = sessions.all[s];
    bool ended = (hits[session.last].mask & kSessionEnd) != 0;
    TimeMs end = spec_.sessions->given == kNone ? session.end + spec_.sessions->gap_ms
                                                : session.start + spec_.sessions->longest_ms;
    end = ended ? session.end : std::min(end, session.start + spec_.sessions->longest_ms);
    for (FunnelEvent& e : all[s].events) e.deadline = end;
    out.push_back(std::move(all[s]));
  }
  return out;
}

void FunnelWorker::count(const Variants& unit, uint32_t group, RowReader& reader) {
  entry_ = events_.size();
  bool open = false;
  for (const Variant& part : unit) {
    for (size_t i = 0; i < part.events.size(); ++i) {
      if (!part.events[i].start) continue;
      entry_ = std::min(entry_, part.place(i));
      open |= part.events[i].deadline > spec_.as_of;
    }
  }
  const Variants& held = spec_.hold.empty() ? unit : split_by_hold(unit, reader);
  Variants keyed;
  if (any_all_steps_) keyed = split_by_keys(held, group, reader);
  if (spec_.totals) {
    count_attempts(held, keyed, group, reader);
  } else {
    count_once(held, keyed, open, group, reader);
  }
  if (spec_.trend) count_trend(held);
}

void FunnelWorker::build_events(std::span<const Hit> hits, const GroupSessions* sessions,
                                uint32_t group, RowReader& reader) {
  hits_ = hits;
  events_.clear();
  event_hits_.clear();
  event_sessions_.clear();
  auto steps = static_cast<uint32_t>(spec_.steps.size());
  bool strict = spec_.rules.order == FunnelOrder::Strict,
       any = spec_.rules.order == FunnelOrder::Any;
  for (const Hit& hit : hits) {
    uint32_t mask = hit.mask;
    if (sessions != nullptr) {
      mask >>= kSessionBits;
      if (spec_.bound_all && hit.time >= spec_.to) break;
    }
    if (spec_.filter != nullptr && !spec_.filter->matches(hit, group, reader)) continue;
    for (uint32_t rest = mask & asked_; rest != 0; rest &= rest - 1) {
      auto bit = static_cast<uint32_t>(std::countr_zero(rest));
      const auto& selection = bit < steps ? spec_.steps[bit] : spec_.exclusions[bit - steps];
      if (!selection.predicate->matches(hit, group, reader)) mask &= ~(uint32_t{1} << bit);
    }
    if (mask == 0) {
      bool ignored = hit.event < ignored_.size() && ignored_[hit.event];
      if (!strict || ignored) continue;
    }
    FunnelEvent e;
    e.time = hit.time;
    e.steps = mask & ((uint32_t{1} << steps) - 1);
    e.exclusions = mask >> steps;
    bool in_range = hit.time >= spec_.from && hit.time < spec_.to;
    e.start = in_range && (any ? e.steps != 0 : (e.steps & 1) != 0);
    if (e.start) e.deadline = deadline_of(hit.time);
    events_.push_back(e);
    event_hits_.push_back(static_cast<uint32_t>(&hit - hits.data()));
    if (sessions != nullptr)
      event_sessions_.push_back(sessions->cutter.session_of(event_hits_.back()));
  }
  if (spec_.first_entry_only && !spec_.by_session) keep_first_entry(events_);
}

TimeMs FunnelWorker::deadline_of(TimeMs start) {
  if (!spec_.calendar_day) return start + spec_.window_ms;
  if (start < day_start_ || start >= day_end_) {
    int32_t day = spec_.calendar_day->day_number(start);
    day_start_ = spec_.calendar_day->day_start(day);
    day_end_ = spec_.calendar_day->day_start(day + 1);
  }
  return day_end_ - 1;
}

const FunnelWorker::Variants& FunnelWorker::split_by_hold(const Variants& unit, RowReader& reader) {
  held_ = unit;
  for (const auto& properties : spec_.hold) held_ = split(held_, properties, {}, false, reader);
  return held_;
}

FunnelWorker::Variants FunnelWorker::split_by_keys(const Variants& held, uint32_t group,
                                                   RowReader& reader) {
  Variants out = held;
  for (size_t k = 0; k < spec_.keys.size(); ++k) {
    if (spec_.key_sources[k].from != KeyFrom::AllSteps) continue;
    const KeyDef& def = spec_.keys[k];
    if (!def.of_group) {
      out = split(out, std::vector<uint32_t>(spec_.steps.size(), def.property), def.bins, true,
                  reader);
      continue;
    }
    std::optional<std::string> value = def.of_group(group);
    if (!value) return {};
    for (Variant& variant : out) variant.all_steps.push_back(*value);
  }
  // Variants of the same keys lie together.
  std::stable_sort(out.begin(), out.end(),
                   [](const Variant& a, const Variant& b) { return a.all_steps < b.all_steps; });
  return out;
}

FunnelWorker::Variants FunnelWorker::split(const Variants& variants,
                                           const std::vector<uint32_t>& properties,
                                           const std::vector<double>& bins, bool is_key,
                                           RowReader& reader) {
  Variants out;
  size_t events = 0;
  for (const Variant& variant : variants) {
    // Per value and event: the steps whose property has that value.
    std::map<std::string, std::map<size_t, uint32_t>> by_value;
    for (size_t i = 0; i < variant.events.size(); ++i) {
      for (uint32_t rest = variant.events[i].steps; rest != 0; rest &= rest - 1) {
        auto step = static_cast<size_t>(std::countr_zero(rest));
        Cell cell = reader.cell(hit_of(variant.place(i)), properties[step]);
        if (auto text = key_text(cell, bins, reader.dictionary()))
          by_value[*text][i] |= rest & (~rest + 1);
      }
    }
    events += by_value.size() * variant.events.size();
    if (events > kVariantEventsMax) {
      too_many_variants_ = true;
      return {};
    }
    for (const auto& [value, steps] : by_value) {
      Variant& part = out.emplace_back(variant);
      if (is_key) part.all_steps.push_back(value);
      for (size_t i = 0; i < part.events.size(); ++i) {
        auto it = steps.find(i);
        part.events[i].steps &= it == steps.end() ? 0 : it->second;
        part.events[i].start = part.events[i].start && part.events[i].steps != 0;
      }
    }
  }
  return out;
}

FunnelWorker::Chosen FunnelWorker::best(std::span<const Variant> variants, WantChain want) {
  Chosen best;
  for (const Variant& variant : variants) {
    FunnelOutcome outcome = matcher_.match(variant.events, want);
    bool better =
        outcome.depth > best.outcome.depth ||
        (outcome.depth == best.outcome.depth && outcome.completion < best.outcome.completion);
    if (best.variant == nullptr || better) best = {std::move(outcome), &variant};
  }
  return best;
}

std::vector<uint64_t>& FunnelWorker::by_key(const KeyTexts& keys) {
  std::vector<uint64_t>& counts =
      out_.by_key[is_top(keys) ? keys : KeyTexts(spec_.keys.size(), std::string(kOtherKey))];
  counts.resize(spec_.steps.size());
  return counts;
}

void FunnelWorker::count_once(const Variants& held, const Variants& keyed, bool open,
                              uint32_t group, RowReader& reader) {
  Chosen chosen = best(held, want_chain_);
  if (chosen.variant != nullptr && chosen.outcome.depth > 0 && !chosen.outcome.removed) {
    int depth = chosen.outcome.depth;
    count_depth(out_.counts, depth);
    bool converted = depth == spec_.rules.steps;
    if (converted && spec_.durations) count_durations(chosen.outcome, *chosen.variant);
    if (!converted && open) ++out_.pending;
    if (!spec_.keys.empty() && !any_all_steps_)
      count_by_key(chosen.outcome, *chosen.variant, group, reader);
  }
  // Under all_steps a group may be in several values; in $other it counts once, with its best
  // depth.
  int rest_depth = 0;
  for (size_t i = 0; i < keyed.size();) {
    size_t end = i + 1;
    while (end < keyed.size() && keyed[end].all_steps == keyed[i].all_steps) ++end;
    Chosen one = best(std::span(keyed).subspan(i, end - i), want_chain_);
    i = end;
    if (one.outcome.depth == 0 || one.outcome.removed) continue;
    auto keys = key_of(one.outcome, *one.variant, group, reader);
    if (!keys) continue;
    if (is_top(*keys)) {
      count_depth(by_key(*keys), one.outcome.depth);
    } else {
      rest_depth = std::max(rest_depth, one.outcome.depth);
    }
  }
  if (rest_depth > 0) {
    count_depth(by_key(KeyTexts(spec_.keys.size(), std::string(kOtherKey))), rest_depth);
  }
}

void FunnelWorker::count_attempts(const Variants& held, const Variants& keyed, uint32_t group,
                                  RowReader& reader) {
  for (const Variant& variant : held) {
    matcher_.attempts(variant.events, [&](const FunnelOutcome& outcome, int64_t deadline) {
      count_depth(out_.counts, outcome.depth);
      bool converted = outcome.depth == spec_.rules.steps;
      if (converted && spec_.durations) count_durations(outcome, variant);
      if (!converted && deadline > spec_.as_of) ++out_.pending;
      if (spec_.keys.empty() || any_all_steps_) return;
      count_by_key(outcome, variant, group, reader);
    });
  }
  for (const Variant& variant : keyed) {
    matcher_.attempts(variant.events, [&](const FunnelOutcome& outcome, int64_t) {
      if (auto keys = key_of(outcome, variant, group, reader))
        count_depth(by_key(*keys), outcome.depth);
    });
  }
}

// FN12: every bucket is a funnel of its own whose first step lies in it.
void FunnelWorker::count_trend(const Variants& held) {
  std::set<size_t> buckets;
  for (const Variant& variant : held) {
    for (const FunnelEvent& e : variant.events) {
      if (e.start) buckets.insert(spec_.trend->of(e.time));
    }
  }
  for (size_t bucket : buckets) {
    Variants limited = held;
    for (Variant& variant : limited) {
      for (FunnelEvent& e : variant.events) e.start = e.start && spec_.trend->of(e.time) == bucket;
    }
    if (!spec_.totals) {
      Chosen chosen = best(limited, WantChain::No);
      if (!chosen.outcome.removed) count_depth(out_.trend[bucket], chosen.outcome.depth);
      continue;
    }
    for (const Variant& variant : limited) {
      matcher_.attempts(variant.events, [&](const FunnelOutcome& outcome, int64_t) {
        count_depth(out_.trend[bucket], outcome.depth);
      });
    }
  }
}

std::optional<KeyTexts> FunnelWorker::key_of(const FunnelOutcome& outcome, const Variant& variant,
                                             uint32_t group, RowReader& reader) {
  KeyTexts out;
  size_t all_steps = 0;
  for (size_t k = 0; k < spec_.keys.size(); ++k) {
    if (spec_.key_sources[k].from == KeyFrom::AllSteps) {
      out.push_back(variant.all_steps[all_steps++]);
      continue;
    }
    std::optional<uint32_t> value = key_part(k, outcome, variant, group, reader);
    if (!value) return std::nullopt;
    out.push_back(keys_.text(*value));
  }
  return out;
}

std::optional<uint32_t> FunnelWorker::key_part(size_t k, const FunnelOutcome& outcome,
                                               const Variant& variant, uint32_t group,
                                               RowReader& reader) {
  const FunnelSpec::KeySource& source = spec_.key_sources[k];
  if (source.from == KeyFrom::Entry) return keys_.part(k, hit_of(entry_), group, reader);
  auto value_at = [&](size_t step) {
    size_t at = variant.place(static_cast<size_t>(outcome.chain[step]));
    return keys_.part(k, hit_of(at), group, reader);
  };
  uint32_t value = KeyReader::kMissing;
  size_t depth = outcome.chain.size();
  if (source.from == KeyFrom::Step) {
    auto step = static_cast<size_t>(source.step);
    if (step < depth) value = value_at(step);
    if (value == KeyReader::kMissing) return std::nullopt;
  }
  for (size_t i = 0; i < depth && value == KeyReader::kMissing; ++i)
    value = value_at(source.from == KeyFrom::First ? i : depth - 1 - i);
  return value;
}

/// Counts an outcome under its key, which has no part of all steps.
void FunnelWorker::count_by_key(const FunnelOutcome& outcome, const Variant& variant,
                                uint32_t group, RowReader& reader) {
  KeyReader::Tuple parts{};
  for (size_t k = 0; k < spec_.keys.size(); ++k) {
    std::optional<uint32_t> value = key_part(k, outcome, variant, group, reader);
    if (!value) return;
    parts[k] = *value;
  }
  uint32_t key = keys_.tuple(parts);
  if (key >= of_key_.size()) of_key_.resize(key + 1);
  if (of_key_[key] == nullptr) of_key_[key] = &by_key(keys_.texts(key));
  count_depth(*of_key_[key], outcome.depth);
}

void FunnelWorker::count_durations(const FunnelOutcome& outcome, const Variant& variant) {
  auto time = [&](size_t step) {
    return variant.events[static_cast<size_t>(outcome.chain[step])].time;
  };
  size_t last = outcome.chain.size() - 1;
  out_.durations.push_back(time(last) - time(0));
  for (size_t p = 0; p < last; ++p) out_.pair_durations[p].push_back(time(p + 1) - time(p));
}

}  // namespace weir::columnar
