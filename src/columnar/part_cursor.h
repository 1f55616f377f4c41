#pragma once
// Walks one part in row order and gathers the rows of the events that a scan names. One per thread
// and part.

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
  std::vector<int64_t> from;  // by local event code
  uint32_t late_property;
  int64_t late_max;
  const std::function<bool(uint32_t)>* groups = nullptr;  // which ones; null = all
  std::vector<uint32_t> masks;                            // by local event code
  std::vector<bool> wanted;                               // by local event code
  uint64_t block_mask = 0;  // which bits of a block's event mask matter
  ByteSet bytes;            // of the wanted codes below 256
};

/// Hits in ascending order of group, and the groups.
struct HitList {
  std::vector<Hit> hits;
  std::vector<uint32_t> groups;
  size_t size = 0;

  void clear() { size = 0; }
  /// Room for `more` entries behind `size`.
  void reserve(size_t more);
  void push(const Hit& hit, uint32_t group) {
    hits[size] = hit;
    groups[size++] = group;
  }
};

class PartCursor {
 public:
  PartCursor(const PartPlan& plan, RowReader& reader) : plan_(plan), reader_(reader) {}

  /// Adds the wanted rows of the runs [begin, end) that are still in the group of their place.
  void gather(uint32_t begin, uint32_t end, HitList& out);
  /// Adds the wanted rows of one run, as rows of `group`.
  void gather_moved(uint32_t run, uint32_t group, HitList& out);
  /// Rows walked over.
  uint64_t rows() const { return rows_; }

 private:
  bool open();
  void walk(uint32_t first, uint32_t end, HitList& out);
  void seek(uint32_t block);
  bool find_wanted(uint32_t block);
  void add_starts(uint32_t block);
  void count_wanted(uint32_t block);
  uint32_t rows_in(uint32_t block) const;
  uint16_t local_at(uint32_t at) const { return narrow_ ? bytes_[at] : words_[at]; }
  void take_block(uint32_t block, uint32_t low, uint32_t high, HitList& out);
  bool too_late(const Hit& hit);

  const PartPlan& plan_;
  RowReader& reader_;
  bool opened_ = false, narrow_ = true;
  const char *events_ = nullptr, *times_ = nullptr;
  const uint64_t* event_masks_ = nullptr;
  const uint32_t* ordinals_ = nullptr;
  uint32_t stretch_ = 1, block_ = UINT32_MAX;   // counts_ are those at the start of block_
  std::vector<uint32_t> counts_, next_counts_;  // rows of each event so far, by local code
  std::vector<uint32_t> codes_;
  uint32_t forced_group_ = kNone;
  uint32_t asked_group_ = kNone;  // whether plan_.groups has it: wanted_group_
  bool wanted_group_ = true;
  uint64_t rows_ = 0;
  BlockBits hits_;
  alignas(64) std::array<uint8_t, kBlockRows> bytes_;
  std::array<uint16_t, kBlockRows> words_;
  std::array<uint32_t, kBlockRows> row_ordinals_;  // with plan_.starts_only
  TimeBlock block_times_;
};

}  // namespace weir::columnar
