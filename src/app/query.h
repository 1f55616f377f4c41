#pragma once
// `weir query`: one analytics question (docs/reference/query.md) to a running server.

#include "base/env.h"

#include <string>

namespace weir::app {

struct QueryOptions {
  std::string file;
  std::string server = "http://127.0.0.1:8420";
  std::string token = "dev";
};

int run_query(const QueryOptions& options, Env& env);

}  // namespace weir::app
