// Kind "full_chain" (SEMANTICS AT8–AT10): figures worked out by hand, a naive reference, and who is
// behind each number.

#include "tests/support/small_logs.h"

#include <gtest/gtest.h>

#include <optional>
#include <set>

namespace weir {
namespace {

using testing::BehaviourWorld;
using testing::SeededRandom;
using testing::SmallEvent;
using testing::SmallLog;

TimeMs at(const char* text) {
  return *parse_time(text, "Asia/Shanghai");
}

const std::string kParts =
    R"("entries":[{"name":"followed","event":"follow"},{"name":"joined","event":"join"}],
    "touches":{"types":["click"],"dimension":"channel"},"order":{"event":"pay","value":"event.amt","id":"event.oid"})";

class FullChain : public ::testing::Test {
 protected:
  FullChain() : world_(at("2026-08-01T00:00:00")) {}

  void click(const char* who, const char* time, const char* channel) {
    world_.post(who, "click", at(time), {{"channel", std::string(channel)}});
  }
  void pay(const char* who, const char* time, int64_t fen) {
    world_.post(who, "pay", at(time), {{"amt", fen}, {"oid", "o" + std::to_string(++orders_)}});
  }
  json::value ask(const std::string& extra = "") {
    question_ =
        R"("kind":"full_chain","range":{"from":"2026-03-02","to":"2026-03-03"},)" + kParts + extra;
    auto answer = world_.ask("{" + question_ + "}");
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? *answer : json::value(json::object{});
  }
  static json::value of(const json::value& answer, const std::string& source) {
    for (const json::value& line : answer.at("sources").as_array()) {
      if (json::view(line.at("source").as_string()) == source) return line.at("total");
    }
    ADD_FAILURE() << "no source " << source;
    return answer.at("total");
  }
  static int64_t whole(const json::value& cell, const char* field) {
    return cell.at(field).to_number<int64_t>();
  }
  int64_t people(const std::string& of) {
    auto drilled = world_.ask(R"({"kind":"drill","of":{"query":{)" + question_ + "}" + of + "}}");
    EXPECT_TRUE(drilled) << (drilled ? "" : drilled.error().message);
    return drilled ? drilled->at("total").to_number<int64_t>() : -1;
  }

