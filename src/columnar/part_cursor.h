#pragma once
// Walks one part in row order and gathers the rows of the events that a scan names. One per thread
// and part.

#include "columnar/group_filter.h"
#include "columnar/kernels.h"
#include "columnar/scan.h"
#include "columnar/time_block.h"

#include <vector>

namespace weir::columnar {

/// What a scan wants of one part; shared by its threads.
struct PartPlan {
  PartPlan(const Snapshot& snapshot, size_t part, const ScanSpec& spec);

  const Part* part;
  const RunIndex::OfPart* runs;
  uint16_t source;
  bool named = false;  // the part may hold rows that the scan wants
  bool all_events = false;
  bool starts_only = false;  // of rows outside `bytes`, those at which a run starts
  int64_t to;
  uint32_t late_property;
  int64_t late_max;
  struct Event {
    int64_t from = 0;
    uint32_t mask = 0, code = 0;
    bool wanted = false;
  };
  std::vector<Event> events;  // by local event code
  uint64_t rows_wanted = 0;   // about
  /// With starts_only: all that earlier such parts have is before all of this one.
  bool begins_later = false;
  uint64_t block_mask = 0;  // which bits of a block's event mask matter
  ByteSet bytes;            // of the wanted codes below 256
};

class PartCursor {
 public:
  PartCursor(const PartPlan& plan, RowReader& reader, GroupFilter& groups)
      : plan_(plan), reader_(reader), groups_(groups) {}

  /// Adds the wanted rows of the runs [begin, end) that are still in the group of their place. Of
  /// groups in `begun` no starts are wanted; null: of all.
  void gather(uint32_t begin, uint32_t end, const GroupBits* begun, HitList& out);
  /// Adds the wanted rows of one run, as rows of `group`.
  void gather_moved(uint32_t run, uint32_t group, HitList& out);
  /// Rows walked over.
  uint64_t rows() const { return rows_; }

 private:
  bool open();
  void walk(uint32_t first, uint32_t end, HitList& out);
  void seek(uint32_t block);
  bool find_wanted(uint32_t block);
  void find_starts(uint32_t block);
  void count_wanted(uint32_t block);
  uint32_t rows_in(uint32_t block) const;
  uint16_t local_at(uint32_t at) const { return narrow_ ? bytes_[at] : words_[at]; }
  void take_block(uint32_t block, uint32_t low, uint32_t high, HitList& out);
  template <bool kAsks>
  void take_hits(uint32_t block, uint32_t low, uint32_t high, HitList& out);
  bool too_late(const Hit& hit);

  const PartPlan& plan_;
  RowReader& reader_;
  GroupFilter& groups_;
  bool opened_ = false, narrow_ = true;
  const char *events_ = nullptr, *times_ = nullptr;
  const uint64_t* event_masks_ = nullptr;
  const uint32_t* ordinals_ = nullptr;
  const char* start_ordinals_ = nullptr;
  const GroupBits* begun_ = nullptr;
  uint32_t stretch_ = 1, block_ = UINT32_MAX;   // counts_ are those at the start of block_
  std::vector<uint32_t> counts_, next_counts_;  // rows of each event so far, by local code
  uint32_t forced_group_ = kNone;
  uint64_t rows_ = 0;
  BlockBits hits_, starts_;  // wanted rows: for their event; where runs start
  alignas(64) std::array<uint8_t, kBlockRows> bytes_;
  std::array<uint16_t, kBlockRows> words_;
  TimeBlock block_times_;
};

}  // namespace weir::columnar
