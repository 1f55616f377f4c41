#pragma once
// `weir apply DIR`: definitions kept as files in git, put to a running server.

#include "base/env.h"

#include <string>

namespace weir::app {

struct ApplyOptions {
  std::string dir;
  std::string server = "http://127.0.0.1:8420";
  std::string token = "dev";
  bool json = false;
};

/// Files DIR/<kind>/<id>.json or .yaml; kinds in dependency order: lists, templates, coupons,
/// budgets, segments, tags, journeys, questions, boards. Prints a line each; 1 when one was
/// refused, and goes on with the others.
int run_apply(const ApplyOptions& options, Env& env);

}  // namespace weir::app
