#pragma once
// Answers to the questions of model/query_lookalike.h.

#include "model/ids.h"

#include <cstdint>
#include <string>
#include <vector>

namespace weir {

struct LookalikeSample {
  std::vector<std::string> features;  // "stage.new", "rfm.r", "tag.vip=高", "event.view"
  /// The seeds, and of the others five times as many, drawn by hash. Ascending.
  std::vector<ProfileOrdinal> people;
  std::vector<bool> seed;   // as people
  std::vector<float> rows;  // one row of features a person
  uint64_t seeds = 0;       // that have a row: test and staff have none
  uint64_t candidates = 0;  // everybody else with consent
  uint64_t events_scanned = 0;
};

struct LookalikePeople {
  std::vector<ProfileOrdinal> people;  // ascending
  uint64_t events_scanned = 0;
};

}  // namespace weir
