// weir_bench_sql: runs the named blocks of an SQL file inside DuckDB or ClickHouse. Every block
// runs in a child process, so that its memory is its own; one first run, then warm ones. Prints one
// JSON object for each block; a block that fails says so and the next one runs.

#include "bench/rivals/engines.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace weir::bench {
namespace {

struct Options {
  std::string engine, library, database, file, out;
  std::vector<std::string> only, set;
  int runs = 5, threads = 2;
};

struct Block {
  std::string name, sql;
};

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

// A block begins with "-- name: x"; other comments are dropped; {name} is filled from --set.
std::vector<Block> read_blocks(const Options& options) {
  std::vector<Block> blocks;
  std::ifstream file(options.file);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("-- name: ")) {
      blocks.push_back({line.substr(9), ""});
    } else if (!blocks.empty() && !line.starts_with("--")) {
      blocks.back().sql += line + "\n";
    }
  }
  for (Block& block : blocks) {
    for (const std::string& pair : options.set) {
      size_t equals = pair.find('=');
      replace_all(block.sql, "{" + pair.substr(0, equals) + "}", pair.substr(equals + 1));
    }
    while (!block.sql.empty() && std::string_view(" ;\n").contains(block.sql.back())) {
      block.sql.pop_back();
    }
  }
  return blocks;
}

std::vector<std::string> statements_of(const std::string& sql) {
  std::vector<std::string> out;
  for (size_t from = 0; from < sql.size();) {
    size_t to = std::min(sql.find(";\n", from), sql.size());
    out.push_back(sql.substr(from, to - from));
    from = to + 2;
  }
  return out;
}

std::vector<std::string> sorted_rows(const std::string& csv) {
  std::vector<std::string> rows;
  std::stringstream lines(csv);
  for (std::string line; std::getline(lines, line);) {
    std::erase(line, '"');
    rows.push_back(line);
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

long peak_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::atol(line.c_str() + 6) / 1024;
  }
  return 0;
}

class BlockRun {
 public:
  BlockRun(const Options& options, const Block& block) : options_(options), block_(block) {
    bool duck = options.engine == "duckdb";
    engine_ = duck ? open_duckdb(options.library, options.database)
                   : open_clickhouse(options.library, options.database);
    must(engine_->set_threads(options.threads));
  }

  void run() {
    bool asks = block_.sql.starts_with("SELECT") || block_.sql.starts_with("WITH");
    std::vector<std::string> statements = statements_of(block_.sql);
    if (asks && statements.size() == 1) statements[0] = engine_->as_text(statements[0]);
    double first = once(statements);
    std::vector<double> warm;
    for (int i = 0; i < options_.runs; ++i) warm.push_back(once(statements));
    std::sort(warm.begin(), warm.end());
    if (warm.empty()) warm.push_back(first);
    std::vector<std::string> rows = sorted_rows(csv_);
    fmt::print(
        R"({{"engine":"{}","query":"{}","threads":{},"first_ms":{:.3f},"median_ms":{:.3f},"min_ms":{:.3f},)"
        R"("max_ms":{:.3f},"peak_mib":{},"rows":{}}})"
        "\n",
        options_.engine, block_.name, options_.threads, first, warm[warm.size() / 2], warm.front(),
        warm.back(), peak_mib(), rows.size());
    std::fflush(stdout);
    if (options_.out.empty()) return;
    std::ofstream file(fmt::format("{}/{}.{}.csv", options_.out, options_.engine, block_.name));
    for (const std::string& row : rows) file << row << "\n";
  }

  // ClickHouse as a library may hang while it unloads: only DuckDB is closed, which it needs.
  void close() {
    if (options_.engine == "duckdb") engine_.reset();
  }

 private:
  void must(const std::string& sql) {
    std::string error;
    if (engine_->run(sql, csv_, error)) return;
    fmt::print(stderr, "bench: {} {}: {}\n", options_.engine, block_.name, error.substr(0, 1500));
    ::_exit(4);
  }

  double once(const std::vector<std::string>& statements) {
    auto began = std::chrono::steady_clock::now();
    for (const std::string& sql : statements) must(sql);
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began)
        .count();
  }

  const Options& options_;
  const Block& block_;
  std::unique_ptr<SqlEngine> engine_;
  std::string csv_;
};

bool run_in_child(const Options& options, const Block& block) {
  std::fflush(stdout);
  pid_t child = ::fork();
  if (child == 0) {
    BlockRun run(options, block);
    run.run();
    run.close();
    std::fflush(stdout);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0;
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app("Runs named SQL blocks inside DuckDB or ClickHouse.");
  app.add_option("--engine", options.engine)
      ->required()
      ->check(CLI::IsMember({"duckdb", "clickhouse"}));
  app.add_option("--library", options.library)->required()->check(CLI::ExistingFile);
  app.add_option("--database", options.database)->required();
  app.add_option("--file", options.file)->required()->check(CLI::ExistingFile);
  app.add_option("--only", options.only, "names of blocks, in this order")->delimiter(',');
  app.add_option("--set", options.set, "NAME=VALUE for {NAME} in the blocks");
  app.add_option("--out", options.out, "folder of the result files");
  app.add_option("--runs", options.runs, "warm runs; 0 = only the first");
  app.add_option("--threads", options.threads);
  CLI11_PARSE(app, argc, argv);
  std::vector<Block> blocks = read_blocks(options);
  bool all = true;
  for (const std::string& name : options.only) {
    auto found = std::ranges::find(blocks, name, &Block::name);
    if (found == blocks.end()) {
      fmt::print(stderr, "bench: {} has no block {}\n", options.file, name);
      return 2;
    }
    all = run_in_child(options, *found) && all;
  }
  return all ? 0 : 1;
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  return weir::bench::run(argc, argv);
}
