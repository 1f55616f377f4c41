#pragma once
// Records that could not be folded, or not by every fold: kept by position, so that they can be
// looked at and folded again once the cause is repaired. The bytes stay in the log; nothing
// personal is here.

#include "model/ids.h"
#include "ports/state_store.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace weir::pipeline {

struct DeadLetter {
  Position position = 0;
  std::string reason;  // "undecodable", "fold tags threw"
};

class DeadLetters {
 public:
  /// A fold that throws at every record must not fill the disk: beyond, the oldest are forgotten.
  static constexpr size_t kKeptMax = 10'000;

  Status load(const StateStore& store);
  void save(WriteBatch& batch);
  void add(Position position, const std::string& reason);
  std::vector<DeadLetter> list() const;

 private:
  std::map<Position, std::string> reasons_;
  std::set<Position> changed_;
};

}  // namespace weir::pipeline
