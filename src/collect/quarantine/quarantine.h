#pragma once
// Refused inputs, kept until an operator replays or discards them (RELIABILITY P10). A fold of
// Quarantine and Released records; the payloads lie in the StateStore, sealed, and are read on
// demand.

#include "collect/refusal.h"
#include "ports/fold.h"
#include "ports/vault.h"

#include <memory>
#include <optional>
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
  explicit Quarantine(QuarantineLimits limits = {});
  ~Quarantine() override;

  std::string_view name() const override { return "quarantine"; }
  /// Keeps `store` for reading payloads; it outlives the fold.
  Status load(const StateStore& store) override;
  void save(WriteBatch& batch) override;
  void apply(Step& step, StepContext& context) override;

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

/// The log record of a refused input; its payload is sealed under a key of the day. `received_time`
/// also stamps the record. The same input refused twice has the same id and message id.
Result<Envelope> quarantine_record(const Refusal& refusal, std::string_view protocol,
                                   std::string_view source, TimeMs received_time, TimeMs sent_time,
                                   Vault& vault);
/// "replayed" or "discarded".
Envelope released_record(std::string_view id, std::string_view outcome, TimeMs now);

/// What the console shows of a payload: digits of long numbers, addresses and the values of
/// personal fields are masked. Errs towards masking.
std::string mask_payload(std::string_view clear);

}  // namespace weir::collect
