#include "pipeline/dead_letters.h"

#include "pipeline/keys.h"
#include "ports/resident_table.h"

namespace weir::pipeline {

void DeadLetters::add(Position position, const std::string& reason) {
  std::string& known = reasons_[position];
  if (known.find(reason) != std::string::npos) return;
  known += (known.empty() ? "" : "; ") + reason;
  changed_.insert(position);
  if (reasons_.size() <= kKeptMax) return;
  changed_.insert(reasons_.begin()->first);
  reasons_.erase(reasons_.begin());
}

std::vector<DeadLetter> DeadLetters::list() const {
  std::vector<DeadLetter> out;
  for (const auto& [position, reason] : reasons_) out.push_back({position, reason});
  return out;
}

Status DeadLetters::load(const StateStore& store) {
  auto visit = [&](std::string_view key, std::string_view reason) {
    uint64_t high = parse_ordinal_key(key.substr(2, 4)), low = parse_ordinal_key(key.substr(6));
    reasons_[high << 32 | low] = std::string(reason);
    return true;
  };
  return store.scan(pipeline_key(kDeadLetterRow), visit);
}

void DeadLetters::save(WriteBatch& batch) {
  for (Position position : changed_) {
    std::string key = pipeline_key(kDeadLetterRow) + ordinal_key(position);
    auto it = reasons_.find(position);
    if (it == reasons_.end()) {
      batch.erase(std::move(key));
    } else {
      batch.put(std::move(key), it->second);
    }
  }
  changed_.clear();
}

}  // namespace weir::pipeline
