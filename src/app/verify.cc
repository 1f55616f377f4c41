#include "app/verify.h"

#include "adapters/embedded/behaviour/behaviour.h"
#include "adapters/embedded/log/event_log.h"
#include "adapters/embedded/state/state_store.h"
#include "base/json.h"

#include <fmt/format.h>

namespace weir::app {
namespace {

json::object check_log(Env& env, const std::string& dir, int& findings) {
  auto report = embedded::verify_log_dir(env.files(), dir);
  if (!report) {
    ++findings;
    return {{"part", "log"}, {"ok", false}, {"error", report.error().message}};
  }
  return {{"part", "log"},          {"ok", true},
          {"files", report->files}, {"records", report->records},
          {"begin", report->begin}, {"end", report->end},
          {"bytes", report->bytes}, {"torn_bytes", report->torn_bytes}};
}

json::object check_store(const std::string& part, const std::string& dir, embedded::RocksMode mode,
                         int& findings) {
  auto store = embedded::open_rocks_state_store(dir, mode);
  Status checked = store ? (*store)->verify() : Status(std::unexpected<Error>(store.error()));
  if (checked) return {{"part", part}, {"ok", true}};
  ++findings;
  return {{"part", part}, {"ok", false}, {"error", checked.error().message}};
}

json::object check_behaviour(Env& env, const std::string& dir, int& findings) {
  Status checked = embedded::verify_behaviour_dir(env.files(), dir);
  if (checked) return {{"part", "behaviour"}, {"ok", true}};
  ++findings;
  return {{"part", "behaviour"}, {"ok", false}, {"error", checked.error().message}};
}

}  // namespace

int run_verify(const VerifyOptions& options, Env& env) {
  if (!env.files().exists(options.data)) {
    fmt::print(stderr, "weir verify: data directory \"{}\" does not exist\n", options.data);
    return 1;
  }
  int findings = 0;
  json::array parts;
  parts.push_back(check_log(env, options.data + "/log", findings));
  parts.push_back(
      check_store("state", options.data + "/state", embedded::RocksMode::FoldState, findings));
  parts.push_back(
      check_store("vault", options.data + "/vault", embedded::RocksMode::Synced, findings));
  parts.push_back(check_behaviour(env, options.data + "/behaviour", findings));
  if (options.json) {
    fmt::print("{}\n", json::to_text(json::object{{"ok", findings == 0}, {"parts", parts}}));
  } else {
    for (const json::value& part : parts) fmt::print("{}\n", json::to_text(part));
  }
  return findings == 0 ? 0 : 1;
}

}  // namespace weir::app
