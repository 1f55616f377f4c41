#pragma once
// `weir import`: the command line of collect's import client.

#include "base/env.h"

#include <string>

namespace weir::app {

struct ImportCommand {
  std::string file, as, mapping;
  std::string server = "http://127.0.0.1:8420";
  std::string token = "dev";
  bool dry_run = false, json = false;
};

int run_import_command(const ImportCommand& command, Env& env);

}  // namespace weir::app
