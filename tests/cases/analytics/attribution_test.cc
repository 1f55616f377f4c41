// Attribution (SEMANTICS §5): the figures given there, and a reference written from the definition.

#include "tests/support/d2.h"
#include "tests/support/small_logs.h"

#include <gtest/gtest.h>

#include <set>

namespace weir {
namespace {

using testing::BehaviourWorld;
using testing::SeededRandom;
using testing::shanghai_time;
using testing::SmallEvent;
using testing::SmallLog;

const char* const kRange = R"("range":{"from":"2026-03-01","to":"2026-03-31"})";

json::value ask(BehaviourWorld& world, const std::string& fields) {
  auto answer = world.ask(R"({"kind":"attribution",)" + fields + "}");
  EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
  return answer ? *answer : json::value(nullptr);
}

/// "ad 10000, mp 0" by channel name: what a model gives.
std::map<std::string, double> credits(const json::value& answer, const std::string& model,
                                      const char* what = "value") {
  std::map<std::string, double> out;
  for (const json::value& channel : answer.at("channels").as_array()) {
    for (const json::value& credit : channel.at("credits").as_array()) {
      if (json::view(credit.at("model").as_string()) == model)
        out[std::string(json::view(channel.at("channel").as_string()))] =
            credit.at(what).to_number<double>();
    }
  }
  return out;
}
using Table = std::map<std::string, double>;

void touch(BehaviourWorld& world, const std::string& who, TimeMs time, const std::string& channel) {
  world.post(who, "click", time, {{"channel", channel}});
}

TEST(Attribution, ExampleOfTheSemantics) {
  BehaviourWorld world(shanghai_time("2026-04-10T00:00:00"));
  TimeMs order = shanghai_time("2026-03-08T10:00:00");
  testing::post_order(world, "u6", order, "o1", 10000);
  touch(world, "u6", order - 7 * kDayMs, "ad");
  touch(world, "u6", order - 84 * kHourMs, "mp");
  touch(world, "u6", order, "direct");
  touch(world, "u6", order - 30 * kDayMs - 1, "old");
  json::value a = ask(world, std::string(kRange) + R"(,"touches":{"types":["click"]},
      "models":["first","last","last_non_direct","linear","position","time_decay"])");
  EXPECT_EQ(credits(a, "first")["ad"], 10000);
  EXPECT_EQ(credits(a, "last")["direct"], 10000);
  EXPECT_EQ(credits(a, "last_non_direct")["mp"], 10000);
  EXPECT_EQ(credits(a, "linear"), (Table{{"ad", 3334}, {"mp", 3333}, {"direct", 3333}}));
  EXPECT_EQ(credits(a, "position"), (Table{{"ad", 4000}, {"mp", 2000}, {"direct", 4000}}));
  EXPECT_EQ(credits(a, "time_decay"), (Table{{"ad", 2265}, {"mp", 3204}, {"direct", 4531}}));
  EXPECT_NEAR(credits(a, "time_decay", "orders")["ad"], 0.2265, 5e-5);
  EXPECT_EQ(json::to_text(a.at("path_lengths")), R"([{"touches":3,"orders":1}])");
  EXPECT_EQ(json::to_text(a.at("lags")), R"([{"days":7,"orders":1}])");
  // Exactly thirty days is within the look-back.
  touch(world, "u6", order - 30 * kDayMs, "edge");
  EXPECT_EQ(credits(ask(world, std::string(kRange) +
                                   R"(,"touches":{"types":["click"]},"models":["first"])"),
                    "first")["edge"],
            10000);
}

TEST(Attribution, MarkovExampleOfTheSemantics) {
  BehaviourWorld world(shanghai_time("2026-06-10T00:00:00"));
  TimeMs start = shanghai_time("2026-03-08T10:00:00");
  int minute = 0;
  auto path = [&](const std::string& who, const std::vector<std::string>& channels) {
    for (const std::string& c : channels) touch(world, who, start + ++minute * kMinuteMs, c);
  };
  path("a", {"C1", "C2", "C3"});
  testing::post_order(world, "a", start + kHourMs, "o1", 900);
  path("b", {"C1"});
  path("c", {"C2", "C2", "C3"});  // repeats collapse
  json::value a =
      ask(world, std::string(kRange) + R"(,"touches":{"types":["click"]},"models":["markov"])");
  EXPECT_NEAR(a.at("conversion_probability").to_number<double>(), 1.0 / 3, 1e-12);
  Table removal;
  for (const json::value& c : a.at("channels").as_array())
    removal[std::string(json::view(c.at("channel").as_string()))] =
        c.at("removal_effect").to_number<double>();
  EXPECT_NEAR(removal["C1"], 0.5, 1e-12);
  EXPECT_NEAR(removal["C2"], 1, 1e-12);
  EXPECT_NEAR(removal["C3"], 1, 1e-12);
  EXPECT_EQ(credits(a, "markov"), (Table{{"C1", 180}, {"C2", 360}, {"C3", 360}}));
  EXPECT_NEAR(credits(a, "markov", "orders")["C1"], 0.2, 1e-12);
}

TEST(Attribution, ShapleyExampleOfTheSemantics) {
  BehaviourWorld world(shanghai_time("2026-06-10T00:00:00"));
  TimeMs start = shanghai_time("2026-03-08T10:00:00");
  int person = 0;
  auto buyers = [&](int count, const std::vector<std::string>& channels) {
    for (; count > 0; --count) {
      std::string who = "u" + std::to_string(++person);
      for (const std::string& c : channels) touch(world, who, start, c);
      testing::post_order(world, who, start + kHourMs, who, 100);
    }
  };
  buyers(10, {"ad", "mp"});
  buyers(6, {"mp"});
  buyers(9, {"ad", "mp", "wecom"});
  json::value a =
      ask(world, std::string(kRange) + R"(,"touches":{"types":["click"]},"models":["shapley"])");
  Table got = credits(a, "shapley", "orders");
  EXPECT_NEAR(got["ad"], 8, 1e-9);
  EXPECT_NEAR(got["mp"], 14, 1e-9);
  EXPECT_NEAR(got["wecom"], 3, 1e-9);
}

TEST(Attribution, OrdersWithoutTouchAssistsAndRefunds) {
  BehaviourWorld world(shanghai_time("2026-04-10T00:00:00"));
  TimeMs at = shanghai_time("2026-03-08T10:00:00");
  testing::post_order(world, "u1", at, "o1", 500);
  touch(world, "u1", at + 1, "late");
  for (const char* c : {"ad", "mp", "ad", "qr"}) touch(world, "u2", at += kMinuteMs, c);
  testing::post_order(world, "u2", at, "o2", 1000);
  testing::post_order(world, "u2", at + kDayMs, "o2", 300, "order_refunded");
  std::string q = std::string(kRange) + R"(,"touches":{"types":["click"]},"models":["last"])";
  json::value a = ask(world, q);
  EXPECT_EQ(json::to_text(a.at("unattributed")), R"({"orders":1,"value":500,"persons":1})");
  EXPECT_EQ(json::to_text(a.at("total")), R"({"orders":2,"value":1200,"persons":2})");
  EXPECT_EQ(credits(a, "last"), (Table{{"ad", 0}, {"mp", 0}, {"qr", 700}}));
  for (const json::value& c : a.at("channels").as_array()) {
    bool last = json::view(c.at("channel").as_string()) == "qr";
    EXPECT_EQ(c.at("last_orders").to_number<int>(), last ? 1 : 0);
    EXPECT_EQ(c.at("assisted_orders").to_number<int>(), last ? 0 : 1);
    EXPECT_EQ(c.at("assist_ratio").is_null(), !last);
  }
  EXPECT_EQ(credits(ask(world, q + R"(,"revenue":"gross")"), "last")["qr"], 1000);
  EXPECT_EQ(credits(ask(world, q + R"(,"as_of":"2026-03-08T20:00:00")"), "last")["qr"], 1000);
}

TEST(Attribution, ErrorsNameTheField) {
  BehaviourWorld world(shanghai_time("2026-04-10T00:00:00"));
  auto field = [&](const std::string& extra) {
    auto answer = world.ask(R"({"kind":"attribution",)" + std::string(kRange) + extra + "}");
    return answer ? "" : answer.error().field;
  };
  EXPECT_EQ(field(""), "touches");
  EXPECT_EQ(field(R"(,"touches":{})"), "touches.event");
  EXPECT_EQ(field(R"(,"touches":{"types":["a"],"view_types":["b"]})"), "touches.view_window");
  std::string good = R"(,"touches":{"types":["a"]})";
  EXPECT_EQ(field(good + R"(,"models":["best"])"), "models");
  EXPECT_EQ(field(good + R"(,"models":[])"), "models");
  EXPECT_EQ(field(good + R"(,"params":{"position":[0,100,0]})"), "params.position");
  EXPECT_EQ(field(good + R"(,"conversion":{"value":"fen"})"), "conversion.value");
  EXPECT_EQ(field(good + R"(,"lookback":"soon")"), "lookback");
  EXPECT_EQ(field(good + R"(,"interval":"day")"), "interval");
}

// The reference.

struct Rules {
  TimeMs from = 0, to = 0;
  DurationMs lookback = 0, view = 0;
  bool reset = false, net = true;
};
struct NaiveOrder {
  std::string who;
  TimeMs time = 0;
  int64_t value = 0;
  std::vector<SmallEvent> path;
};

std::string channel_of(const SmallEvent& e) {
  return testing::text_property(e, "channel");
}

/// Orders of a person over all time: first event of each id, less its refunds.
std::vector<NaiveOrder> orders_of(const SmallLog& events, bool net) {
  std::vector<NaiveOrder> out;
  std::set<std::string> ids;
  for (const SmallEvent& e : events) {
    std::string id = testing::text_property(e, "order_id");
    if (e.name != "order_paid" || (!id.empty() && !ids.insert(id).second)) continue;
    NaiveOrder order{e.who, e.time, int_property(e.properties, "amount_fen"), {}};
    for (const SmallEvent& r : events) {
      if (net && r.name == "order_refunded" && !id.empty() &&
          testing::text_property(r, "order_id") == id)
        order.value -= int_property(r.properties, "amount_fen");
    }
    order.value = std::max<int64_t>(0, order.value);
    out.push_back(order);
  }
  return out;
}

bool eligible(const SmallEvent& touch, TimeMs order, const Rules& rules) {
  if (channel_of(touch).empty() || touch.time > order) return false;
  if (touch.name == "click") return touch.time >= order - rules.lookback;
  return touch.name == "view" && touch.time >= order - std::min(rules.view, rules.lookback);
}

/// All orders with their paths, and the paths that did not convert.
void naive_paths(const SmallLog& log, const Rules& rules, std::vector<NaiveOrder>& orders,
                 std::vector<std::vector<std::string>>& lost,
                 std::map<std::string, std::pair<std::set<std::string>, bool>>& people) {
  for (const auto& [who, events] : testing::by_person(log)) {
    std::set<int> used;
    std::vector<NaiveOrder> all = orders_of(events, rules.net);
    for (NaiveOrder& order : all) {
      for (const SmallEvent& e : events) {
        if (!eligible(e, order.time, rules) || (rules.reset && used.count(e.seq) > 0)) continue;
        order.path.push_back(e);
      }
      for (const SmallEvent& e : order.path) used.insert(e.seq);
      if (order.time < rules.from || order.time >= rules.to) continue;
      orders.push_back(order);
      for (const SmallEvent& e : order.path) people[who].first.insert(channel_of(e));
      people[who].second |= !order.path.empty();
    }
    const SmallEvent* last = nullptr;
    for (const SmallEvent& e : events) {
      if (e.name == "click" && !channel_of(e).empty() && e.time < rules.to) last = &e;
    }
    if (last == nullptr || last->time < rules.from) continue;
    bool converted = false;
    TimeMs after = last->time - rules.lookback - 1;
    for (const NaiveOrder& o : all) {
      converted |= o.time >= last->time && o.time <= last->time + rules.lookback;
      if (o.time < last->time) after = std::max(after, o.time);
    }
    if (converted) continue;
    std::vector<std::string> path;
    for (const SmallEvent& e : events) {
      if (e.name == "click" && !channel_of(e).empty() && e.time > after && e.time <= last->time)
        path.push_back(channel_of(e));
    }
    lost.push_back(path);
    people[who].first.insert(path.begin(), path.end());
  }
}

std::vector<double> weights_of(const std::string& model, const NaiveOrder& order) {
  const auto& path = order.path;
  size_t n = path.size();
  std::vector<double> w(n, 0);
  if (model == "first") w[0] = 1;
  if (model == "last") w[n - 1] = 1;
  if (model == "last_non_direct") {
    size_t at = n - 1;
    for (size_t i = 0; i < n; ++i) {
      if (channel_of(path[i]) != "direct") at = i;
    }
    w[at] = 1;
  }
  if (model == "linear") w.assign(n, 1.0 / static_cast<double>(n));
  if (model == "position") {
    if (n == 1) w = {1};
    if (n == 2) w = {0.5, 0.5};
    for (size_t i = 0; n > 2 && i < n; ++i)
      w[i] = i == 0 || i + 1 == n ? 0.4 : 0.2 / static_cast<double>(n - 2);
  }
  if (model == "time_decay") {
    double sum = 0;
    for (size_t i = 0; i < n; ++i)
      sum += w[i] = std::pow(2, -static_cast<double>(order.time - path[i].time) / (7.0 * kDayMs));
    for (double& x : w) x /= sum;
  }
  return w;
}

Table naive_orders(const std::string& model, const std::vector<NaiveOrder>& orders) {
  Table out;
  for (const NaiveOrder& order : orders) {
    if (order.path.empty()) continue;
    std::vector<double> w = weights_of(model, order);
    for (size_t i = 0; i < w.size(); ++i) out[channel_of(order.path[i])] += w[i];
  }
  return out;
}

/// Average of what each channel adds, over all orders of channels.
Table by_permutations(const std::set<std::string>& channels,
                      const std::function<double(const std::set<std::string>&)>& value) {
  Table out;
  std::vector<std::string> order(channels.begin(), channels.end());
  double permutations = 0;
  do {
    std::set<std::string> with;
    double before = 0;
    for (const std::string& c : order) {
      with.insert(c);
      double now = value(with);
      out[c] += now - before;
      before = now;
    }
    ++permutations;
  } while (std::next_permutation(order.begin(), order.end()));
  for (auto& [c, v] : out) v /= permutations;
  return out;
}

/// P(conversion) by letting the chain run; transitions into `removed` end.
double run_chain(const std::map<std::string, std::map<std::string, double>>& steps,
                 const std::string& removed) {
  std::map<std::string, double> at{{"(start)", 1}};
  double converted = 0;
  for (int i = 0; i < 2000; ++i) {
    std::map<std::string, double> next;
    for (const auto& [state, share] : at) {
      auto it = steps.find(state);
      if (it == steps.end()) continue;
      double sum = 0;
      for (const auto& [to, count] : it->second) sum += count;
      for (const auto& [to, count] : it->second) {
        if (to == "(conversion)") converted += share * count / sum;
        if (to.front() != '(' && to != removed) next[to] += share * count / sum;
      }
    }
    at = next;
  }
  return converted;
}

Table naive_markov(const std::vector<NaiveOrder>& orders,
                   const std::vector<std::vector<std::string>>& lost, double& probability) {
  std::map<std::string, std::map<std::string, double>> steps;
  auto walk = [&](const std::vector<std::string>& path, const std::string& end) {
    std::string at = "(start)";
    for (const std::string& c : path) {
      if (c != at) ++steps[at][c];
      at = c;
    }
    ++steps[at][end];
  };
  std::set<std::string> channels;
  for (const NaiveOrder& o : orders) {
    if (o.path.empty()) continue;
    std::vector<std::string> path;
    for (const SmallEvent& e : o.path) path.push_back(channel_of(e));
    walk(path, "(conversion)");
    channels.insert(path.begin(), path.end());
  }
  for (const auto& path : lost) {
    walk(path, "(null)");
    channels.insert(path.begin(), path.end());
  }
  probability = run_chain(steps, "");
  Table out;
  for (const std::string& c : channels)
    out[c] = probability > 0 ? 1 - run_chain(steps, c) / probability : 0;
  return out;
}

bool same(const Table& got, const Table& want, double tolerance = 1e-9) {
  for (const auto& [c, v] : got) {
    auto it = want.find(c);
    if (std::abs(v - (it == want.end() ? 0 : it->second)) > tolerance) return false;
  }
  return std::all_of(want.begin(), want.end(), [&](const auto& w) {
    return got.contains(w.first) || std::abs(w.second) <= tolerance;
  });
}

std::string text(const Table& table) {
  std::string out;
  for (const auto& [c, v] : table) out += " " + c + "=" + std::to_string(v);
  return out;
}

struct World {
  explicit World(uint64_t seed, int people) : random(seed), world(testing::kLogNow) {
    testing::SmallLogShape shape;
    shape.names = {"click", "click", "click", "view", "order_paid", "order_paid", "order_refunded"};
    shape.steps = 40;
    shape.dress = [](SeededRandom& r, SmallEvent& e) {
      const char* channels[] = {"ad", "mp", "qr", "direct"};
      bool is_touch = e.name == "click" || e.name == "view";
      if (is_touch && r.chance(90))
        e.properties.push_back({"channel", std::string(channels[r.below(4)])});
      if (is_touch) return;
      if (r.chance(85)) e.properties.push_back({"order_id", "o" + std::to_string(r.below(3))});
      e.properties.push_back({"amount_fen", static_cast<int64_t>(r.below(1000))});
    };
    log = testing::random_log(random, people, shape);
    testing::post_log(world, log, random);
  }
  SeededRandom random;
  BehaviourWorld world;
  SmallLog log;
};

std::string question(const Rules& rules, const std::string& models) {
  auto hours = [](DurationMs ms) { return "PT" + std::to_string(ms / kHourMs) + "H"; };
  return R"("range":{"from":"2026-03-04","to":"2026-03-07"},"touches":{"types":["click"],
      "view_types":["view"],"view_window":")" +
         hours(rules.view) + R"("},"lookback":")" + hours(rules.lookback) +
         R"(","reset_after_conversion":)" + (rules.reset ? "true" : "false") + R"(,"revenue":")" +
         (rules.net ? "net" : "gross") + R"(","models":[)" + models + "]";
}

