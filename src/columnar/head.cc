#include "columnar/head.h"

#include "columnar/mapping.h"

#include <algorithm>
#include <cstring>

namespace weir::columnar {
namespace {

constexpr size_t kBlockWords = 8192;  // 64 KiB

void put_bytes(std::string_view bytes, HeadChunk& chunk, HeadCell& to) {
  char* kept = chunk.allocate(bytes.size());
  if (!bytes.empty()) std::memcpy(kept, bytes.data(), bytes.size());
  to.bits = reinterpret_cast<uint64_t>(kept);
  to.size = static_cast<uint32_t>(bytes.size());
}

}  // namespace

char* HeadChunk::allocate(size_t size) {
  size_t words = (size + 7) / 8;
  if (blocks_.empty() || used_ + words > capacity_) {
    capacity_ = std::max(kBlockWords, words);
    blocks_.push_back(std::make_unique<uint64_t[]>(capacity_));
    used_ = 0;
  }
  char* out = reinterpret_cast<char*>(blocks_.back().get() + used_);
  used_ += words;
  return out;
}

Cell to_cell(const HeadCell& cell) {
  return {cell.type, cell.size, cell.bits};
}

Cell HeadView::cell(uint32_t row, uint32_t property) const {
  for (const HeadCell& cell : cells(row)) {
    if (cell.property == property) return to_cell(cell);
  }
  return {};
}

void Head::append(const NewRow& row, RowCoder& coder) {
  Slot slot = next_slot();
  HeadChunk& chunk = *slot.chunk;
  chunk.subject[slot.at] = row.subject;
  chunk.event[slot.at] = coder.event(row.event);
  chunk.time[slot.at] = row.time;
  chunk.rank[slot.at] = row.rank;
  chunk.position[slot.at] = row.position;
  chunk.hop[slot.at] = row.hop;
  auto count = static_cast<uint16_t>(std::min<size_t>(row.cells.size(), UINT16_MAX));
  auto* cells = reinterpret_cast<HeadCell*>(chunk.allocate(count * sizeof(HeadCell)));
  for (size_t i = 0; i < count; ++i) {
    Cell cell = coder.cell(row.cells[i]);
    auto* to = new (cells + i)
        HeadCell{coder.property(row.cells[i].property), cell.type, cell.size, cell.bits};
    if (cell.has_bytes()) put_bytes(cell.bytes(), chunk, *to);
  }
  chunk.cells[slot.at] = cells;
  chunk.cell_count[slot.at] = count;
  publish(slot, row.subject);
}

void Head::append_from(const HeadView& view, uint32_t row) {
  Slot slot = next_slot();
  HeadChunk& chunk = *slot.chunk;
  chunk.subject[slot.at] = view.subject(row);
  chunk.event[slot.at] = view.event(row);
  chunk.time[slot.at] = view.time(row);
  chunk.rank[slot.at] = view.rank(row);
  chunk.position[slot.at] = view.position(row);
  chunk.hop[slot.at] = view.hop(row);
  put_cells(slot, view.cells(row));
  publish(slot, view.subject(row));
}

void Head::append(const CodedRows& rows) {
  uint32_t cell = 0;
  for (uint32_t i = 0; i < rows.rows(); ++i) {
    Slot slot = next_slot();
    HeadChunk& chunk = *slot.chunk;
    chunk.subject[slot.at] = rows.subject[i];
    chunk.event[slot.at] = rows.event[i];
    chunk.time[slot.at] = rows.time[i];
    chunk.rank[slot.at] = rows.rank[i];
    chunk.position[slot.at] = rows.position;
    chunk.hop[slot.at] = rows.hop[i];
    put_cells(slot, std::span(rows.cells).subspan(cell, rows.cells_end[i] - cell));
    cell = rows.cells_end[i];
    publish(slot, rows.subject[i]);
  }
}

void Head::put_cells(const Slot& slot, std::span<const HeadCell> from) {
  from = from.first(std::min<size_t>(from.size(), UINT16_MAX));
  HeadChunk& chunk = *slot.chunk;
  auto* cells = reinterpret_cast<HeadCell*>(chunk.allocate(from.size_bytes()));
  for (size_t i = 0; i < from.size(); ++i) {
    auto* to = new (cells + i) HeadCell(from[i]);
    if (Cell cell = to_cell(from[i]); cell.has_bytes()) put_bytes(cell.bytes(), chunk, *to);
  }
  chunk.cells[slot.at] = cells;
  chunk.cell_count[slot.at] = static_cast<uint16_t>(from.size());
}

void CodedRows::clear() {
  subject.clear();
  event.clear();
  time.clear();
  rank.clear();
  hop.clear();
  cells_end.clear();
  cells.clear();
  bytes.clear();
}

uint32_t Head::last_of(uint32_t subject) const {
  auto it = last_.find(subject);
  return it == last_.end() ? kNone : it->second;
}

Head::Slot Head::next_slot() {
  uint32_t at = view_.rows_ & (HeadChunk::kRows - 1);
  if (at == 0) view_.chunks_.push_back(std::make_shared<HeadChunk>());
  return {view_.chunks_.back().get(), at};
}

void Head::publish(const Slot& slot, uint32_t subject) {
  auto [it, fresh] = last_.try_emplace(subject, kNone);
  slot.chunk->previous[slot.at] = it->second;
  it->second = view_.rows_;
  ++view_.rows_;
}

}  // namespace weir::columnar
