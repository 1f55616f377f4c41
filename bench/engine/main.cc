// Loads generated events straight into the behaviour store and times questions over it. Prints one
// JSON object per line; bench/README.md says what the fields and the result files mean.

#include "adapters/embedded/behaviour/behaviour.h"
#include "adapters/embedded/behaviour/outside.h"
#include "adapters/memory/memory.h"
#include "analytics/analytics.h"
#include "base/real_env.h"
#include "bench/engine/people.h"
#include "bench/engine/questions.h"
#include "bench/gen_events.h"
#include "columnar/columnar.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>

namespace weir::bench {
namespace {

struct Options {
  uint32_t users = 500000;
  int threads = 2, runs = 5;
  std::string dir, csv, out;
  uint32_t head_rows = 1000000;
  bool bulk = false;
  std::string only;  // one question
  std::string ask;   // a file with one of one's own
};

double ms(int64_t us) {
  return static_cast<double>(us) / 1000.0;
}

template <class T>
T must(Result<T> result) {
  if (result) return *std::move(result);
  fmt::print(stderr, "bench: {}\n", result.error().message);
  std::exit(1);
}
void must(Status status) {
  if (status) return;
  fmt::print(stderr, "bench: {}\n", status.error().message);
  std::exit(1);
}

columnar::NewCell number_cell(const char* name, uint64_t value) {
  columnar::NewCell cell;
  cell.property = name;
  cell.type = columnar::CellType::Int;
  cell.bits = value;
  return cell;
}
columnar::NewCell text_cell(const char* name, std::string_view value) {
  columnar::NewCell cell;
  cell.property = name;
  cell.type = columnar::CellType::Text;
  cell.text = value;
  return cell;
}

void load(const Generated& data, const Options& options, Clock& clock, Executor* helper,
          columnar::Store& store) {
  std::vector<std::string> cities;
  for (int c = 0; c <= 300; ++c) cities.push_back("city_" + std::to_string(c));
  int64_t started = clock.monotonic_us();
  for (uint32_t u = 1; u < data.users.size(); ++u) store.assign(u, u);
  columnar::NewRow row;
  std::optional<columnar::BulkLoad> bulk;
  if (options.bulk) bulk.emplace(store, helper);
  uint64_t position = 0;
  for (const GeneratedEvent& e : data.events) {
    row.subject = e.user;
    row.time = int64_t{e.ts} * 1000;
    row.position = position++;
    row.event = event_name_of(e.event);
    row.cells.clear();
    row.cells.push_back(text_cell("channel", channel_name_of(e.channel)));
    row.cells.push_back(text_cell("platform", platform_name_of(e.platform)));
    row.cells.push_back(text_cell("city", cities[e.city]));
    row.cells.push_back(number_cell("store_id", e.store));
    if (e.campaign != 0) row.cells.push_back(number_cell("campaign_id", e.campaign));
    if (e.item != 0) row.cells.push_back(number_cell("item_id", e.item));
    if (e.amount != 0) row.cells.push_back(number_cell("amount_fen", e.amount));
    if (bulk) {
      must(bulk->append(row));
      continue;
    }
    store.append(row);
    if (store.head_rows() >= options.head_rows) must(store.seal(position));
  }
  must(bulk ? bulk->finish(position) : store.seal(position));
  int64_t sealed = clock.monotonic_us();
  while (must(store.merge_once())) {
  }
  int64_t merged = clock.monotonic_us();
  double rows = static_cast<double>(data.events.size());
  fmt::print(
      "{{\"phase\":\"load\",\"events\":{},\"users\":{},\"seconds\":{:.2f},\"merge_seconds\":{:.2f},"
      "\"rows_per_second\":{:.0f},\"disk_bytes\":{},\"bytes_per_event\":{:.2f},\"parts\":{}}}\n",
      data.events.size(), data.users.size() - 1, ms(sealed - started) / 1000,
      ms(merged - sealed) / 1000, rows / (ms(merged - started) / 1000), store.disk_bytes(),
      static_cast<double>(store.disk_bytes()) / rows, store.view().parts.size());
}

/// Runs a question once cold and `runs` times warm; `ask` writes the result rows of the last run.
template <class F>
void time_question(const char* name, const Options& options, Clock& clock, F&& ask) {
  std::vector<int64_t> times;
  std::vector<std::string> rows;
  for (int i = 0; i <= options.runs; ++i) {
    rows.clear();
    int64_t started = clock.monotonic_us();
    ask(rows);
    times.push_back(clock.monotonic_us() - started);
  }
  int64_t first = times[0];
  times.erase(times.begin());
  std::sort(times.begin(), times.end());
  fmt::print(
      "{{\"phase\":\"query\",\"label\":\"weir\",\"query\":\"{}\",\"threads\":{},\"first_ms\":{:.3f}"
      ","
      "\"median_ms\":{:.3f},\"min_ms\":{:.3f},\"max_ms\":{:.3f},\"rows\":{}}}\n",
      name, options.threads, ms(first), ms(times[times.size() / 2]), ms(times.front()),
      ms(times.back()), rows.size());
  std::fflush(stdout);
  if (options.out.empty()) return;
  std::ofstream file(options.out + "/weir." + name + ".csv");
  for (const std::string& row : rows) file << row << "\n";
}

/// Asks through JSON, as the API does.
class Asker {
 public:
  Asker(embedded::Behaviour& behaviour, const Options& options, Env& env)
      : behaviour_(behaviour),
        options_(options),
        env_(env),
        clock_(env.clock()),
        analyst_(behaviour, env, calendar_, {.keep_answers = false}) {}

