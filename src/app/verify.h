#pragma once
// `weir verify`: offline check of a data directory. Nothing is changed or repaired.

#include "base/env.h"

#include <string>

namespace weir::app {

struct VerifyOptions {
  std::string data = "data";
  bool json = false;
};

/// 0 when everything reads back, 1 with one line per finding otherwise.
int run_verify(const VerifyOptions& options, Env& env);

}  // namespace weir::app
