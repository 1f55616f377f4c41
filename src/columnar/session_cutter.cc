#include "columnar/session_cutter.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>

namespace weir::columnar {

SessionCutter::SessionCutter(const SessionRules& rules, TimeMs known_from)
    : rules_(rules), known_from_(known_from) {
  if (rules.days) days_.emplace(*rules.days);
}

std::span<const Session> SessionCutter::cut(std::span<const Hit> hits, RowReader& reader) {
  sessions_.clear();
  open_.clear();
  next_.assign(hits.size(), kNone);
  session_of_.assign(hits.size(), kNone);
  for (uint32_t i = 0; i < hits.size(); ++i) {
    const Hit& hit = hits[i];
    if ((hit.mask & kSessionEvent) == 0) continue;
    Value platform{}, given{};
    if (rules_.platform != kNone) platform = value_of(reader.cell(hit, rules_.platform));
    if (rules_.given != kNone) {
      given = value_of(reader.cell(hit, rules_.given));
      if (given.first == CellType::Missing) continue;
    }
    Value source = source_of(hit, reader);
    uint32_t day = day_of(hit.time);
    Open* open = find_open(platform, given);
    if (open == nullptr) {
      open = &open_.emplace_back(Open{platform, {}, given, kNone, day, false});
    }
    Cut cut = open->session == kNone ? Cut::No : begins(*open, hit, source, day);
    if (open->session == kNone || cut != Cut::No) {
      bool certain = open->session == kNone ? surely_first(hit)
                                            : cut == Cut::Sure || sessions_[open->session].certain;
      open->session = static_cast<uint32_t>(sessions_.size());
      open->source = {};
      sessions_.push_back({i, i, 0, hit.time, hit.time, certain});
    } else {
      next_[sessions_[open->session].last] = i;
    }
    Session& session = sessions_[open->session];
    session.last = i;
    session.end = hit.time;
    ++session.depth;
    session_of_[i] = open->session;
    if (source.first != CellType::Missing) open->source = source;
    open->day = day;
    open->ended = (hit.mask & kSessionEnd) != 0;
  }
  return sessions_;
}

SessionCutter::Value SessionCutter::source_of(const Hit& hit, RowReader& reader) const {
  if (rules_.source == kNone) return {};
  Cell cell = reader.cell(hit, rules_.source);
  if (cell.type == CellType::Text && std::find(rules_.no_source.begin(), rules_.no_source.end(),
                                               cell.code()) != rules_.no_source.end())
    return {};
  return value_of(cell);
}

SessionCutter::Open* SessionCutter::find_open(const Value& platform, const Value& given) {
  for (Open& open : open_) {
    if (open.platform == platform && open.given == given) return &open;
  }
  return nullptr;
}

SessionCutter::Cut SessionCutter::begins(const Open& open, const Hit& hit, const Value& source,
                                         uint32_t day) const {
  const Session& session = sessions_[open.session];
  if (rules_.given == kNone && hit.time - session.end > rules_.gap_ms) return Cut::Sure;
  if (open.ended || (hit.mask & kSessionStart) != 0 || (days_ && day != open.day)) return Cut::Sure;
  // Where a session is too long to be one depends on its first event.
  if (session.certain && hit.time - session.start > rules_.longest_ms) return Cut::Sure;
  bool other = source.first != CellType::Missing && open.source.first != CellType::Missing &&
               source != open.source;
  return other ? Cut::BySource : Cut::No;
}

/// Whether no event before what is known can be of the same session.
bool SessionCutter::surely_first(const Hit& hit) const {
  if (known_from_ == INT64_MIN || (hit.mask & kSessionStart) != 0) return true;
  uint32_t day = day_of(hit.time);
  if (day != kNone && rules_.days->starts[day] >= known_from_) return true;
  DurationMs reach = rules_.given == kNone ? rules_.gap_ms : rules_.longest_ms;
  return hit.time - known_from_ >= reach;
}

void SessionOperator::group(uint32_t group, std::span<Hit> hits, RowReader& reader) {
  std::span<const Session> cut = cutter_.cut(hits, reader);
  for (const Session& session : cut) {
    if (session.certain || session.end < from_) continue;
    unclear_.push_back(group);
    return;
  }
  sessions(group, hits, cut, reader);
}

Result<uint64_t> scan_sessions(const std::shared_ptr<const Snapshot>& snapshot,
                               const SessionRules& rules, const SessionBounds& bounds,
                               std::vector<const EventSelection*> selections,
                               const std::function<bool(uint32_t)>& groups,
                               const ScanBudget& budget, std::span<Executor* const> helpers,
                               const std::function<SessionOperator&(TimeMs known_from)>& make) {
  EventSelection of[kSessionBits];
  of[0].events = rules.events;
  of[1].events = rules.start_events;
  of[2].events = rules.end_events;
  std::vector<const EventSelection*> all{&of[0], &of[1], &of[2]};
  all.insert(all.end(), selections.begin(), selections.end());
  ScanSpec spec;
  spec.event_masks = event_masks(all);
  spec.groups = groups;
  DurationMs lead = rules.given == kNone ? 4 * rules.gap_ms : rules.longest_ms;
  spec.from = bounds.only_range ? bounds.from : bounds.from - lead;
  TimeMs last = bounds.only_range ? bounds.to - 1 : bounds.to - 1 + rules.longest_ms;
  spec.to = std::min(last, bounds.as_of);
  std::vector<SessionOperator*> operators;
  TimeMs known_from = bounds.only_range ? INT64_MIN : spec.from;
  WEIR_TRY(uint64_t rows, scan(snapshot, spec, budget, helpers, [&]() -> GroupOperator& {
             return *operators.emplace_back(&make(known_from));
           }));
  absl::flat_hash_set<uint32_t> unclear;
  for (const SessionOperator* op : operators)
    unclear.insert(op->unclear().begin(), op->unclear().end());
  if (unclear.empty()) return rows;
  spec.from = INT64_MIN;
  spec.groups = [&unclear](uint32_t group) { return unclear.contains(group); };
  WEIR_TRY(uint64_t more, scan(snapshot, spec, budget, helpers,
                               [&]() -> GroupOperator& { return make(INT64_MIN); }));
  return rows + more;
}

}  // namespace weir::columnar
