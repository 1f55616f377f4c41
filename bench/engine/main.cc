// Loads generated events straight into the behaviour store and times questions over it. Prints one
// JSON object per line; bench/README.md says what the fields and the result files mean.

#include "base/real_env.h"
#include "bench/gen_events.h"
#include "columnar/columnar.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>

namespace weir::bench {
namespace {

using columnar::EventSelection;
using columnar::Family;

struct Options {
  uint32_t users = 500000;
  int threads = 2, runs = 5;
  std::string dir, csv, out;
  uint32_t head_rows = 1000000;
  bool bulk = false;
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

class Questions {
 public:
  Questions(columnar::Store& store, const Options& options, Env& env)
      : store_(store), options_(options), clock_(env.clock()) {
    for (int i = 1; i < options.threads; ++i) {
      owned_.push_back(env.make_executor("bench-" + std::to_string(i)));
      helpers_.push_back(owned_.back().get());
    }
  }
  ~Questions() {
    for (auto& helper : owned_) helper->stop();
  }

  void run() {
    time_question("Q1", options_, clock_, [&](auto& rows) { trend(rows); });
    time_question("Q2", options_, clock_, [&](auto& rows) {
      levels(funnel({"ad_click", "view_item", "pay_order"}), rows);
    });
    const std::vector<const char*> five = {"mp_launch", "view_item", "add_to_cart", "submit_order",
                                           "pay_order"};
    time_question("Q2five", options_, clock_, [&](auto& rows) { levels(funnel(five), rows); });
    time_question("Q2fivech", options_, clock_,
                  [&](auto& rows) { by_channel(funnel(five), rows); });
    timeline();
  }

 private:
  static constexpr TimeMs kFrom = 1778371200000, kTo = 1780963200000;  // 2026-05-10 … 06-09 UTC

  EventSelection event(const char* name) const {
    EventSelection out;
    if (auto code = store_.dictionary()[Family::Event].find(name)) out.events.push_back(*code);
    return out;
  }
  columnar::KeyDef channel() const {
    columnar::KeyDef key;
    key.property = store_.dictionary()[Family::Property].find("channel").value_or(columnar::kNone);
    return key;
  }

  void trend(std::vector<std::string>& rows) {
    Calendar utc = must(Calendar::open("UTC"));
    columnar::TrendsSpec spec;
    spec.series.resize(2);
    for (auto& series : spec.series) series.events = event("view_item");
    spec.series[1].aggregate = columnar::Aggregate::Groups;
    spec.keys = {channel()};
    spec.buckets = must(columnar::make_buckets(kFrom, kTo, columnar::BucketUnit::Day, false, utc));
    spec.from = kFrom;
    spec.to = kTo;
    auto result = must(columnar::run_trends(must(store_.snapshot()), spec, {}, helpers_));
    std::map<std::string, const columnar::TrendsResult::Line*> uniques;
    for (const auto& line : result.lines) {
      if (line.series == 1) uniques[line.keys[0]] = &line;
    }
    for (const auto& line : result.lines) {
      if (line.series != 0) continue;
      for (size_t b = 0; b < line.values.size(); ++b) {
        if (*line.values[b] == 0) continue;
        rows.push_back(fmt::format("{},{},{},{}", utc.date_text(spec.buckets.starts[b]),
                                   line.keys[0], *line.values[b],
                                   *uniques[line.keys[0]]->values[b]));
      }
    }
  }

  columnar::FunnelSpec funnel(const std::vector<const char*>& names) const {
    columnar::FunnelSpec spec;
    for (const char* name : names) spec.steps.push_back(event(name));
    spec.rules.steps = static_cast<int>(names.size());
    spec.from = kFrom;
    spec.to = kTo;
    spec.as_of = INT64_MAX - 1;
    spec.window_ms = 7 * kDayMs;
    spec.bound_all = true;
    return spec;
  }

  static void level_rows(const std::vector<uint64_t>& counts, const std::string& prefix,
                         std::vector<std::string>& rows) {
    for (size_t k = 0; k < counts.size(); ++k) {
      uint64_t exactly = counts[k] - (k + 1 < counts.size() ? counts[k + 1] : 0);
      if (exactly > 0) rows.push_back(fmt::format("{}{},{}", prefix, k + 1, exactly));
    }
  }
  void levels(const columnar::FunnelSpec& spec, std::vector<std::string>& rows) {
    auto result = must(columnar::run_funnel(must(store_.snapshot()), spec, {}, helpers_));
    level_rows(result.counts, "", rows);
  }
  void by_channel(columnar::FunnelSpec spec, std::vector<std::string>& rows) {
    spec.keys = {channel()};
    spec.key_sources = {{}};
    auto result = must(columnar::run_funnel(must(store_.snapshot()), spec, {}, helpers_));
    for (const auto& by_key : result.by_key) level_rows(by_key.counts, by_key.keys[0] + ",", rows);
  }

  /// Whole history of one customer, all columns, 1000 customers.
  void timeline() {
    std::vector<int64_t> times;
    uint64_t events = 0;
    auto users = static_cast<uint64_t>(options_.users);
    for (uint64_t i = 0; i < 1000; ++i) {
      auto user = static_cast<uint32_t>(i * 7919 % users + 1);
      int64_t started = clock_.monotonic_us();
      must(store_.visit(
          user, INT64_MIN, INT64_MAX, [](uint32_t) { return true; },
          [&](const columnar::Store::Found&) { return ++events, true; }));
      times.push_back(clock_.monotonic_us() - started);
    }
    std::sort(times.begin(), times.end());
    fmt::print(
        "{{\"phase\":\"timeline\",\"people\":1000,\"events\":{},\"p50_ms\":{:.3f},\"p99_ms\":{:.3f}"
        "}}\n",
        events, ms(times[500]), ms(times[990]));
  }

  columnar::Store& store_;
  const Options& options_;
  Clock& clock_;
  std::vector<std::unique_ptr<Executor>> owned_;
  std::vector<Executor*> helpers_;
};

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
  auto store = must(columnar::Store::open(env->files(), options.dir));
  if (store->rows() == 0) {
    std::unique_ptr<Executor> helper = env->make_executor("load");
    load(data, options, env->clock(), helper.get(), *store);
    helper->stop();
  } else {
    for (uint32_t u = 1; u <= options.users; ++u) store->assign(u, u);
  }
  Questions(*store, options, *env).run();
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
