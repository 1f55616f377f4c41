#include "app/apply.h"

#include "app/server_call.h"
#include "base/config_file.h"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

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

/// One definition of the directory, and what the server has of it.
struct Item {
  std::string kind, file;
  std::string path;  // of the API
  json::value body;
  std::vector<std::string> changes;  // a line each
  bool is_new = false;
  bool unknown = false;  // the server does not show this kind
  Status state;
};

std::string shown(const json::value& v) {
  constexpr size_t kShown = 60;
  std::string text = json::to_text(v);
  if (text.size() <= kShown) return text;
  size_t end = kShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

/// Fields of the file that the server has otherwise. Fields that it does not show are left out.
void compare(const json::object& current, Item& item) {
  for (const auto& field : item.body.get_object()) {
    std::string_view key(field.key().data(), field.key().size());
    const json::value* now = json::find(current, key);
    if (now == nullptr || *now == field.value()) continue;
    item.changes.push_back(fmt::format("{}: {} → {}", key, shown(*now), shown(field.value())));
  }
}

/// The definition called `id` in the server's answer, which holds one list of them.
const json::object* find_in(const json::value& answer, const std::string& id) {
  if (!answer.is_object()) return nullptr;
  for (const auto& field : answer.get_object()) {
    if (!field.value().is_array()) continue;
    for (const json::value& one : field.value().get_array()) {
      if (!one.is_object()) continue;
      for (const char* key : {"id", "code"}) {
        if (json::optional_string(one.get_object(), key) == id) return &one.get_object();
      }
    }
  }
  return nullptr;
}

void plan_kind(const ApplyOptions& options, Env& env, const std::string& kind,
               std::vector<Item>& items) {
  auto files = env.files().list(options.dir + "/" + kind);
  if (!files) return;  // a kind without a folder has no definitions
  auto list = call_server({options.server, options.token}, env, "GET", "/api/" + kind, "");
  for (const std::string& file : *files) {
    if (!file.ends_with(".json") && !file.ends_with(".yaml")) continue;
    std::string id = file.substr(0, file.rfind('.'));
    Item& item = items.emplace_back();
    item.kind = kind;
    item.file = file;
    item.path = fmt::format("/api/{}/{}", kind, id);
    auto body = read_definition(env.files(), fmt::format("{}/{}/{}", options.dir, kind, file));
    item.unknown = !list && list.error().code == ErrorCode::NotFound;
    if (!list && !item.unknown) {
      item.state = std::unexpected<Error>(list.error());
    } else if (!body) {
      item.state = std::unexpected<Error>(body.error());
    } else if (!body->is_object()) {
      item.state = fail(ErrorCode::InvalidArgument, "the file is not a definition");
    }
    if (!item.state) continue;
    item.body = *std::move(body);
    if (item.unknown) continue;
    const json::object* current = find_in(*list, id);
    item.is_new = current == nullptr;
    if (current != nullptr) compare(*current, item);
  }
}

/// DIR/identity.yaml, DIR/traits.yaml: the server itself says what would change.
void plan_whole(const ApplyOptions& options, Env& env, const std::string& kind,
                const std::string& path, std::vector<Item>& items) {
  for (const std::string& file : {kind + ".yaml", kind + ".json"}) {
    auto body = read_definition(env.files(), fmt::format("{}/{}", options.dir, file));
    if (!body && body.error().code == ErrorCode::NotFound) continue;
    Item& item = items.emplace_back();
    item.kind = kind;
    item.file = file;
    item.path = path;
    if (!body) {
      item.state = std::unexpected<Error>(body.error());
      continue;
    }
    item.body = *std::move(body);
    auto answer = call_server({options.server, options.token}, env, "PUT",
                              item.path + "?dry_run=true", json::to_text(item.body));
    if (!answer) {
      item.state = std::unexpected<Error>(answer.error());
      continue;
    }
    for (const json::value& change : answer->at("changes").as_array()) {
      const json::object& c = change.as_object();
      item.changes.push_back(fmt::format("{}: {} → {}", json::optional_string(c, "field"),
                                         shown(c.at("before")), shown(c.at("after"))));
    }
  }
}

void print_plan(const std::vector<Item>& items) {
  for (const Item& item : items) {
    std::string_view what = "same";
    if (!item.state) {
      what = "refused";
    } else if (item.unknown) {
      what = "the server does not show these";
    } else if (item.is_new) {
      what = "new";
    } else if (!item.changes.empty()) {
      what = "changed";
    }
    fmt::print("{:<10} {:<28} {}\n", item.kind, item.file, what);
    for (const std::string& change : item.changes) fmt::print("           {}\n", change);
  }
}

int put_all(const ApplyOptions& options, Env& env, std::vector<Item>& items) {
  int refused = 0;
  for (Item& item : items) {
    if (item.state && !options.dry_run) {
      auto answer = call_server({options.server, options.token}, env, "PUT", item.path,
                                json::to_text(item.body));
      if (!answer) item.state = std::unexpected<Error>(answer.error());
    }
    if (!item.state) ++refused;
  }
  return refused;
}

void print_results(const ApplyOptions& options, const std::vector<Item>& items) {
  json::array results;
  for (const Item& item : items) {
    std::string result = !item.state       ? item.state.error().message
                         : options.dry_run ? "not saved"
                                           : "saved";
    if (!options.json) {
      if (!item.state || !options.dry_run) {
        fmt::print("{:<10} {:<28} {}\n", item.kind, item.file, result);
      }
      continue;
    }
    json::array changes;
    for (const std::string& change : item.changes) changes.push_back(json::value(change));
    results.push_back(json::object{{"kind", item.kind},
                                   {"file", item.file},
                                   {"new", item.is_new},
                                   {"changes", std::move(changes)},
                                   {"result", result}});
  }
  if (options.json) fmt::print("{}\n", json::to_text(json::object{{"applied", results}}));
}

}  // namespace

int run_apply(const ApplyOptions& options, Env& env) {
  std::vector<Item> items;
  plan_whole(options, env, "identity", "/api/identity/rules", items);
  plan_whole(options, env, "traits", "/api/traits", items);
  for (const char* kind : kKinds) plan_kind(options, env, kind, items);
  if (!options.json) print_plan(items);
  int refused = put_all(options, env, items);
  print_results(options, items);
  return refused == 0 ? 0 : 1;
}

}  // namespace weir::app