  BehaviourWorld world_;
  std::string question_;
  int orders_ = 0;
};

TEST_F(FullChain, TheSourceIsTheLastTouchThatIsNotDirectWithinAWeekBeforeTheEntry) {
  click("a", "2026-03-01T10:00:00", "ad");
  click("a", "2026-03-02T09:00:00", "direct");
  world_.post("a", "follow", at("2026-03-02T09:00:00"));  // ad: direct is passed over
  click("b", "2026-03-02T09:00:00", "kol");
  world_.post("b", "follow", at("2026-03-02T09:00:00"));  // kol: equal times count as before
  click("c", "2026-02-23T08:59:59", "ad");
  world_.post("c", "join", at("2026-03-02T09:00:00"));  // $organic: a second too long ago
  click("d", "2026-02-23T09:00:00", "ad");
  world_.post("d", "join", at("2026-03-02T09:00:00"));  // ad: exactly seven days
  click("e", "2026-03-02T08:00:00", "direct");
  world_.post("e", "follow", at("2026-03-02T09:00:00"));  // direct: there is nothing else
  click("f", "2026-03-02T10:00:00", "ad");
  world_.post("f", "follow", at("2026-03-02T09:00:00"));  // $organic: came later
  world_.post("g", "follow", at("2026-02-02T09:00:00"));  // entered before the range
  world_.post("g", "join", at("2026-03-02T09:00:00"));
  json::value answer = ask();
  EXPECT_EQ(whole(answer.at("total"), "entries"), 6);
  EXPECT_EQ(whole(of(answer, "ad"), "entries"), 2);
  EXPECT_EQ(whole(of(answer, "kol"), "entries"), 1);
  EXPECT_EQ(whole(of(answer, "direct"), "entries"), 1);
  EXPECT_EQ(whole(of(answer, "$organic"), "entries"), 2);
  EXPECT_EQ(people(R"(,"breakdown":["$organic"])"), 2);
  EXPECT_EQ(people(R"(,"breakdown":["ad"],"series":"joined")"), 1) << "d";
  EXPECT_EQ(people(R"(,"breakdown":["nowhere"])"), 0);
}

TEST_F(FullChain, WindowsBeginWithTheFirstEntryAndAreInclusive) {
  // a: follows, joins on the last instant of 30 days, buys then and once more, 90 days after.
  world_.post("a", "follow", at("2026-03-02T09:00:00"));
  world_.post("a", "view", at("2026-03-09T09:00:00"));
  world_.post("a", "join", at("2026-04-01T09:00:00"));
  pay("a", "2026-04-01T09:00:00", 10000);
  pay("a", "2026-05-31T09:00:00", 5000);
  // b: all of it a second late, and an order long before.
  pay("b", "2026-01-01T09:00:00", 700);
  world_.post("b", "follow", at("2026-03-03T09:00:00"));
  world_.post("b", "view", at("2026-03-10T09:00:01"));
  world_.post("b", "join", at("2026-04-02T09:00:01"));
  pay("b", "2026-04-02T09:00:00", 300);
  pay("b", "2026-06-01T09:00:01", 400);
  json::value answer = ask();
  const json::value &first = answer.at("values").at(0), &second = answer.at("values").at(1);
  EXPECT_EQ(whole(first, "engaged"), 1);
  EXPECT_EQ(whole(first.at("kinds"), "joined"), 1);
  EXPECT_EQ(whole(first, "buyers"), 1);
  EXPECT_EQ(whole(first, "new_buyers"), 1);
  EXPECT_EQ(whole(first, "orders"), 1);
  EXPECT_EQ(whole(first, "net"), 10000);
  EXPECT_EQ(whole(first, "repurchasers"), 1);
  EXPECT_EQ(whole(second, "engaged"), 0);
  EXPECT_EQ(whole(second.at("kinds"), "joined"), 0);
  EXPECT_EQ(whole(second.at("kinds"), "followed"), 1);
  EXPECT_EQ(whole(second, "buyers"), 1);
  EXPECT_EQ(whole(second, "new_buyers"), 0) << "b had bought before";
  EXPECT_EQ(whole(second, "net"), 300);
  EXPECT_EQ(whole(second, "repurchasers"), 0);
  for (const char* stage :
       {"followed", "joined", "engaged", "buyers", "new_buyers", "repurchasers"}) {
    bool kind = std::string(stage) == "followed" || std::string(stage) == "joined";
    int64_t number = whole(kind ? answer.at("total").at("kinds") : answer.at("total"), stage);
    EXPECT_EQ(people(std::string(R"(,"series":")") + stage + "\""), number) << stage;
  }
  EXPECT_EQ(people(R"(,"series":"buyers","bucket":"2026-03-03")"), 1);
}

TEST_F(FullChain, CostsOfAT10) {
  // 1000 entries, 200 first orders, 60000 yuan; 30000 yuan spent.
  for (int i = 0; i < 1000; ++i) {
    std::string who = "p" + std::to_string(i);
    click(who.c_str(), "2026-03-02T08:00:00", "ad");
    world_.post(who, "follow", at("2026-03-02T09:00:00"));
    if (i < 200) pay(who.c_str(), "2026-03-05T09:00:00", 30000);
  }
  json::value answer = ask(
      R"(,"margin":0.6,"cost":[{"source":"ad","from":"2026-03-02","to":"2026-03-03","fen":3000000,
          "impressions":200000,"clicks":4000},
         {"source":"kol","date":"2026-03-03","fen":500000},
         {"source":"tv","date":"2026-03-04","fen":900000}])");
  json::value ad = of(answer, "ad");
  EXPECT_EQ(whole(ad, "cost"), 3000000);
  EXPECT_EQ(whole(ad, "impressions"), 200000);
  EXPECT_EQ(whole(ad, "clicks"), 4000);
  EXPECT_EQ(whole(ad, "cpa"), 3000);
  EXPECT_EQ(whole(ad, "cac"), 15000);
  EXPECT_EQ(whole(ad, "roas"), 2);
  EXPECT_NEAR(ad.at("roi").to_number<double>(), 0.2, 1e-12);
  // Half of the span is the first day's, and everybody came then.
  EXPECT_EQ(whole(answer.at("sources").at(0).at("values").at(0), "cost"), 1500000);
  // Nobody came by the KOL: the money counts all the same. What was spent on other days does not.
  json::value kol = of(answer, "kol");
  EXPECT_EQ(whole(kol, "entries"), 0);
  EXPECT_TRUE(kol.at("cpa").is_null());
  EXPECT_EQ(whole(kol, "roi"), -1);
  EXPECT_EQ(answer.at("sources").as_array().size(), 2u);
  EXPECT_EQ(whole(answer.at("total"), "cost"), 3500000);
}

