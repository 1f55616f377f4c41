#pragma once
// An ErasureSink that only remembers; the test says what is done.

#include "ports/erasure.h"

#include <utility>
#include <vector>

namespace weir::testing {

class RecordingErasureSink : public ErasureSink {
 public:
  void submit(uint64_t request, std::vector<PersonalKey> keys) override {
    submitted.emplace_back(request, std::move(keys));
  }
  std::vector<uint64_t> take_done() override { return std::exchange(done, {}); }

  std::vector<std::pair<uint64_t, std::vector<PersonalKey>>> submitted;
  std::vector<uint64_t> done;
};

}  // namespace weir::testing
