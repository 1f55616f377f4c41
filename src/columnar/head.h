#pragma once
// The mutable part of the store: rows since the last seal, in the order in which they came. One
// writer appends; readers hold a HeadView and see exactly the rows published when it was made,
// without locks: chunks never move, and a chunk's arrays are written before its row count is.

#include "columnar/cell.h"
#include "columnar/row_coder.h"

#include <absl/container/flat_hash_map.h>

#include <array>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace weir::columnar {

struct HeadCell {
  uint32_t property;
  CellType type;
  uint32_t size;  // of the bytes of List and Json
  uint64_t bits;  // value, or the address of the bytes
};

/// Rows whose texts are codes already, as a caller with many rows makes them. Bytes of List, Json
/// lie in `bytes` or outlive the call that takes the rows.
struct CodedRows {
  std::vector<uint32_t> subject, event;
  std::vector<int64_t> time;
  std::vector<RowRank> rank;
  std::vector<uint16_t> hop;
  std::vector<uint32_t> cells_end;  // one past the last cell of each row
  std::vector<HeadCell> cells;
  std::deque<std::string> bytes;
  uint64_t position = 0;  // of all of them

  uint32_t rows() const { return static_cast<uint32_t>(subject.size()); }
  void clear();
};

struct HeadChunk {
  static constexpr uint32_t kBits = 12, kRows = 1u << kBits;

  std::array<uint32_t, kRows> subject, event, previous;
  std::array<int64_t, kRows> time;
  std::array<uint64_t, kRows> position;
  std::array<RowRank, kRows> rank;
  std::array<uint16_t, kRows> hop, cell_count;
  std::array<const HeadCell*, kRows> cells;

  /// Bytes at an address that stays; eight-byte aligned.
  char* allocate(size_t size);

 private:
  std::vector<std::unique_ptr<uint64_t[]>> blocks_;
  size_t used_ = 0, capacity_ = 0;
};

/// Rows 0 … rows()-1 of a head at one moment. Keeps its chunks alive.
class HeadView {
 public:
  uint32_t rows() const { return rows_; }
  uint32_t subject(uint32_t row) const { return chunk(row).subject[at(row)]; }
  uint32_t event(uint32_t row) const { return chunk(row).event[at(row)]; }
  int64_t time(uint32_t row) const { return chunk(row).time[at(row)]; }
  RowRank rank(uint32_t row) const { return chunk(row).rank[at(row)]; }
  uint64_t position(uint32_t row) const { return chunk(row).position[at(row)]; }
  uint16_t hop(uint32_t row) const { return chunk(row).hop[at(row)]; }
  /// Orders the rows of equal time.
  auto tie(uint32_t row) const {
    const HeadChunk& c = chunk(row);
    return std::tuple(c.rank[at(row)], c.position[at(row)], c.hop[at(row)], row);
  }
  /// Row of the same subject before this one; kNone at the first.
  uint32_t previous(uint32_t row) const { return chunk(row).previous[at(row)]; }
  std::span<const HeadCell> cells(uint32_t row) const {
    return {chunk(row).cells[at(row)], chunk(row).cell_count[at(row)]};
  }
  Cell cell(uint32_t row, uint32_t property) const;
  /// Asks for the memory of a row soon to be read, and then for that of its cells.
  void prefetch(uint32_t row) const {
    const HeadChunk& c = chunk(row);
    __builtin_prefetch(&c.subject[at(row)]);
    __builtin_prefetch(&c.event[at(row)]);
    __builtin_prefetch(&c.time[at(row)]);
    __builtin_prefetch(&c.position[at(row)]);
    __builtin_prefetch(&c.cell_count[at(row)]);
    __builtin_prefetch(&c.cells[at(row)]);
  }
  void prefetch_cells(uint32_t row) const { __builtin_prefetch(chunk(row).cells[at(row)]); }

 private:
  friend class Head;
  const HeadChunk& chunk(uint32_t row) const { return *chunks_[row >> HeadChunk::kBits]; }
  static uint32_t at(uint32_t row) { return row & (HeadChunk::kRows - 1); }

  std::vector<std::shared_ptr<HeadChunk>> chunks_;
  uint32_t rows_ = 0;
};

Cell to_cell(const HeadCell& cell);

/// Not thread-safe: the owner makes views and appends under one lock or on one thread.
class Head {
 public:
  void append(const NewRow& row, RowCoder& coder);
  void append(const CodedRows& rows);
  /// Copies a row of another head.
  void append_from(const HeadView& view, uint32_t row);
  uint32_t rows() const { return view_.rows_; }
  HeadView view() const { return view_; }
  /// Newest row of a subject; kNone when it has none here.
  uint32_t last_of(uint32_t subject) const;
  const HeadView& current() const { return view_; }

 private:
  struct Slot {
    HeadChunk* chunk;
    uint32_t at;
  };
  Slot next_slot();
  static void put_cells(const Slot& slot, std::span<const HeadCell> cells);
  void publish(const Slot& slot, uint32_t subject);

  HeadView view_;
  absl::flat_hash_map<uint32_t, uint32_t> last_;
};

}  // namespace weir::columnar
