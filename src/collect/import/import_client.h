#pragma once
// `weir import`: reads a file, maps its rows, and sends them to a running server, the only writer.

#include "base/env.h"

#include <functional>
#include <string>
#include <string_view>

namespace weir::collect {

struct ImportOptions {
  std::string file;
  std::string feed;     // "events", "orders", "profiles" (--as)
  std::string mapping;  // path of a YAML or JSON file; empty = columns by their usual names
  std::string server = "http://127.0.0.1:8420";
  std::string token;
  bool dry_run = false;
  bool row_by_row = false;  // a record of each row also where chunks would do
  bool json = false;        // the result as JSON instead of text
  /// Where text goes; standard output and standard error when empty.
  std::function<void(std::string_view)> print, progress;
};

/// Exit code: 0 every row is accounted for, 1 the import stopped (start it again: it resumes), 2
/// bad arguments, file or mapping. Blocks until done. A dry run counts first and writes nothing.
int run_import(const ImportOptions& options, Env& env);

}  // namespace weir::collect
