#include "app/apply.h"

#include "app/server_call.h"
#include "base/config_file.h"

#include <fmt/format.h>

#include <array>
#include <cstdio>

namespace weir::app {
namespace {

constexpr std::array kKinds = {"lists", "templates", "coupons",   "budgets", "segments",
                               "tags",  "journeys",  "questions", "boards"};

Result<json::value> read_definition(FileSystem& files, const std::string& path) {
  if (path.ends_with(".yaml")) {
    WEIR_TRY(ConfigFile file, ConfigFile::load(files, path));
    return file.root();
  }
  WEIR_TRY(std::string text, files.read_all(path));
  return json::parse(text);
}

Status apply_file(const ApplyOptions& options, Env& env, const std::string& kind,
                  const std::string& file) {
  std::string id = file.substr(0, file.rfind('.'));
  WEIR_TRY(json::value body,
           read_definition(env.files(), fmt::format("{}/{}/{}", options.dir, kind, file)));
  auto answer = call_server({options.server, options.token}, env, "PUT",
                            fmt::format("/api/{}/{}", kind, id), json::to_text(body));
  if (!answer) return std::unexpected<Error>(answer.error());
  return {};
}

}  // namespace

int run_apply(const ApplyOptions& options, Env& env) {
  int refused = 0;
  json::array results;
  for (const char* kind : kKinds) {
    auto files = env.files().list(options.dir + "/" + kind);
    if (!files) continue;  // a kind without a folder has no definitions
    for (const std::string& file : *files) {
      if (!file.ends_with(".json") && !file.ends_with(".yaml")) continue;
      Status done = apply_file(options, env, kind, file);
      if (!done) ++refused;
      std::string result = done ? "saved" : done.error().message;
      if (options.json) {
        results.push_back(json::object{{"kind", kind}, {"file", file}, {"result", result}});
      } else {
        fmt::print("{:<10} {:<28} {}\n", kind, file, result);
      }
    }
  }
  if (options.json) fmt::print("{}\n", json::to_text(json::object{{"applied", results}}));
  return refused == 0 ? 0 : 1;
}

}  // namespace weir::app