TEST_F(FullChain, NumbersSayWhetherEverybodyHadTheTime) {
  world_.post("a", "follow", at("2026-03-02T09:00:00"));
  json::value answer = ask(R"(,"as_of":"2026-04-01")");
  // The end of 04-01 is 30 days after the end of 03-02, one day short for 03-03.
  const json::value &first = answer.at("values").at(0), &second = answer.at("values").at(1);
  EXPECT_TRUE(first.at("orders_complete").as_bool());
  EXPECT_FALSE(second.at("orders_complete").as_bool());
  EXPECT_TRUE(second.at("engaged_complete").as_bool());
  EXPECT_FALSE(first.at("repurchase_complete").as_bool());
  EXPECT_FALSE(answer.at("total").at("orders_complete").as_bool());
}

TEST_F(FullChain, ErrorsNameTheField) {
  auto field = [&](const std::string& fields) {
    auto answer =
        world_.ask(R"({"kind":"full_chain","range":{"last":7,"unit":"day"},)" + fields + "}");
    EXPECT_FALSE(answer) << fields;
    return answer ? "" : answer.error().field;
  };
  std::string touches = R"("touches":{"types":["click"]})";
  EXPECT_EQ(field(R"("margin":0.5)"), "touches");
  EXPECT_EQ(field(R"("touches":{"types":[]})"), "touches.types");
  EXPECT_EQ(field(touches + R"(,"entries":[])"), "entries");
  EXPECT_EQ(field(touches + R"(,"entries":[{"name":"buyers","event":"x"}])"), "entries[0].name");
  EXPECT_EQ(field(touches + R"(,"within":"P400D")"), "within");
  EXPECT_EQ(field(touches + R"(,"margin":2)"), "margin");
  EXPECT_EQ(field(touches + R"(,"sample":0.5)"), "sample");
  EXPECT_EQ(field(touches + R"(,"cost":[{"source":"ad","date":"2026-03-02"}])"), "cost[0].fen");
}

// A reference straight from the rules.

struct Windows {
  DurationMs source, engaged, order, repeat;
};

struct Course {
  std::string source = "$organic";
  TimeMs entered = 0;
  std::map<std::string, int64_t> numbers;
};

std::optional<Course> course_of(const SmallLog& events, TimeMs from, TimeMs to, const Windows& w) {
  auto is_entry = [](const SmallEvent& e) { return e.name == "follow" || e.name == "join"; };
  auto first = std::find_if(events.begin(), events.end(), is_entry);
  if (first == events.end() || first->time < from || first->time >= to) return std::nullopt;
  Course out;
  out.entered = first->time;
  std::string direct;
  for (const SmallEvent& e : events) {
    std::string channel = testing::text_property(e, "channel");
    if (e.name != "click" || channel.empty()) continue;
    if (e.time > first->time || e.time < first->time - w.source) continue;
    channel == "direct" ? void(direct = channel) : void(out.source = channel);
  }
  if (out.source == "$organic" && !direct.empty()) out.source = direct;
  int64_t orders = 0, net = 0, repeat = 0, before = 0;
  auto& n = out.numbers;
  n["entries"] = 1;
  for (auto e = events.begin(); e != events.end(); ++e) {
    DurationMs after = e->time - first->time;
    bool later = e >= first;
    if (is_entry(*e) && later && after <= w.order)
      n[e->name == "follow" ? "followed" : "joined"] = 1;
    if (e > first && after <= w.engaged) n["engaged"] = 1;  // all names here are active ones
    if (e->name != "pay") continue;
    before += after < 0 ? 1 : 0;
    if (after < 0) continue;
    repeat += after <= w.repeat ? 1 : 0;
    if (after > w.order) continue;
    ++orders;
    net += int_property(e->properties, "amt");
  }
  n["orders"] = orders;
  n["net"] = net;
  n["buyers"] = orders > 0 ? 1 : 0;
  n["new_buyers"] = orders > 0 && before == 0 ? 1 : 0;
  n["repurchasers"] = repeat >= 2 ? 1 : 0;
  return out;
}

