#pragma once
// A fold is a pure step from (state, record) to state (DESIGN §1). All folds run on one executor,
// in a fixed order, one record at a time; each owns its resident state and its key prefix. Nothing
// in a fold reads a clock, draws a random number or waits: time is `Step::now`, so that the same
// log gives the same state.

#include "base/result.h"
#include "model/envelope.h"
#include "model/ids.h"
#include "ports/state_store.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

class StepContext;
struct EventChunk;

/// One record on its way through the folds.
struct Step {
  const Envelope& record;
  Position position;  // of the log record that caused it
  uint32_t hop;       // 0 = the log record itself; n = fact number n derived from it
  TimeMs now;         // log time: append_time of the record; never decreases
  /// Whose record it is; set by the identity fold, empty for records of nobody (definitions,
  /// ticks).
  std::optional<ProfileOrdinal> profile;
  std::optional<IdentityOrdinal> identity;  // the identity the event is stored under
};

/// Rows of imported history on their way through the folds, all of one log record.
struct ChunkStep {
  /// Somebody of the chunk, and what the rows to be folded say of them together.
  struct Person {
    uint32_t events = 0;     // of rows to be folded
    uint32_t first_row = 0;  // of them
    TimeMs first = 0, last = 0;
    /// Set by the identity fold; empty for values that identify nobody.
    std::optional<IdentityOrdinal> identity;
    std::optional<ProfileOrdinal> profile;
  };
  const Envelope& record;  // the ImportChunk record, without its rows
  const EventChunk& chunk;
  std::span<const uint32_t> rows;  // to be folded, ascending; the others were folded before
  std::span<const TimeMs> times;   // of every row, after the clock rules
  std::vector<Person> persons;     // by the chunk's number of them
  Position position;
  TimeMs now;
};

/// Sums up what the rows say of each person.
ChunkStep make_chunk_step(const Envelope& record, const EventChunk& chunk,
                          std::span<const uint32_t> rows, std::span<const TimeMs> times,
                          Position position, TimeMs now);

/// One person became two again: what is of `apart` left `kept`.
struct Split {
  ProfileOrdinal kept, apart;
  std::vector<IdentityOrdinal> identities;  // of `apart` now, ascending
  std::vector<ProfileOrdinal> profiles;     // that lead to `apart` now, itself too, ascending

  bool moved(IdentityOrdinal identity) const {
    return std::binary_search(identities.begin(), identities.end(), identity);
  }
  bool moved(ProfileOrdinal profile) const {
    return std::binary_search(profiles.begin(), profiles.end(), profile);
  }
};

/// What a fold may do besides changing its own state. Everything here is a function of the log too.
class StepContext {
 public:
  virtual ~StepContext() = default;

  virtual TimeMs now() const = 0;
  virtual Position position() const = 0;
  /// Live: effects will follow. Recovering: the log is being replayed after a start; state changes
  /// are the same, but nothing is handed to the outside (messaging asks again when live).
  virtual bool live() const = 0;

  /// Folds a derived fact in this same step, after the current record went through all folds (ADR
  /// 0004). Its message_id, source "weir" and times are filled in; `profile` says whose it is. At
  /// most 16 hops deep and 1,000 facts a step (RELIABILITY J8): beyond, facts are dropped and
  /// counted.
  virtual void emit(Envelope fact, ProfileOrdinal profile) = 0;

  /// Sets (or moves) the durable timer `key` of the fold called `owner`. It fires once log time
  /// reaches `due`: at once before the next record when that is already past.
  virtual void set_timer(std::string_view owner, std::string_view key, TimeMs due) = 0;
  virtual void cancel_timer(std::string_view owner, std::string_view key) = 0;

  /// Announced by the identity fold when `from` became part of `into`: calls on_merge of every
  /// fold, in order, before this returns. The announcing fold has changed its own mapping first.
  virtual void merged(ProfileOrdinal from, ProfileOrdinal into) = 0;
  /// Announced by the identity fold when an operator put identities apart: calls on_split of every
  /// fold, in order. The announcing fold has changed its own mapping first.
  virtual void split(const Split& split) = 0;
  /// Announced by the identity fold when the person is erased: calls on_erase of every fold, in
  /// order.
  virtual void erased(ProfileOrdinal profile) = 0;
};

class Fold {
 public:
  virtual ~Fold() = default;

  /// Stable name: owner of timers.
  virtual std::string_view name() const = 0;

  virtual Status load(const StateStore& store) = 0;
  /// Adds what changed since the last call. Called for all folds for one atomic batch.
  virtual void save(WriteBatch& batch) = 0;

  /// The identity fold fills step.profile and step.identity; later folds only read them.
  virtual void apply(Step& step, StepContext& context) = 0;
  /// The rows of an ImportChunk record. History triggers nothing (JN3): a fold that acts on events
  /// only, leaves them alone, as this does. Facts emitted here are folded after all folds.
  virtual void apply_chunk(ChunkStep& step, StepContext& context);
  virtual void on_timer(std::string_view key, TimeMs due, StepContext& context);

  /// `from` became part of `into`: move what belongs to `from` (rules of SEMANTICS G10). Called for
  /// every fold, in order, inside the step that merged, before later folds see its record.
  virtual void on_merge(ProfileOrdinal from, ProfileOrdinal into, StepContext& context);
  /// Part of `split.kept` is the person `split.apart` from now on: give it what its identities
  /// brought, compute the rest for both anew (SEMANTICS G10). Called as on_merge is.
  virtual void on_split(const Split& split, StepContext& context);
  /// The person is erased: forget everything about `profile`.
  virtual void on_erase(ProfileOrdinal profile, StepContext& context);

  /// After a batch of records was folded; live only. Hand work to the outside here.
  virtual void on_batch_end();
};

}  // namespace weir
