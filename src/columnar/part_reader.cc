#include "columnar/part_reader.h"

#include "columnar/bit_pack.h"

#include <algorithm>
#include <cstring>

namespace weir::columnar {

PartReader::PartReader(std::shared_ptr<const Part> part)
    : part_(std::move(part)),
      status_(std::make_unique<Status>()),
      data_(part_->footer().sections.size()),
      events_(find(SectionKind::Events)),
      ordinals_(find(SectionKind::Ordinals)),
      times_(find(SectionKind::Time)),
      position_(find(SectionKind::Position)),
      hop_(find(SectionKind::Hop)),
      columns_(part_->footer().events.size()),
      locals_(kBlockRows),
      row_ordinals_(kBlockRows) {
  const auto& sections = part_->footer().sections;
  for (uint32_t i = 0; i < sections.size(); ++i) {
    if (sections[i].kind == SectionKind::RunValues)
      usual_.push_back(std::make_unique<ValueColumn>(*part_, i, nullptr, *status_));
    if (sections[i].kind != SectionKind::Values) continue;
    ValueColumn* usual = nullptr;
    for (const auto& u : usual_) {
      if (u->property() == sections[i].property && u->type() == sections[i].type) usual = u.get();
    }
    columns_[sections[i].event].emplace_back(*part_, i, usual, *status_);
  }
  if (auto runs = part_->run_table()) {
    runs_ = *runs;
  } else {
    *status_ = std::unexpected(runs.error());
  }
}

uint32_t PartReader::find(SectionKind kind) const {
  const auto& sections = part_->footer().sections;
  for (uint32_t i = 0; i < sections.size(); ++i) {
    if (sections[i].kind == kind) return i;
  }
  return kNoSection;
}

const char* PartReader::open(uint32_t section) {
  if (section == kNoSection) {
    if (*status_) *status_ = fail(ErrorCode::DataLoss, "part \"" + part_->path() + "\" lacks rows");
    return nullptr;
  }
  if (data_[section] != nullptr || !*status_) return data_[section];
  auto bytes = part_->section(section);
  if (bytes) {
    data_[section] = bytes->data();
  } else {
    *status_ = std::unexpected(bytes.error());
  }
  return data_[section];
}

uint64_t PartReader::packed(uint32_t section, uint32_t row) {
  const char* data = open(section);
  if (data == nullptr) return 0;
  return packed_at(data, row);
}

void PartReader::unpack_events(uint32_t block, uint16_t* out) {
  const char* data = open(events_);
  if (data == nullptr) return;
  const BlockRef& ref = reinterpret_cast<const BlockRef*>(data)[block];
  unpack_u16(data + size_t{ref.offset} * 8, ref.width, ref.count, out);
  for (uint32_t i = 0; ref.base != 0 && i < ref.count; ++i)
    out[i] = static_cast<uint16_t>(out[i] + ref.base);
}

void PartReader::enter(uint32_t block) {
  if (block == block_) return;
  unpack_events(block, locals_.data());
  block_ = block;
}

void PartReader::count_ordinals(uint32_t block) {
  if (block == ordinals_block_) return;
  size_t events = part_->footer().events.size();
  const char* table = open(ordinals_);
  counts_.assign(events, 0);
  if (table != nullptr) {
    uint32_t stretch = ordinal_stretch(events), first = block / stretch * stretch;
    std::memcpy(counts_.data(), table + size_t{block / stretch} * events * 4, events * 4);
    for (uint32_t b = first; b < block; ++b) {
      enter(b);
      for (uint16_t local : locals_) ++counts_[local];
    }
  }
  enter(block);
  uint32_t rows = std::min(kBlockRows, part_->rows() - (block << kBlockBits));
  for (uint32_t i = 0; i < rows; ++i) row_ordinals_[i] = counts_[locals_[i]]++;
  ordinals_block_ = block;
}

PartReader::At PartReader::at(uint32_t row) {
  count_ordinals(row >> kBlockBits);
  enter(row >> kBlockBits);
  if (!*status_) return {};
  return {locals_[row % kBlockRows], row_ordinals_[row % kBlockRows], runs_.run_of(row)};
}

uint16_t PartReader::local_event(uint32_t row) {
  enter(row >> kBlockBits);
  return locals_[row % kBlockRows];
}

int64_t PartReader::time(uint32_t row) {
  uint32_t block = row >> kBlockBits;
  if (block != times_block_) {
    const char* data = open(times_);
    if (data == nullptr) return 0;
    const BlockRef& ref = reinterpret_cast<const BlockRef*>(data)[block];
    time_values_.decode(ref, data + size_t{ref.offset} * 8);
    times_block_ = block;
  }
  return time_values_[row % kBlockRows];
}

uint64_t PartReader::position(uint32_t row) {
  return has_positions() ? packed(position_, row) : part_->footer().position_min + row;
}

Cell PartReader::cell(const At& at, uint32_t property) {
  for (ValueColumn& column : columns_[at.local]) {
    if (column.property() != property) continue;
    if (Cell found = column.read(at.ordinal, at.run); !found.missing()) return found;
  }
  return {};
}

}  // namespace weir::columnar
