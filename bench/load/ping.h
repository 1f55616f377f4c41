#pragma once
// Single events at a steady pace, one for each person of a list, with the instant each was written.

#include "bench/load/http_peer.h"

namespace weir::bench {

struct PingOptions {
  Address server;
  std::string write_key, event = "bench_ping";
  std::string people_file;  // one user id a line
  std::string run;          // part of the message ids
  double per_second = 50;
  int connections = 8;
};

/// Prints one line for each event: user id, wall clock (µs) of the write, µs until the
/// acknowledgement, times it had to be sent again.
int run_pings(const PingOptions& options);

}  // namespace weir::bench
