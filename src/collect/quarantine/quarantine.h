#pragma once
// Refused inputs, kept until an operator replays or discards them (RELIABILITY P10). A fold of
// Quarantine and Released records; the payloads lie in the StateStore, sealed, and are read on
// demand.
//
// Invariant: each payload has a key of its own, and the key is destroyed when the item leaves, for
// whatever reason. So only what waits here can be read, also from the log, and erasing a person
// means finding what waits and mentions the person (mentions.h).

#include "collect/refusal.h"
#include "ports/erasure.h"
#include "ports/fold.h"
#include "ports/vault.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::collect {

struct QuarantineItem {
  std::string id, protocol, source, reason, field, message;
  std::string write_key;  // as the client gave it, when no source had it
  TimeMs received_time = 0, sent_time = 0;
  Position position = 0;
  uint64_t payload_bytes = 0;
  bool payload_cut = false;      // longer than what is kept: shown, but not replayable
  bool payload_dropped = false;  // given up for room
};

struct QuarantinePage {
  uint64_t total = 0;  // waiting in all
  std::vector<QuarantineItem> items;
  std::string next_cursor;  // empty at the end
};

/// Without bounds a broken client could fill memory and disk. Beyond them the oldest payload goes
/// first, then the oldest row; both are counted.
struct QuarantineLimits {
  size_t rows_max = 20'000;
  uint64_t payload_bytes_max = 64 << 20;
};

class Quarantine : public Fold {
 public:
  /// `keys` outlives the fold; it is told which keys to destroy.
  explicit Quarantine(ErasureSink& keys, QuarantineLimits limits = {});
  ~Quarantine() override;

  std::string_view name() const override { return "quarantine"; }
  /// Keeps `store` for reading payloads; it outlives the fold.
  Status load(const StateStore& store) override;
  void save(WriteBatch& batch) override;
  void apply(Step& step, StepContext& context) override;
  void on_batch_end() override;

  // The rest is called on the fold executor (ports/gate.h).

  /// Waiting items, newest first, after `cursor` (empty = from the newest).
  QuarantinePage list(size_t limit, std::string_view cursor) const;
  std::optional<QuarantineItem> get(std::string_view id) const;
  /// NotFound: no such item, or its payload was given up.
  Result<Sealed> payload(std::string_view id) const;
  uint64_t received() const;  // ever
  uint64_t rows_dropped() const;
  uint64_t payloads_dropped() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Longer payloads are cut: enough to see what was wrong, and the log stays small.
inline constexpr size_t kQuarantinePayloadMax = 64 << 10;

/// The owner of the key of an item's payload (ports/vault.h, text_owner).
std::string payload_owner(std::string_view id);

/// Where and when refused inputs came.
struct RefusedAt {
  std::string_view protocol, source;
  TimeMs received_time = 0, sent_time = 0;
};
/// The log records of refused inputs, in order, stamped with `received_time`. Each payload is
/// sealed under a key of its own; all new keys cost one sync. The same input refused twice has the
/// same id, but not the same message id: the log's deduplication would hide the second record, and
/// its key, from the fold that has to destroy it.
Result<std::vector<Envelope>> quarantine_records(std::span<const Refusal> refused,
                                                 const RefusedAt& at, Vault& vault);
/// "replayed", "discarded" or "erased".
Envelope released_record(std::string_view id, std::string_view outcome, TimeMs now);

/// What the console shows of a payload: digits of long numbers, addresses and the values of
/// personal fields are masked. Errs towards masking.
std::string mask_payload(std::string_view clear);

}  // namespace weir::collect
