#pragma once
// Sends batches over keep-alive connections and measures how long each acknowledgement takes.

#include "bench/load/bodies.h"

namespace weir::bench {

struct LoadOptions {
  Address server;
  BodyOptions bodies;
  int connections = 16;
  double seconds = 10;
  double rate = 0;        // events per second; 0 = every connection sends as soon as it may
  uint64_t first_id = 1;  // of the message ids; a second run against one server needs others
};

/// Prints one JSON object. A 429 is counted and its batch sent again after a second, as the answer
/// asks. Returns the exit code: 1 when an answer was neither 200 nor 429.
int run_load(const LoadOptions& options);

}  // namespace weir::bench
