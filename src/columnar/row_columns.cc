#include "columnar/row_columns.h"

#include <algorithm>
#include <map>

namespace weir::columnar {

void RowColumns::start_row(uint32_t event) {
  if (event != last_event_ || event_ == nullptr) {
    event_ = &events_[event];
    last_event_ = event;
  }
  ++event_->rows;
  cell_ = 0;
}

RowColumns::Slot& RowColumns::slot(uint32_t property, CellType type) {
  std::vector<Slot>& slots = event_->slots;
  if (cell_ < event_->usual.size()) {
    Slot& guess = slots[event_->usual[cell_]];
    if (guess.property == property && guess.type == type) return guess;
  }
  auto same = [&](const Slot& s) { return s.property == property && s.type == type; };
  auto it = std::find_if(slots.begin(), slots.end(), same);
  if (it == slots.end()) it = slots.insert(slots.end(), {property, type, {}});
  if (cell_ >= event_->usual.size()) event_->usual.resize(cell_ + 1);
  event_->usual[cell_] = static_cast<uint32_t>(it - slots.begin());
  return *it;
}

void RowColumns::add(uint32_t property, const Cell& cell) {
  Slot& s = slot(property, cell.type);
  ++cell_;
  uint32_t ordinal = event_->rows - 1;
  if (!s.values.ordinals.empty() && s.values.ordinals.back() == ordinal) return;
  s.values.ordinals.push_back(ordinal);
  s.values.values.push_back(cell.has_bytes() ? 0 : cell.bits);
  if (cell.has_bytes()) s.values.bytes.push_back(cell.bytes());
}

std::vector<PropertyValues> RowColumns::finish() && {
  std::map<std::tuple<uint32_t, CellType, uint32_t>, EventValues> sorted;
  for (auto& [code, event] : events_) {
    for (Slot& s : event.slots) {
      s.values.event = code;
      sorted[{s.property, s.type, code}] = std::move(s.values);
    }
  }
  std::vector<PropertyValues> out;
  for (auto& [key, values] : sorted) {
    auto [property, type, event] = key;
    if (out.empty() || out.back().property != property || out.back().type != type)
      out.push_back({property, type, {}});
    out.back().events.push_back(std::move(values));
  }
  return out;
}

}  // namespace weir::columnar
