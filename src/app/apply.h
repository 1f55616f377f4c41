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
  bool dry_run = false;  // print what would change, change nothing
};

/// DIR/identity.yaml (the rules of identity), then files DIR/<kind>/<id>.json or .yaml; kinds in
/// dependency order: lists, templates, coupons, budgets, segments, tags, journeys, questions,
/// boards. Prints what differs from the server first, then a line each; 1 when one was refused, and
/// goes on with the others.
int run_apply(const ApplyOptions& options, Env& env);

}  // namespace weir::app
