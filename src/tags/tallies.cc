#include "tags/tallies.h"

namespace weir::tags {

void Tallies::one(const std::string& code, const ValuesRow::Entry* entry, bool comes) {
  if (entry == nullptr || entry->hidden) return;
  uint64_t step = comes ? 1 : uint64_t(-1);
  Tally& tally = all_[code];
  tally.count += step;
  if (entry->source != ValueSource::Rule) tally.given += step;
  auto value = tally.values.try_emplace(display_text(entry->value)).first;
  value->second += step;
  if (value->second == 0) tally.values.erase(value);
}

void Tallies::add(const ValuesRow& row, const std::vector<std::string>& codes) {
  for (const std::string& code : codes) one(code, row.shown(code), true);
}

void Tallies::take(const ValuesRow& row, const std::vector<std::string>& codes) {
  for (const std::string& code : codes) one(code, row.shown(code), false);
}

void Tallies::add(const ValuesRow& row) {
  for (const auto& [code, entry] : row.entries) one(code, &entry, true);
}

void Tallies::take(const ValuesRow& row) {
  for (const auto& [code, entry] : row.entries) one(code, &entry, false);
}

const Tally& Tallies::of(std::string_view code) const {
  static const Tally kNobody;
  auto it = all_.find(code);
  return it == all_.end() ? kNobody : it->second;
}

}  // namespace weir::tags
