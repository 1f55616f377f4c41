#pragma once
// Cuts one group's events into sessions (SEMANTICS SS1–SS3).

#include "base/hash.h"
#include "columnar/bucket_finder.h"
#include "columnar/selection.h"

#include <optional>
#include <span>
#include <vector>

namespace weir::columnar {

/// Bits of a hit's mask that a cutter reads; a question's own selections begin at kSessionBits.
inline constexpr uint32_t kSessionEvent = 1, kSessionStart = 2, kSessionEnd = 4;
inline constexpr size_t kSessionBits = 3;

struct SessionRules {
  std::vector<uint32_t> events;        // that make sessions; others neither extend nor join one
  std::vector<uint32_t> start_events;  // a session begins before one
  std::vector<uint32_t> end_events;    // and ends after one
  DurationMs gap_ms = 30 * kMinuteMs;  // a longer pause begins another
  DurationMs longest_ms = kDayMs;      // an event later than this after the first begins another
  /// Cut where these begin; they cover the range, a day before and two after.
  std::optional<Buckets> days;
  uint32_t platform = kNone;        // property: each value has sessions of its own
  uint32_t source = kNone;          // property: another value begins a session
  std::vector<uint32_t> no_source;  // values (texts) that are as good as none
  uint32_t given = kNone;           // property: sessions are what has the same value, no pauses
};

/// Events of one session, by links: first, next(first), … last.
struct Session {
  uint32_t first = 0, last = 0;  // indices of hits
  uint32_t depth = 0;
  TimeMs start = 0, end = 0;
  bool certain = true;  // its first event is surely the first
};

/// One per thread.
class SessionCutter {
 public:
  /// `known_from`: there may be events before it that are not given; INT64_MIN = all are.
  SessionCutter(const SessionRules& rules, TimeMs known_from);

  /// The sessions of a group, by their first events. Valid until the next call.
  std::span<const Session> cut(std::span<const Hit> hits, RowReader& reader);
  /// The next event of the same session; kNone after the last.
  uint32_t next(uint32_t hit) const { return next_[hit]; }
  /// Of a hit of the last cut; kNone for one that joins none.
  uint32_t session_of(uint32_t hit) const { return session_of_[hit]; }

 private:
  using Value = std::pair<CellType, uint64_t>;
  struct Open {
    Value platform, source, given;
    uint32_t session = 0;
    uint32_t day = 0;
    bool ended = false;  // by an end event
  };

  static Value value_of(const Cell& cell) {
    return {cell.type, cell.has_bytes() ? hash64(cell.bytes()) : cell.bits};
  }
  Value source_of(const Hit& hit, RowReader& reader) const;
  Open* find_open(const Value& platform, const Value& given);
  /// Whether an event begins another session. A change of source is not sure when the session that
  /// it ends is not: that one may have been cut for its length, and have had no source since.
  enum class Cut : uint8_t { No, BySource, Sure };
  Cut begins(const Open& open, const Hit& hit, const Value& source, uint32_t day) const;
  bool surely_first(const Hit& hit) const;
  uint32_t day_of(TimeMs time) const {
    return days_ && days_->covers(time) ? days_->of(time) : kNone;
  }

  const SessionRules& rules_;
  TimeMs known_from_;
  std::optional<BucketFinder> days_;
  std::vector<Session> sessions_;
  std::vector<uint32_t> next_, session_of_;
  std::vector<Open> open_;
};

/// What a pass over sessions scans. Sessions that begin in [from, to) are complete.
struct SessionBounds {
  TimeMs from = 0, to = 0;
  TimeMs as_of = INT64_MAX;
  bool only_range = false;  // events outside of [from, to) do not exist
};

/// An operator that sees sessions; one per thread.
class SessionOperator : public GroupOperator {
 public:
  explicit SessionOperator(const SessionRules& rules, TimeMs known_from, TimeMs from)
      : cutter_(rules, known_from), from_(from) {}

  void group(uint32_t group, std::span<Hit> hits, RowReader& reader) final;
  /// Groups that were left out: where their sessions begin lies before what the pass read.
  const std::vector<uint32_t>& unclear() const { return unclear_; }

 protected:
  virtual void sessions(uint32_t group, std::span<const Hit> hits,
                        std::span<const Session> sessions, RowReader& reader) = 0;
  const SessionCutter& cutter() const { return cutter_; }

 private:
  SessionCutter cutter_;
  TimeMs from_;
  std::vector<uint32_t> unclear_;
};

/// Runs a pass that begins shortly before the range, and for the few groups whose sessions reach
/// further back another over all of their events. `make` gets `known_from`. Returns rows looked at.
Result<uint64_t> scan_sessions(const std::shared_ptr<const Snapshot>& snapshot,
                               const SessionRules& rules, const SessionBounds& bounds,
                               std::vector<const EventSelection*> selections,
                               const std::function<bool(uint32_t)>& groups,
                               const ScanBudget& budget, std::span<Executor* const> helpers,
                               const std::function<SessionOperator&(TimeMs known_from)>& make);

}  // namespace weir::columnar
