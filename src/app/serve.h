#pragma once
// `weir serve`: loads the configuration, builds the application, runs until SIGTERM or SIGINT.

#include "base/env.h"

#include <string>

namespace weir::app {

struct ServeOptions {
  std::string config, data, listen;  // empty = from the configuration, else its default
  bool dev = false;
};

int run_serve(const ServeOptions& options, Env& env);

}  // namespace weir::app
