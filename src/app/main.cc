// The command line of weir. Each sub-command is one function elsewhere; here are only its options.

#include "app/apply.h"
#include "app/query.h"
#include "app/serve.h"
#include "app/verify.h"
#include "base/real_env.h"
#include "base/signals.h"
#include "collect/collect.h"

#include <CLI/CLI.hpp>

#include <functional>

namespace weir::app {
namespace {

void add_server_options(CLI::App& command, std::string& server, std::string& token) {
  command.add_option("--server", server, "address of the running server")->capture_default_str();
  command.add_option("--token", token, "bearer token")
      ->envname("WEIR_TOKEN")
      ->capture_default_str();
}

int run(int argc, char** argv) {
  CLI::App weir{"Weir (堰): growth platform for private-domain traffic"};
  weir.require_subcommand(1);
  auto env = make_real_env();
  std::function<int()> action;

  ServeOptions serve;
  auto* c = weir.add_subcommand("serve", "run the server");
  c->add_option("--config", serve.config, "configuration file (conf/weir.example.yaml)");
  c->add_option("--data", serve.data, "data directory");
  c->add_option("--listen", serve.listen, "HOST:PORT, default 127.0.0.1:8420");
  c->add_flag("--dev", serve.dev, "loopback only, write key \"dev\", bearer token \"dev\"");
  c->callback([&] { action = [&] { return run_serve(serve, *env); }; });

  collect::ImportOptions import;
  import.token = "dev";
  c = weir.add_subcommand("import",
                          "import a file of events, orders or profiles into a running server");
  c->add_option("file", import.file, "CSV, TSV or JSONL, also .gz")->required();
  c->add_option("--as", import.feed, "events, orders or profiles")->required();
  c->add_option("--mapping", import.mapping, "column mapping, YAML or JSON");
  c->add_flag("--dry-run", import.dry_run, "count new, merged and rejected; write nothing");
  c->add_flag("--row-by-row", import.row_by_row,
              "a log record of each row, also where many rows could share one (slower)");
  c->add_flag("--json", import.json, "print JSON");
  add_server_options(*c, import.server, import.token);
  c->callback([&] { action = [&] { return collect::run_import(import, *env); }; });

  QueryOptions query;
  c = weir.add_subcommand("query", "ask one analytics question of a running server");
  c->add_option("file", query.file, "JSON file, or - for standard input")->required();
  add_server_options(*c, query.server, query.token);
  c->callback([&] { action = [&] { return run_query(query, *env); }; });

  ApplyOptions apply;
  c = weir.add_subcommand("apply", "put the definitions of a directory to a running server");
  c->add_option("dir", apply.dir, "directory with lists/, templates/, segments/ …")->required();
  c->add_flag("--json", apply.json, "print JSON");
  c->add_flag("--dry-run", apply.dry_run, "print what would change, change nothing");
  add_server_options(*c, apply.server, apply.token);
  c->callback([&] { action = [&] { return run_apply(apply, *env); }; });

  VerifyOptions verify;
  c = weir.add_subcommand("verify", "read a stopped server's data back and check every checksum");
  c->add_option("--data", verify.data, "data directory")->capture_default_str();
  c->add_flag("--json", verify.json, "print JSON");
  c->callback([&] { action = [&] { return run_verify(verify, *env); }; });

  CLI11_PARSE(weir, argc, argv);
  return action();
}

}  // namespace
}  // namespace weir::app

int main(int argc, char** argv) {
  weir::block_termination_signals();
  return weir::app::run(argc, argv);
}
