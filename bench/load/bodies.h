#pragma once
// Requests of 100 events of a mini program and its shop, written out before the clock starts. Only
// the message ids change from one use of a request to the next: they have a fixed width and are
// stamped into the text in place, so that no event is a duplicate and nothing is built while time
// is measured.

#include "bench/load/http_peer.h"

#include <cstdint>
#include <string>
#include <vector>

namespace weir::bench {

inline constexpr int kBatchEvents = 100;

struct BodyOptions {
  std::string write_key;
  uint32_t people = 100000;  // who the events are of; few are very active, most are not
  uint64_t seed = 1;
  int64_t time_ms = 0;  // event time of all of them
};

class PreparedRequest {
 public:
  PreparedRequest(const Address& address, const BodyOptions& options, uint64_t number);
  /// Gives its events the message ids `first` … `first` + 99.
  void stamp(uint64_t first);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::vector<size_t> holes_;  // where the digits of each message id begin
};

}  // namespace weir::bench