constexpr int kPeople = 100;

TEST(FullChainReference, SmallLogs) {
  uint64_t seed = testing::test_seed(6001);
  for (int round = 0; round < testing::rounds_for(kPeople); ++round, ++seed) {
    SeededRandom random(seed);
    BehaviourWorld world(testing::kLogNow + 100 * kDayMs);
    testing::SmallLogShape shape;
    shape.names = {"click", "click", "follow", "join", "pay"};
    shape.steps = 60;  // fifteen days
    shape.dress = [](SeededRandom& r, SmallEvent& e) {
      const char* channels[] = {"ad", "kol", "direct"};
      if (e.name == "click" && r.chance(85))
        e.properties.push_back({"channel", std::string(channels[r.below(3)])});
      if (e.name == "pay") e.properties.push_back({"amt", static_cast<int64_t>(r.below(1000))});
    };
    SmallLog log = testing::random_log(random, kPeople, shape);
    testing::post_log(world, log, random);
    auto hours = [&] { return 6 * kHourMs * (1 + random.below(20)); };
    Windows w{hours(), hours(), hours(), hours()};
    auto text = [](DurationMs ms) { return "PT" + std::to_string(ms / kHourMs) + "H"; };
    std::string range = R"("range":{"from":"2026-03-04","to":"2026-03-09"})";
    std::string question =
        R"("kind":"full_chain",)" + range +
        R"(,"entries":[{"name":"followed","event":"follow"},{"name":"joined","event":"join"}],
            "touches":{"types":["click"]},"order":{"event":"pay","value":"event.amt","id":"none"},
            "source_window":")" +
        text(w.source) + R"(","engaged_within":")" + text(w.engaged) + R"(","within":")" +
        text(w.order) + R"(","repurchase_within":")" + text(w.repeat) + "\"";
    TimeMs from = testing::kLogStart + 2 * kDayMs, to = from + 6 * kDayMs;
    using Numbers = std::map<std::string, int64_t>;
    std::map<std::string, std::map<int, Numbers>> want;  // by source and day; -1: the total
    for (const auto& [who, events] : testing::by_person(log)) {
      auto course = course_of(events, from, to, w);
      if (!course) continue;
      auto day = static_cast<int>((course->entered - from) / kDayMs);
      for (const std::string& source : {course->source, std::string()}) {
        for (int d : {day, -1}) {
          for (const auto& [name, n] : course->numbers) want[source][d][name] += n;
        }
      }
    }
    auto answer = world.ask("{" + question + "}");
    ASSERT_TRUE(answer) << answer.error().message;
    auto check = [&](const json::value& cell, Numbers numbers) {
      for (const char* kind : {"followed", "joined"})
        ASSERT_EQ(cell.at("kinds").at(kind).to_number<int64_t>(), numbers[kind]) << seed << kind;
      for (const char* name :
           {"entries", "engaged", "buyers", "new_buyers", "orders", "net", "repurchasers"})
        ASSERT_EQ(cell.at(name).to_number<int64_t>(), numbers[name]) << seed << name << question;
    };
    auto check_line = [&](const json::value& line, const std::string& source) {
      check(line.at("total"), want[source][-1]);
      for (int d = 0; d < 6; ++d)
        check(line.at("values").at(static_cast<size_t>(d)), want[source][d]);
    };
    check_line(*answer, "");
    std::set<std::string> shown;
    for (const json::value& line : answer->at("sources").as_array()) {
      std::string source(json::view(line.at("source").as_string()));
      shown.insert(source);
      check_line(line, source);
    }
    for (const auto& [source, days] : want) ASSERT_TRUE(source.empty() || shown.contains(source));
    const char* stages[] = {"entries", "engaged", "new_buyers", "repurchasers"};
    std::string stage = stages[random.below(4)];
    auto drilled = world.ask(R"({"kind":"drill","of":{"query":{)" + question +
                             R"(},"breakdown":["ad"],"series":")" + stage + R"("}})");
    ASSERT_TRUE(drilled) << drilled.error().message;
    ASSERT_EQ(drilled->at("total").to_number<int64_t>(), want["ad"][-1][stage]) << seed << stage;
  }
}

}  // namespace
}  // namespace weir
