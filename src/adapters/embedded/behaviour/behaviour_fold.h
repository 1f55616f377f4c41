#pragma once
// The fold that feeds the store (behaviour.h), and the history it gives back to other folds.

#include "adapters/embedded/behaviour/history_cache.h"
#include "adapters/embedded/behaviour/people_columns.h"
#include "columnar/store.h"
#include "ports/checkpoint.h"
#include "ports/fold.h"
#include "ports/people.h"

#include <atomic>
#include <functional>

namespace weir::embedded {

inline constexpr size_t kHistoryBytesMax = 96ull << 20;

class BehaviourFold : public Fold, public CheckpointParticipant, public HistoryReader {
 public:
  /// `seal` is called when a part is to be made, on any other thread, by Store::run_seals();
  /// `sealed` after one was taken over.
  BehaviourFold(columnar::Store& store, const IdentityReader& identities, uint32_t head_rows_max,
                std::function<void()> seal, std::function<void()> sealed)
      : store_(store),
        identities_(identities),
        head_rows_max_(head_rows_max),
        seal_(std::move(seal)),
        sealed_(std::move(sealed)) {}

  std::string_view name() const override { return "behaviour"; }
  /// The mapping is rebuilt from the identity fold, which is loaded before. DataLoss: the store is
  /// older than the state.
  Status load(const StateStore& store) override;
  /// How far the store was when the state was written, so that a store that was lost or restored
  /// from an older copy is noticed; else it has files of its own.
  void save(WriteBatch& batch) override;
  void apply(Step& step, StepContext& context) override;
  void apply_chunk(ChunkStep& step, StepContext& context) override;
  void on_merge(ProfileOrdinal from, ProfileOrdinal into, StepContext& context) override;
  void on_split(const Split& split, StepContext& context) override;
  void on_erase(ProfileOrdinal profile, StepContext& context) override;

  std::function<Status()> begin_checkpoint(Position cursor) override;
  void end_checkpoint() override { adopt(); }

  /// Records, facts and changes of people seen; from any thread.
  uint64_t version() const { return version_.load(); }
  /// Of the fold executor.
  const TouchedProfiles& touched() const { return touched_; }

  void visit(ProfileOrdinal profile, const HistoryQuery& query,
             const std::function<bool(const StoredEvent&)>& visit) const override;

 private:
  void store_event(const Step& step);
  void append(const Step& step, IdentityOrdinal identity, std::string_view event);
  void remember(const Step& step, IdentityOrdinal identity, uint16_t hop);
  void visit_store(ProfileOrdinal profile, const HistoryQuery& query,
                   const std::function<bool(const StoredEvent&)>& visit) const;
  uint16_t next_hop(const Step& step);
  void seal_when_full(uint32_t rows_max, Position position);
  void adopt();

  columnar::Store& store_;
  const IdentityReader& identities_;
  const uint32_t head_rows_max_;
  std::function<void()> seal_, sealed_;
  Position cursor_ = 0;  // the store's, known without its lock
  Position last_position_ = UINT64_MAX;
  uint16_t last_fact_ = 0;      // number of the last fact of last_position_
  uint32_t retry_at_rows_ = 0;  // after a failed seal: wait until the head is this large
  columnar::NewRow row_;        // scratch
  TouchedProfiles touched_;
  HistoryCache mutable history_{kHistoryBytesMax};
  columnar::CodedRows rows_;  // scratch
  std::atomic<uint64_t> version_{0};
};

}  // namespace weir::embedded
