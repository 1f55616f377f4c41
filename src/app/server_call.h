#pragma once
// One call from a command-line tool to a running server; waits for the answer.

#include "base/env.h"
#include "base/json.h"

#include <string>

namespace weir::app {

struct ServerCall {
  std::string server, token;
};

/// The JSON answer, or the server's own error.
Result<json::value> call_server(const ServerCall& server, Env& env, std::string method,
                                const std::string& path, std::string body);

}  // namespace weir::app
