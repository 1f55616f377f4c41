#pragma once
// The composition root: every object of the program, built by hand, in order (application.cc is the
// map of the program). Used by `weir serve` and, over a SimEnv, by whole-program tests.

#include "app/config.h"
#include "base/env.h"
#include "base/http.h"

#include <functional>
#include <memory>
#include <string>

namespace weir::app {

class Application {
 public:
  /// Opens the data directory and recovers; nothing is served yet. `env` outlives the application.
  static Result<std::unique_ptr<Application>> open(Env& env, const Config& config);
  virtual ~Application() = default;

  /// Replays the log, goes live, starts the connectors. `on_live` runs once the folds are live.
  virtual Status start(std::function<void()> on_live) = 0;
  /// Takes requests from the moment open() returned; before going live /readyz answers 503.
  virtual HttpHandler handler() = 0;
  /// No new sends, last checkpoint, files closed. Call after the HTTP server has stopped.
  virtual Status stop() = 0;

  /// Password of "admin" when this start created it; empty otherwise.
  virtual const std::string& first_password() const = 0;
};

}  // namespace weir::app