  void run() {
    if (!options_.ask.empty()) return run_file();
    for (const Question& question : questions()) {
      if (!options_.only.empty() && options_.only != question.name) continue;
      json::value query = must(json::parse(question.json));
      time_question(question.name, options_, clock_, [&](auto& rows) {
        json::value answer = must(analyst_.answer(query));
        rows = question.rows(answer.as_object());
      });
    }
    if (options_.only.empty()) timeline();
  }

 private:
  /// A question of one's own: its time, and the answer.
  void run_file() {
    std::string text = must(env_.files().read_all(options_.ask));
    json::value query = must(json::parse(text));
    std::string answer;
    time_question("asked", options_, clock_,
                  [&](auto&) { answer = json::to_text(must(analyst_.answer(query))); });
    fmt::print("{}\n", answer);
  }

  /// Newest 200 events of one customer, all properties, 1000 customers.
  void timeline() {
    std::vector<int64_t> times;
    uint64_t events = 0;
    auto users = static_cast<uint64_t>(options_.users);
    for (uint64_t i = 0; i < 1000; ++i) {
      TimelineQuery query;
      query.profile = ProfileOrdinal(static_cast<uint32_t>(i * 7919 % users + 1));
      query.limit = 200;
      int64_t started = clock_.monotonic_us();
      events += must(behaviour_.timeline(query)).events.size();
      times.push_back(clock_.monotonic_us() - started);
    }
    std::sort(times.begin(), times.end());
    fmt::print(
        "{{\"phase\":\"timeline\",\"people\":1000,\"events\":{},\"p50_ms\":{:.3f},\"p99_ms\":{:.3f}"
        "}}\n",
        events, ms(times[500]), ms(times[990]));
  }

  embedded::Behaviour& behaviour_;
  const Options& options_;
  Env& env_;
  Clock& clock_;
  Calendar calendar_ = must(Calendar::open("UTC"));
  analytics::Analyst analyst_;
};

double resident_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

int run(const Options& options) {
  std::unique_ptr<Env> env = make_real_env();
  Generated data = generate(options.users, options.threads);
  if (!options.csv.empty()) {
    std::filesystem::create_directories(options.csv);
    if (!write_csv(data, options.csv)) return 1;
    fmt::print("{{\"phase\":\"csv\",\"events\":{},\"dir\":\"{}\"}}\n", data.events.size(),
               options.csv);
  }
  if (options.dir.empty()) return 0;
  if (!options.out.empty()) std::filesystem::create_directories(options.out);
  std::vector<GeneratedUser> users = data.users;
  {
    auto store = must(columnar::Store::open(env->files(), options.dir));
    if (store->rows() == 0) {
      std::unique_ptr<Executor> helper = env->make_executor("load");
      load(data, options, env->clock(), helper.get(), *store);
      helper->stop();
    }
  }
  data = {};
  People people(users);
  int64_t started = env->clock().monotonic_us();
  auto behaviour = must(embedded::Behaviour::open(
      *env, options.dir, {.identities = people, .query_helpers = options.threads - 1}));
  behaviour->connect(embedded::make_direct_outside({people, people}));
  must(behaviour->fold().load(memory::MemoryStateStore()));
  fmt::print("{{\"phase\":\"open\",\"seconds\":{:.3f}}}\n",
             ms(env->clock().monotonic_us() - started) / 1000);
  Asker(*behaviour, options, *env).run();
  fmt::print("{{\"phase\":\"memory\",\"resident_mib\":{:.0f}}}\n", resident_mib());
  return 0;
}

int main_of(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    std::string_view name = argv[i];
    std::string value = argv[i + 1];
    if (name == "--users")
      options.users = static_cast<uint32_t>(std::stoul(value));
    else if (name == "--threads")
      options.threads = std::stoi(value);
    else if (name == "--runs")
      options.runs = std::stoi(value);
    else if (name == "--dir")
      options.dir = value;
    else if (name == "--load")
      options.bulk = value == "bulk";
    else if (name == "--ask")
      options.ask = value;
    else if (name == "--only")
      options.only = value;
    else if (name == "--csv")
      options.csv = value;
    else if (name == "--out")
      options.out = value;
    else if (name == "--head-rows")
      options.head_rows = static_cast<uint32_t>(std::stoul(value));
    else
      argc = 0;
  }
  if (argc % 2 == 0 || (options.dir.empty() && options.csv.empty()) || options.runs < 1 ||
      options.threads < 1) {
    fmt::print(stderr,
               "usage: weir_bench_engine [--users N] [--dir STORE] [--csv DIR] [--out DIR] "
               "[--threads T] [--runs R]\n");
    return 2;
  }
  return run(options);
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  return weir::bench::main_of(argc, argv);
}
