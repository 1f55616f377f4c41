#include "columnar/trends_collect.h"

#include <algorithm>
#include <set>

namespace weir::columnar {
namespace {

bool has_value(Aggregate aggregate, const Cell& cell) {
  double number;
  return aggregate == Aggregate::Distinct ? !cell.missing() : cell.number(number);
}

class Collector : public SessionSink {
 public:
  /// `shown`: keys that have a line of their own; the cell is $other, the rest.
  Collector(const TrendsSpec& spec, const TrendsCell& cell, const std::set<KeyTexts>* shown)
      : spec_(spec),
        series_(spec.series[cell.series]),
        cell_(cell),
        shown_(shown),
        keys_(spec.keys) {}

  void group(uint32_t group, std::span<const Hit> hits, const GroupSessions* sessions,
             RowReader& reader) override {
    uint64_t rows = 0;
    if (sessions == nullptr) {
      for (const Hit& hit : hits) rows += counts(hit, group, reader) ? 1 : 0;
    } else {
      for (const Session& session : sessions->all)
        rows += counts(session, hits, sessions->cutter, group, reader) ? 1 : 0;
    }
    if (rows > 0) out_.add(group, rows);
  }

  uint64_t memory_bytes() const override { return keys_.memory_bytes() + out_.memory_bytes(); }
  const Collected& collected() const { return out_; }

 private:
  /// Whether the session has an event that counts.
  bool counts(const Session& session, std::span<const Hit> hits, const SessionCutter& cutter,
              uint32_t group, RowReader& reader) {
    for (uint32_t i = session.first; i != kNone; i = cutter.next(i)) {
      const Hit& hit = hits[i];
      if (hit.mask >> kSessionBits == 0 || hit.time < spec_.from || hit.time >= spec_.to) continue;
      if (counts(hit, group, reader)) return true;
    }
    return false;
  }

  bool counts(const Hit& hit, uint32_t group, RowReader& reader) {
    if (series_.trailing > 0) {
      int64_t ago = static_cast<int64_t>(*cell_.bucket) - bucket_with_lead(spec_, hit.time);
      if (ago < 0 || ago >= static_cast<int64_t>(series_.trailing)) return false;
    } else if (cell_.bucket) {
      size_t bucket = spec_.buckets.of(hit.time);
      if (spec_.cumulative ? bucket > *cell_.bucket : bucket != *cell_.bucket) return false;
    }
    if (spec_.filter != nullptr && !spec_.filter->matches(hit, group, reader)) return false;
    const Predicate* predicate = series_.events.predicate.get();
    if (predicate != nullptr && !predicate->matches(hit, group, reader)) return false;
    if (needs_property(series_.aggregate) &&
        !has_value(series_.aggregate, reader.cell(hit, series_.property))) {
      return false;
    }
    return cell_.keys.empty() || wanted(keys_.key(hit, group, reader));
  }

  bool wanted(uint32_t key) {
    enum : uint8_t { Unknown, Yes, No };
    if (key >= wanted_.size()) wanted_.resize(key + 1, Unknown);
    if (wanted_[key] == Unknown) {
      KeyTexts texts = keys_.texts(key);
      bool yes = shown_ != nullptr ? !shown_->contains(texts) : texts == cell_.keys;
      wanted_[key] = yes ? Yes : No;
    }
    return wanted_[key] == Yes;
  }

  const TrendsSpec& spec_;
  const TrendsSpec::Series& series_;
  const TrendsCell& cell_;
  const std::set<KeyTexts>* shown_;
  KeyReader keys_;
  std::vector<uint8_t> wanted_;  // by key number
  Collected out_;
};

}  // namespace

Result<Collected> collect_trends(const std::shared_ptr<const Snapshot>& snapshot,
                                 const TrendsSpec& spec, const TrendsCell& cell,
                                 const ScanBudget& budget, std::span<Executor* const> helpers) {
  Collected out;
  std::optional<std::set<KeyTexts>> shown;
  if (!cell.keys.empty() && is_other(cell.keys)) {
    // Who the rest are depends on who the top are.
    WEIR_TRY(TrendsResult answer, run_trends(snapshot, spec, budget, helpers));
    out.rows_scanned = answer.rows_scanned;
    shown.emplace();
    for (auto& line : answer.lines) {
      if (line.series == cell.series && !is_other(line.keys)) shown->insert(std::move(line.keys));
    }
  }
  const TrendsSpec::Series& series = spec.series[cell.series];
  SessionPass how = trends_pass(spec, {&series, 1});
  ScanSpec& scan_spec = how.plain;
  if (cell.bucket) {
    if (!spec.cumulative && series.trailing == 0)
      scan_spec.from = std::max(spec.from, spec.buckets.starts[*cell.bucket]);
    scan_spec.to = std::min(spec.to, spec.buckets.bucket_end(*cell.bucket)) - 1;
  }
  std::vector<std::unique_ptr<Collector>> workers;
  WEIR_TRY(uint64_t rows, run_pass(snapshot, how, budget, helpers, [&]() -> SessionSink& {
             return *workers.emplace_back(
                 std::make_unique<Collector>(spec, cell, shown ? &*shown : nullptr));
           }));
  for (const auto& worker : workers) out.join(worker->collected());
  out.finish(rows);
  return out;
}

}  // namespace weir::columnar
