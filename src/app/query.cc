#include "app/query.h"

#include "app/server_call.h"

#include <fmt/format.h>

#include <iostream>
#include <iterator>

namespace weir::app {

int run_query(const QueryOptions& options, Env& env) {
  Result<std::string> text =
      options.file == "-"
          ? Result<std::string>(std::string(std::istreambuf_iterator<char>(std::cin), {}))
          : env.files().read_all(options.file);
  if (!text) {
    fmt::print(stderr, "weir query: {}\n", text.error().message);
    return 1;
  }
  auto answer = call_server({options.server, options.token}, env, "POST", "/api/query", *text);
  if (!answer) {
    fmt::print(stderr, "weir query: {}\n", answer.error().message);
    return 1;
  }
  fmt::print("{}\n", json::to_text(*answer));
  return 0;
}

}  // namespace weir::app
