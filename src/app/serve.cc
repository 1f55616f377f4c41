#include "app/serve.h"

#include "app/application.h"
#include "app/config.h"
#include "base/http_server.h"
#include "base/log.h"
#include "base/signals.h"

#include <fmt/format.h>

namespace weir::app {
namespace {

Result<Config> read_options(const ServeOptions& options, Env& env) {
  Config config;
  if (!options.config.empty()) {
    WEIR_TRY(config, load_config(env.files(), options.config));
  }
  if (!options.data.empty()) config.data_dir = options.data;
  if (!options.listen.empty()) WEIR_CHECK_OK(parse_listen(options.listen, config));
  if (options.dev) apply_dev(config);
  if (config.root_key_file.empty()) config.root_key_file = config.data_dir + ".key";
  return config;
}

void announce(const Application& application, const Config& config, uint16_t port) {
  fmt::print("Weir listens on http://{}:{}\n", config.host, port);
  if (!application.first_password().empty()) {
    fmt::print("first sign-in: user admin, password {}  (shown only now)\n",
               application.first_password());
  }
  std::fflush(stdout);
}

Status serve(const ServeOptions& options, Env& env) {
  WEIR_TRY(Config config, read_options(options, env));
  log::configure(config.log_level, config.log_file);
  WEIR_TRY(auto application, Application::open(env, config));
  HttpServerOptions http;
  http.host = config.host;
  http.port = config.port;
  http.threads = config.http_threads;
  http.connections_per_address_max = config.connections_per_address;
  http.uncounted_addresses = config.caller_limits.trusted_proxies;
  WEIR_TRY(auto server, HttpServer::open(http, application->handler()));
  announce(*application, config, server->port());
  WEIR_CHECK_OK(application->start([] { log::info("live"); }));
  wait_for_termination();
  log::info("stopping");
  server->stop(10 * kSecondMs);
  return application->stop();
}

}  // namespace

int run_serve(const ServeOptions& options, Env& env) {
  Status done = serve(options, env);
  if (done) return 0;
  fmt::print(stderr, "weir: {}\n", done.error().message);
  return 1;
}

}  // namespace weir::app
