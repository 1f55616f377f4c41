// weir-sandbox: plays the vendors and their people over HTTP (src/sandbox/README.md).
#include "base/http_server.h"
#include "base/log.h"
#include "base/real_env.h"
#include "sandbox/sandbox.h"

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

namespace weir::sandbox {
namespace {

Status load_profile(FileSystem& files, const std::string& path, Profile& profile) {
  if (path.empty()) return {};
  WEIR_TRY(std::string text, files.read_all(path));
  WEIR_TRY(json::value parsed, json::parse(text));
  WEIR_TRY(const json::object* fields, json::as_object(parsed, "profile"));
  return change_profile(profile, *fields);
}

struct Listen {
  std::string host = "127.0.0.1";
  uint16_t port = 8430;
};

Result<Listen> parse_listen(const std::string& text) {
  size_t colon = text.rfind(':');
  int port = colon == std::string::npos ? 0 : std::atoi(text.c_str() + colon + 1);
  if (port <= 0 || port > 65535) {
    return fail(ErrorCode::InvalidArgument, "--listen is \"" + text + "\"; write HOST:PORT");
  }
  return Listen{text.substr(0, colon), static_cast<uint16_t>(port)};
}

// Signals are taken by waiting for them: no handler runs anywhere.
void wait_for_end() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  int signal = 0;
  sigwait(&ends, &signal);
}

void block_end_signals() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
}

int run(SandboxOptions options, const std::string& listen_text) {
  auto listen = parse_listen(listen_text);
  if (!listen) {
    std::fprintf(stderr, "weir-sandbox: %s\n", listen.error().message.c_str());
    return 1;
  }
  block_end_signals();  // before any thread starts, so that all of them inherit it
  std::unique_ptr<Env> env = make_real_env();
  Sandbox sandbox(*env, std::move(options));
  HttpServerOptions server;
  server.host = listen->host;
  server.port = listen->port;
  server.threads = 1;
  auto opened = HttpServer::open(server, sandbox.handler());
  if (!opened) {
    std::fprintf(stderr, "weir-sandbox: %s\n", opened.error().message.c_str());
    return 1;
  }
  sandbox.start();
  log::info("sandbox_listens", {{"host", listen->host}, {"port", (*opened)->port()}});
  wait_for_end();
  sandbox.stop();
  (*opened)->stop(kSecondMs);
  return 0;
}

}  // namespace
}  // namespace weir::sandbox

int main(int argc, char** argv) {
  weir::sandbox::SandboxOptions options;
  std::string listen = "127.0.0.1:8430", profile_path, mode = "secure";
  double rate = options.profile.rate;
  bool calm = false;
  CLI::App app("Plays WeChat, WeCom and an SMS platform, and the people who use them.");
  app.add_option("--listen", listen, "HOST:PORT of the vendors' APIs and of /_sandbox");
  app.add_option("--weir", options.weir_url, "base URL of Weir");
  app.add_option("--people", options.people, "number of simulated people");
  app.add_option("--staff", options.staff, "number of members who sell");
  app.add_option("--seed", options.seed, "the same seed plays the same people");
  app.add_option("--rate", rate, "actions of people per second; 0 = only on command");
  app.add_option("--write-key", options.write_key, "public key of the mini program");
  app.add_option("--server-key", options.server_key, "server key of the shop");
  app.add_option("--instance", options.instance, "callbacks go to /webhooks/<kind>/<instance>");
  app.add_option("--profile", profile_path, "JSON file of limits, delays, faults and habits");
  app.add_option("--wechat-mode", mode, "plain, compatible or secure")
      ->check(CLI::IsMember({"plain", "compatible", "secure"}));
  app.add_flag("--calm", calm, "no faults, fixed delays: for tests that count");
  CLI11_PARSE(app, argc, argv);
  if (calm) options.profile = weir::sandbox::calm_profile();
  auto env = weir::make_real_env();
  if (auto loaded = weir::sandbox::load_profile(env->files(), profile_path, options.profile);
      !loaded) {
    std::fprintf(stderr, "weir-sandbox: %s\n", loaded.error().message.c_str());
    return 1;
  }
  if (!calm || app.count("--rate") > 0) options.profile.rate = rate;
  using weir::sandbox::PushMode;
  options.wechat_mode = mode == "plain"        ? PushMode::Plain
                        : mode == "compatible" ? PushMode::Compatible
                                               : PushMode::Secure;
  while (options.weir_url.ends_with('/')) options.weir_url.pop_back();
  return weir::sandbox::run(std::move(options), listen);
}
