// Paths: the figures of SEMANTICS §4 over D1, and a naive reading of PA1–PA4 over random logs.

#include "tests/support/d1.h"
#include "tests/support/naive_sessions.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace weir {
namespace {

using testing::BehaviourWorld;
using testing::LogEvent;
using testing::NaiveRules;
using testing::NaiveSession;
using testing::Person;
using testing::SeededRandom;

using Links = std::map<std::string, int64_t>;  // "1 view>cart"

Links links_of(const json::value& answer) {
  Links out;
  for (const json::value& link : answer.at("links").as_array()) {
    out[json::to_text(link.at("step")) + " " +
        std::string(json::view(link.at("source").as_string())) + ">" +
        std::string(json::view(link.at("target").as_string()))] =
        link.at("count").to_number<int64_t>();
  }
  return out;
}

Links paths_of(const json::value& answer) {
  Links out;
  for (const json::value& path : answer.at("paths").as_array()) {
    std::string text;
    for (const json::value& node : path.at("nodes").as_array())
      text += (text.empty() ? "" : ">") + std::string(json::view(node.as_string()));
    out[text + (path.at("truncated").as_bool() ? "…" : "")] = path.at("count").to_number<int64_t>();
  }
  return out;
}

class D1Paths : public ::testing::Test {
 protected:
  D1Paths() : world_(testing::shanghai_time("2026-03-20T00:00:00")) { testing::post_d1(world_); }
  json::value ask(const std::string& extra) {
    auto answer = world_.ask(R"({"kind":"paths","range":{"from":"2026-03-02","to":"2026-03-09"})" +
                             extra + "}");
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? *answer : json::value(nullptr);
  }
  BehaviourWorld world_;
};

const std::string kFromView = R"(,"anchor":{"type":"start","event":"view"})";

TEST_F(D1Paths, PA3LinksFromAnAnchor) {
  json::value a = ask(kFromView);
  EXPECT_EQ(links_of(a), (Links{{"1 view>$exit", 4},
                                {"1 view>cart", 3},
                                {"1 view>pay", 1},
                                {"2 cart>pay", 1},
                                {"2 cart>chat", 1},
                                {"2 cart>$exit", 1},
                                {"2 pay>$exit", 1},
                                {"3 chat>pay", 1},
                                {"3 pay>$exit", 1},
                                {"4 pay>$exit", 1}}));
  EXPECT_EQ(a.at("units").to_number<int>(), 8);
  EXPECT_EQ(a.at("skipped").to_number<int>(), 2);  // u2's pay, u6's cart and pay
  EXPECT_EQ(a.at("persons").to_number<int>(), 6);
  EXPECT_EQ(json::to_text(a.at("nodes").at(0)),
            R"({"step":1,"node":"view","count":8,"starts":8,"exits":4,"truncated":0})");
}
TEST_F(D1Paths, PA4TopPaths) {
  EXPECT_EQ(paths_of(ask(kFromView)), (Links{{"view", 4},
                                             {"view>cart", 1},
                                             {"view>cart>pay", 1},
                                             {"view>cart>chat>pay", 1},
                                             {"view>pay", 1}}));
  json::value top = ask(kFromView + R"(,"top_paths":2)");
  EXPECT_EQ(json::to_text(top.at("paths")),
            R"([{"nodes":["view"],"truncated":false,"count":4},)"
            R"({"nodes":["view","cart"],"truncated":false,"count":1}])");
}
TEST_F(D1Paths, PA2UpToAnAnchorAlignedRight) {
  json::value a = ask(R"(,"anchor":{"type":"end","event":"pay"},"max_steps":3)");
  EXPECT_EQ(paths_of(a), (Links{{"cart>chat>pay…", 1},
                                {"pay", 1},
                                {"view>cart>pay", 1},
                                {"cart>view>pay", 1},
                                {"cart>pay", 1}}));
  EXPECT_EQ(links_of(a), (Links{{"1 cart>chat", 1},
                                {"1 view>cart", 1},
                                {"1 cart>view", 1},
                                {"2 chat>pay", 1},
                                {"2 cart>pay", 2},
                                {"2 view>pay", 1}}));
}
TEST_F(D1Paths, PA3StepsAreCutAndLinksHidden) {
  json::value two = ask(kFromView + R"(,"max_steps":2)");
  EXPECT_EQ(links_of(two), (Links{{"1 view>$exit", 4},
                                  {"1 view>cart", 3},
                                  {"1 view>pay", 1},
                                  {"2 cart>$exit", 1},
                                  {"2 pay>$exit", 1}}));
  EXPECT_EQ(json::to_text(two.at("nodes").at(1)),
            R"({"step":2,"node":"cart","count":3,"starts":0,"exits":1,"truncated":2})");
  EXPECT_EQ(links_of(ask(kFromView + R"(,"min_count":2)")),
            (Links{{"1 view>$exit", 4}, {"1 view>cart", 3}}));
  json::value one = ask(kFromView + R"(,"top_nodes":1)");
  EXPECT_EQ(links_of(one).at("1 view>$other"), 1);
  EXPECT_EQ(links_of(one).at("2 $other>$exit"), 1);
  EXPECT_EQ(links_of(one).at("2 cart>$other"), 1);
}
TEST_F(D1Paths, PA1NodesCollapseAndVanish) {
  // u4: view, view, cart, pay.
  EXPECT_EQ(links_of(ask(kFromView + R"(,"collapse":false)")).at("1 view>view"), 1);
  EXPECT_EQ(links_of(ask(kFromView + R"(,"exclude":["cart","chat"])")),
            (Links{{"1 view>$exit", 5}, {"1 view>pay", 3}, {"2 pay>$exit", 3}}));
  json::value by = ask(R"(,"node":{"by":"property","prop":"event.sku"})");
  EXPECT_EQ(paths_of(by), (Links{{"A", 8}, {"B", 1}, {"A>B>A", 1}}));
  json::value both = ask(kFromView + R"(,"node":{"by":"event","prop":"event.sku"})");
  EXPECT_EQ(paths_of(both).at("view: A>cart: A>chat>pay: A"), 1);
  json::value rewritten = ask(kFromView + R"(,"node":{"prop":"event.sku","rewrite":[
      {"match":"^[AB]$","replace":"x"}]})");
  EXPECT_EQ(paths_of(rewritten).at("view: x>cart: x>pay: x"), 1);
}
TEST_F(D1Paths, PA1WindowsAroundAnAnchor) {
  // u2 buys two days after its view, u1's second view is inside of the first window.
  json::value a = ask(R"(,"unit":"window","window":"P3D","anchor":{"event":"view"})");
  EXPECT_EQ(
      paths_of(a),
      (Links{{"view>cart>chat>pay>view", 1}, {"view>cart>pay", 2}, {"view", 2}, {"view>pay", 1}}));
  EXPECT_EQ(a.at("units").to_number<int>(), 6);
  json::value end = ask(R"(,"unit":"window","window":"P3D","anchor":{"type":"end","event":"pay"})");
  EXPECT_EQ(
      paths_of(end),
      (Links{
          {"view>cart>chat>pay", 1}, {"view>cart>pay", 2}, {"cart>view>pay", 1}, {"cart>pay", 1}}));
}
TEST_F(D1Paths, EachRunOfNodes) {
  json::value a = ask(R"(,"anchor":{"type":"each"},"max_steps":2,"collapse":false)");
  EXPECT_EQ(paths_of(a), (Links{{"cart>chat…", 1},
                                {"cart>pay…", 2},
                                {"cart>view…", 2},
                                {"chat>pay…", 1},
                                {"view>cart…", 3},
                                {"view>pay…", 1},
                                {"view>view…", 1}}));
}
TEST_F(D1Paths, LastOccurrence) {
  json::value a =
      ask(R"(,"collapse":false,"anchor":{"type":"start","event":"view","occurrence":"last"})");
  EXPECT_EQ(links_of(a), links_of(ask(kFromView)));  // collapsing kept the same
}
TEST_F(D1Paths, ErrorsNameTheField) {
  auto field = [&](const std::string& extra) {
    auto answer = world_.ask(R"({"kind":"paths","range":{"last":7})" + extra + "}");
    return answer ? "answered" : answer.error().field;
  };
  EXPECT_EQ(field(""), "answered");
  EXPECT_EQ(field(R"(,"unit":"window")"), "window");
  EXPECT_EQ(field(R"(,"window":"P1D")"), "window");
  EXPECT_EQ(field(R"(,"unit":"window","window":"P1D")"), "anchor.event");
  EXPECT_EQ(field(R"(,"anchor":{"type":"each","event":"x"})"), "anchor.event");
  EXPECT_EQ(field(R"(,"max_steps":21)"), "max_steps");
  EXPECT_EQ(field(R"(,"top_nodes":0)"), "top_nodes");
  EXPECT_EQ(field(R"(,"node":{"by":"property"})"), "node.prop");
  EXPECT_EQ(field(R"(,"node":{"prop":"event.x","rewrite":[{"match":"("}]})"),
            "node.rewrite[0].match");
  EXPECT_EQ(field(R"(,"breakdown":[])"), "breakdown");
  EXPECT_EQ(field(R"(,"count":"rows")"), "count");
}

constexpr TimeMs kFrom = 1772755200000;  // 2026-03-06 00:00 UTC
constexpr int kPeople = 50;

struct Question {
  std::string type, anchor;
  bool by_value = false, collapse = true, persons = false, last = false, window = false;
  size_t steps = 5, top = 10;
  int64_t window_hours = 0;
  std::string exclude;
};

/// Everything an answer says, by persons or units.
class Naive {
 public:
  explicit Naive(const Question& q) : q_(q) {}

  void unit(const std::string& person, std::vector<std::pair<std::string, bool>> visited,
            bool whole_unit) {
    std::vector<std::pair<std::string, bool>> seq;
    for (auto& node : visited) {
      if (q_.collapse && !seq.empty() && seq.back().first == node.first) {
        seq.back().second |= node.second;
      } else {
        seq.push_back(node);
      }
    }
    if (seq.empty()) return void(++skipped);
    std::vector<size_t> anchors;
    for (size_t i = 0; i < seq.size(); ++i) {
      if (seq[i].second) anchors.push_back(i);
    }
    size_t at = q_.type == "end" ? seq.size() - 1 : 0;
    if (!whole_unit && !q_.anchor.empty() && q_.type != "each") {
      if (anchors.empty()) return void(++skipped);
      at = q_.last ? anchors.back() : anchors.front();
    }
    std::vector<std::string> names;
    for (auto& node : seq) names.push_back(node.first);
    if (q_.type == "each" && names.size() < q_.steps) return void(++skipped);
    ++units;
    persons.insert(person);
    if (q_.type == "each") {
      for (size_t i = 0; i + q_.steps <= names.size(); ++i)
        add(person,
            {names.begin() + static_cast<ptrdiff_t>(i),
             names.begin() + static_cast<ptrdiff_t>(i + q_.steps)},
            true);
    } else if (q_.type == "start") {
      std::vector<std::string> path(names.begin() + static_cast<ptrdiff_t>(at), names.end());
      bool cut = path.size() > q_.steps;
      if (cut) path.resize(q_.steps);
      add(person, path, cut);
    } else {
      std::vector<std::string> path(names.begin(), names.begin() + static_cast<ptrdiff_t>(at) + 1);
      bool cut = path.size() > q_.steps;
      if (cut) path.erase(path.begin(), path.end() - static_cast<ptrdiff_t>(q_.steps));
      add(person, path, cut);
    }
  }

  struct Count {
    int64_t units = 0;
    std::set<std::string> persons;
  };
  int64_t value(const Count& c) const {
    return q_.persons ? static_cast<int64_t>(c.persons.size()) : c.units;
  }

  /// After all units: names per step that are not shown become $other.
  void finish() {
    std::map<size_t, std::map<std::string, Count>> here;
    for (const auto& p : paths_) {
      for (size_t i = 0; i < p.nodes.size(); ++i) bump(here[first(p) + i][p.nodes[i]], p.person);
    }
    std::map<size_t, std::set<std::string>> shown;
    for (auto& [step, at_step] : here) {
      std::vector<std::pair<int64_t, std::string>> order;
      for (auto& [name, count] : at_step) order.emplace_back(-value(count), name);
      std::sort(order.begin(), order.end());
      for (size_t i = 0; i < std::min(order.size(), q_.top); ++i)
        shown[step].insert(order[i].second);
    }
    for (auto p : paths_) {
      std::string text;
      for (const std::string& name : p.nodes) text += (text.empty() ? "" : ">") + name;
      bump(whole[text + (p.cut ? "…" : "")], p.person);
      for (size_t i = 0; i < p.nodes.size(); ++i) {
        if (!shown[first(p) + i].contains(p.nodes[i])) p.nodes[i] = "$other";
      }
      for (size_t i = 0; i < p.nodes.size(); ++i) {
        std::string at = std::to_string(first(p) + i + 1) + " " + p.nodes[i];
        bump(nodes[at], p.person);
        if (i + 1 < p.nodes.size()) {
          bump(links[at + ">" + p.nodes[i + 1]], p.person);
        } else if (q_.type == "start" && !p.cut) {
          bump(links[at + ">$exit"], p.person);
        }
      }
    }
  }

  std::map<std::string, Count> nodes, links, whole;
  int64_t units = 0, skipped = 0;
  std::set<std::string> persons;

 private:
  struct Path {
    std::string person;
    std::vector<std::string> nodes;
    bool cut;
  };
  size_t first(const Path& p) const { return q_.type == "end" ? q_.steps - p.nodes.size() : 0; }
  void add(const std::string& person, std::vector<std::string> path, bool cut) {
    paths_.push_back({person, std::move(path), cut});
  }
  static void bump(Count& c, const std::string& person) {
    ++c.units;
    c.persons.insert(person);
  }

  Question q_;
  std::vector<Path> paths_;
};

Question random_question(SeededRandom& random) {
  auto one = [&](std::vector<std::string> of) {
    return of[random.below(static_cast<uint32_t>(of.size()))];
  };
  Question q;
  q.type = one({"start", "end", "start", "end", "each"});
  q.window = q.type != "each" && random.chance(30);
  if (q.type != "each" && (q.window || random.chance(70))) q.anchor = one({"a", "b"});
  q.last = !q.window && !q.anchor.empty() && random.chance(30);
  q.window_hours = 1 + static_cast<int64_t>(random.below(30));
  q.by_value = random.chance(40);
  q.collapse = random.chance(60);
  q.persons = random.chance(40);
  q.steps = 1 + random.below(6);
  q.top = 1 + random.below(5);
  if (random.chance(20)) q.exclude = "c";
  return q;
}

json::object question_json(const Question& q, const NaiveRules& rules, int32_t first, int days) {
  json::object anchor{{"type", q.type}};
  if (!q.anchor.empty()) anchor["event"] = q.anchor;
  if (q.last) anchor["occurrence"] = "last";
  json::object out{
      {"kind", "paths"},
      {"range", json::object{{"from", day_text(first)}, {"to", day_text(first + days - 1)}}},
      {"tz", rules.calendar.name()},
      {"session", rules.json()},
      {"anchor", std::move(anchor)},
      {"collapse", q.collapse},
      {"count", q.persons ? "persons" : "units"},
      {"max_steps", q.steps},
      {"top_nodes", q.top},
      {"top_paths", 1000}};
  if (q.by_value) out["node"] = json::object{{"by", "property"}, {"prop", "event.v"}};
  if (!q.exclude.empty()) out["exclude"] = json::array{q.exclude};
  if (q.window) {
    out["unit"] = "window";
    out["window"] = json::object{{"value", q.window_hours}, {"unit", "hour"}};
  }
  return out;
}

void add_person(const Person& person, const Question& q, const NaiveRules& rules, int32_t first,
                int days, Naive& naive) {
  auto in_range = [&](const LogEvent& e) {
    int32_t day = rules.calendar.day_number(e.time) - first;
    return day >= 0 && day < days;
  };
  auto is_node = [&](const LogEvent& e) {
    return (q.exclude.empty() || e.name != q.exclude) && !(q.by_value && e.value.empty());
  };
  auto node = [&](const LogEvent& e) {
    return std::pair(q.by_value ? e.value : e.name, e.name == q.anchor);
  };
  if (!q.window) {
    for (const NaiveSession& session : naive_sessions(person, rules)) {
      if (!in_range(session[0])) continue;
      std::vector<std::pair<std::string, bool>> nodes;
      for (const LogEvent& e : session) {
        if (is_node(e)) nodes.push_back(node(e));
      }
      naive.unit(person.name, nodes, false);
    }
    return;
  }
  DurationMs window = q.window_hours * kHourMs;
  std::vector<LogEvent> log;
  for (const LogEvent& e : person.log) {
    if (rules.ignore_event.empty() || e.name != rules.ignore_event) log.push_back(e);
  }
  std::optional<TimeMs> opened;
  for (size_t i = 0; i < log.size(); ++i) {
    if (!in_range(log[i]) || log[i].name != q.anchor || !is_node(log[i])) continue;
    if (opened && log[i].time <= *opened + window) continue;
    opened = log[i].time;
    std::vector<std::pair<std::string, bool>> nodes;
    for (size_t j = 0; j < log.size(); ++j) {
      bool inside = q.type == "start" ? j >= i && log[j].time <= log[i].time + window
                                      : j <= i && log[j].time >= log[i].time - window;
      if (inside && is_node(log[j])) nodes.push_back(node(log[j]));
    }
    naive.unit(person.name, nodes, true);
  }
}

TEST(PathsReference, AgreesWithTheDefinitionOnRandomLogs) {
  uint64_t seed = testing::test_seed(2701);
  for (int round = 0; round < testing::rounds_for(kPeople); ++round, ++seed) {
    SeededRandom random(seed);
    BehaviourWorld world(kFrom + 40 * kDayMs);
    std::vector<Person> people =
        testing::random_people(world, random, kPeople, testing::session_shape(random, kFrom));
    for (int i = 0; i < 3; ++i) {
      NaiveRules rules = testing::random_rules(random);
      Question q = random_question(random);
      int days = 1 + static_cast<int>(random.below(3));
      int32_t first = rules.calendar.day_number(kFrom);
      Naive naive(q);
      for (const Person& person : people) add_person(person, q, rules, first, days, naive);
      naive.finish();
      json::object question = question_json(q, rules, first, days);
      auto answer = world.ask_json(json::value(question));
      std::string where = "WEIR_SEED=" + std::to_string(seed) + " " + json::to_text(question);
      ASSERT_TRUE(answer) << where << answer.error().message;
      ASSERT_EQ(answer->at("units").to_number<int64_t>(), naive.units) << where;
      ASSERT_EQ(answer->at("skipped").to_number<int64_t>(), naive.skipped) << where;
      ASSERT_EQ(answer->at("persons").to_number<size_t>(), naive.persons.size()) << where;
      auto values = [&](const std::map<std::string, Naive::Count>& counts) {
        Links out;
        for (const auto& [text, count] : counts) out[text] = naive.value(count);
        return out;
      };
      ASSERT_EQ(links_of(*answer), values(naive.links)) << where;
      if (naive.whole.size() <= 1000) {
        ASSERT_EQ(paths_of(*answer), values(naive.whole)) << where;
      }
      Links nodes;
      for (const json::value& n : answer->at("nodes").as_array()) {
        nodes[json::to_text(n.at("step")) + " " +
              std::string(json::view(n.at("node").as_string()))] =
            n.at("count").to_number<int64_t>();
      }
      ASSERT_EQ(nodes, values(naive.nodes)) << where;
    }
  }
}

TEST(PathsReference, UnitsAreConserved) {
  SeededRandom random(testing::test_seed(9));
  BehaviourWorld world(kFrom + 40 * kDayMs);
  testing::random_people(world, random, 300, testing::session_shape(random, kFrom));
  for (const char* type : {"start", "end"}) {
    json::value a = *world.ask(std::string(R"({"kind":"paths","range":{"from":"2026-03-06",
        "to":"2026-03-08"},"max_steps":4,"top_nodes":2,"anchor":{"type":")") +
                               type + "\"}}");
    std::map<std::string, int64_t> in, out;
    for (const json::value& link : a.at("links").as_array()) {
      auto step = link.at("step").to_number<int>();
      auto name = [&](int s, const char* field) {
        return std::to_string(s) + std::string(json::view(link.at(field).as_string()));
      };
      out[name(step, "source")] += link.at("count").to_number<int64_t>();
      if (link.at("target") != "$exit")
        in[name(step + 1, "target")] += link.at("count").to_number<int64_t>();
    }
    ASSERT_FALSE(a.at("nodes").as_array().empty());
    for (const json::value& n : a.at("nodes").as_array()) {
      std::string at =
          json::to_text(n.at("step")) + std::string(json::view(n.at("node").as_string()));
      auto of = [&](const char* field) { return n.at(field).to_number<int64_t>(); };
      bool start = std::string_view(type) == "start";
      EXPECT_EQ(of("count"), in[at] + of("starts") + (start ? 0 : of("truncated")));
      // At the start links have the exits already.
      EXPECT_EQ(of("count"), out[at] + (start ? of("truncated") : of("exits")));
    }
  }
}

TEST(PathsReference, EveryNumberIsThatManyPersons) {
  SeededRandom random(4);
  BehaviourWorld world(kFrom + 40 * kDayMs);
  testing::random_people(world, random, 150, testing::session_shape(random, kFrom));
  for (auto anchor : {PathsQuery::Anchor::Start, PathsQuery::Anchor::End}) {
    PathsQuery query;
    query.common.range = {kFrom, kFrom + 2 * kDayMs};
    query.common.as_of = kFrom + 40 * kDayMs;
    query.common.tz = "UTC";
    query.anchor = anchor;
    query.max_steps = 3;
    query.top_nodes = 2;
    query.count_persons = true;
    PathsAnswer whole = *world.behaviour().paths(query, {});
    auto persons = [&](int step, std::vector<std::string> names, const char* series) {
      DrillCell cell;
      cell.step = step;
      cell.breakdown = std::move(names);
      cell.series = series;
      auto answer = world.behaviour().drill(query, cell, {});
      EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
      return answer ? answer->people.size() : SIZE_MAX;
    };
    ASSERT_FALSE(whole.links.empty());
    for (const PathNode& n : whole.nodes) {
      ASSERT_EQ(persons(static_cast<int>(n.step), {n.name}, ""), n.count);
      if (anchor == PathsQuery::Anchor::Start) {
        ASSERT_EQ(persons(static_cast<int>(n.step), {n.name, "$exit"}, ""), n.exits);
      }
    }
    for (const PathLink& l : whole.links)
      ASSERT_EQ(persons(static_cast<int>(l.step), {l.source, l.target}, ""), l.count);
    for (const TopPath& p : whole.paths)
      ASSERT_EQ(persons(0, p.nodes, p.truncated ? "truncated" : ""), p.count);
  }
}

}  // namespace
}  // namespace weir
