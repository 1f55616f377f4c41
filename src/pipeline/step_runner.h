#pragma once
// One step: a record and everything it causes, through all folds in order. Only the log decides
// what happens here: no clock, no randomness, no waiting.

#include "base/metrics.h"
#include "pipeline/dead_letters.h"
#include "pipeline/timers.h"
#include "ports/fold.h"

#include <deque>
#include <vector>

namespace weir::pipeline {

class StepRunner : public StepContext {
 public:
  static constexpr uint32_t kHopsMax = 16;
  static constexpr uint32_t kFactsMax = 1000;
  /// A fold that sets the timer that just fired to a past instant again and again would never let
  /// the step end: beyond, the rest waits for the next record.
  static constexpr uint32_t kTimersMax = 1'000'000;

  StepRunner(std::vector<Fold*> folds, Timers& timers, DeadLetters& dead_letters, Metrics& metrics);

  void set_live(bool live) { live_ = live; }
  /// Starts the step of the record at `position`; fires what is due at `now` first.
  void begin(Position position, TimeMs now);
  /// Folds the record itself and then the facts it caused, first in first out.
  void fold(const Envelope& record);
  /// The same of an ImportChunk record; `step` is of the position of begin().
  void fold_chunk(ChunkStep& step);
  /// Lets every fold hand its work to the outside.
  void end_batch();

  TimeMs now() const override { return now_; }
  Position position() const override { return position_; }
  bool live() const override { return live_; }
  void emit(Envelope fact, ProfileOrdinal profile) override;
  void set_timer(std::string_view owner, std::string_view key, TimeMs due) override;
  void cancel_timer(std::string_view owner, std::string_view key) override;
  void merged(ProfileOrdinal from, ProfileOrdinal into) override;
  void split(const Split& split) override;
  void erased(ProfileOrdinal profile) override;

 private:
  struct Fact {
    Envelope record;
    ProfileOrdinal profile;
    uint32_t number;  // within the position: timers and record count on
    uint32_t depth;
  };

  void fire_due();
  void apply(const Envelope& record, uint32_t hop, std::optional<ProfileOrdinal> profile);
  void drain();
  template <class Call>
  void guarded(const Fold& fold, Call&& call);

  const std::vector<Fold*> folds_;
  Timers& timers_;
  DeadLetters& dead_letters_;
  bool live_ = false;
  Position position_ = 0;
  TimeMs now_ = 0;
  uint32_t facts_numbered_ = 0;  // of this position
  uint32_t facts_emitted_ = 0;   // by the current timer or record
  uint32_t facts_max_ = kFactsMax;
  uint32_t depth_ = 0;
  const Envelope* cause_ = nullptr;
  std::deque<Fact> queue_;
  Counter& facts_;
  Counter& facts_dropped_;
  Counter& timers_fired_;
  Counter& fold_errors_;
};

}  // namespace weir::pipeline