Rules random_rules(SeededRandom& random) {
  Rules rules;
  rules.from = testing::kLogStart + 2 * kDayMs;
  rules.to = rules.from + 4 * kDayMs;
  rules.lookback = (6 + 6 * random.below(12)) * kHourMs;
  rules.view = random.chance(50) ? 12 * kHourMs : 6 * kHourMs;
  rules.reset = random.chance(40);
  rules.net = random.chance(60);
  return rules;
}

TEST(AttributionReference, SmallLogsForEachRule) {
  uint64_t seed = testing::test_seed(1);
  for (int world_number = 0; world_number < testing::rounds_for(100); ++world_number, ++seed) {
    World w(seed, 100);
    Rules rules = random_rules(w.random);
    std::vector<NaiveOrder> orders;
    std::vector<std::vector<std::string>> lost;
    std::map<std::string, std::pair<std::set<std::string>, bool>> people;
    naive_paths(w.log, rules, orders, lost, people);
    json::value a =
        ask(w.world,
            question(rules, R"("first","last","last_non_direct","linear","position","time_decay",
                           "markov","shapley","shapley_rate")"));
    ASSERT_TRUE(a.is_object());
    int64_t total = 0, attributed = 0;
    std::set<std::string> channels;
    double with_path = 0;
    for (const NaiveOrder& o : orders) {
      total += o.value;
      attributed += o.path.empty() ? 0 : o.value;
      with_path += o.path.empty() ? 0 : 1;
      for (const SmallEvent& e : o.path) channels.insert(channel_of(e));
    }
    for (const auto& path : lost) channels.insert(path.begin(), path.end());
    ASSERT_EQ(a.at("total").at("orders").to_number<size_t>(), orders.size()) << seed;
    ASSERT_EQ(a.at("total").at("value").to_number<int64_t>(), total) << seed;
    for (const char* model :
         {"first", "last", "last_non_direct", "linear", "position", "time_decay"}) {
      Table want = naive_orders(model, orders), got = credits(a, model, "orders");
      ASSERT_TRUE(same(got, want)) << seed << model << " want" << text(want) << " got" << text(got);
      // AT3: whole fen, which sum to what was attributed.
      int64_t sum = 0;
      for (const auto& [c, v] : credits(a, model)) sum += static_cast<int64_t>(v);
      ASSERT_EQ(sum, attributed) << seed << model;
    }
    double probability = 0;
    Table removal = naive_markov(orders, lost, probability), got_removal, rate;
    for (const json::value& c : a.at("channels").as_array()) {
      std::string name(json::view(c.at("channel").as_string()));
      got_removal[name] = c.at("removal_effect").to_number<double>();
      rate[name] = c.at("rate_gain").to_number<double>();
    }
    ASSERT_NEAR(a.at("conversion_probability").to_number<double>(), probability, 1e-9) << seed;
    ASSERT_TRUE(same(got_removal, removal, 1e-7))
        << seed << " want" << text(removal) << " got" << text(got_removal);
    auto conversions = [&](const std::set<std::string>& within) {
      double count = 0;
      for (const NaiveOrder& o : orders) {
        count += !o.path.empty() && std::all_of(o.path.begin(), o.path.end(), [&](const auto& e) {
          return within.contains(channel_of(e));
        });
      }
      return count;
    };
    Table shapley = by_permutations(channels, conversions);
    ASSERT_TRUE(same(credits(a, "shapley", "orders"), shapley)) << seed;
    auto rate_of = [&](const std::set<std::string>& within) {
      double count = 0, converted = 0;
      for (const auto& [who, person] : people) {
        if (person.first.empty() ||
            !std::includes(within.begin(), within.end(), person.first.begin(), person.first.end()))
          continue;
        ++count;
        converted += person.second ? 1 : 0;
      }
      return count > 0 ? converted / count : 0;
    };
    Table want_rate = by_permutations(channels, rate_of);
    ASSERT_TRUE(same(rate, want_rate))
        << seed << " want" << text(want_rate) << " got" << text(rate);
    double shared = 0;
    for (const auto& [c, v] : credits(a, "markov", "orders")) shared += v;
    ASSERT_NEAR(shared, with_path, 1e-9) << seed;
  }
}

}  // namespace
}  // namespace weir
