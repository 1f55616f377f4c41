// Group portraits: counts, shares and the ranking of differences against people counted one by one,
// and every number opened to its people.

#include "tests/support/behaviour_world.h"
#include "tests/support/seeded_random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

namespace weir {
namespace {

using testing::BehaviourWorld;

constexpr TimeMs kNow = 1772380800000 + 30 * kDayMs;  // midnight in Shanghai

struct Counts {
  std::set<std::string> group, baseline;  // profile ids
};
/// By feature, then value.
using Expected = std::map<std::string, std::map<std::string, Counts>>;

json::object asked(BehaviourWorld& world, const std::string& query) {
  auto answer = world.ask(query);
  EXPECT_TRUE(answer) << answer.error().message << " " << query;
  return answer ? answer->get_object() : json::object();
}

std::set<std::string> drilled(BehaviourWorld& world, const json::object& answer, json::object of) {
  of["query_hash"] = answer.at("query_hash");
  json::object query{{"kind", "drill"}, {"of", std::move(of)}, {"limit", 1000}};
  auto people = world.ask_json(json::value(query));
  EXPECT_TRUE(people) << people.error().message;
  std::set<std::string> out;
  if (!people) return out;
  for (const json::value& p : people->at("persons").get_array())
    out.insert(std::string(json::view(p.at("profile_id").get_string())));
  return out;
}

/// Random people with a city, interests, an age, events with a channel, and orders.
class People {
 public:
  explicit People(uint64_t seed) : random_(seed), world_(kNow, seed) {
    for (int i = 0; i < 60; ++i) make_person("u" + std::to_string(i));
    if (random_.chance(50)) {
      EXPECT_TRUE(world_.checkpoint());
    }
    for (int i = 0; i < 3; ++i) merge();
  }

  BehaviourWorld& world() { return world_; }

  /// Counted one by one, of the segment "a" against "b" or (empty) everybody.
  Expected count(const std::string& baseline) {
    Expected out;
    std::map<uint32_t, std::vector<Event>> by_person;
    for (const Event& e : events_) by_person[world_.profile_of(e.who).value].push_back(e);
    for (ProfileOrdinal p : world_.live_profiles(ProfileOrdinal(0), 1000)) {
      std::vector<Event>& events = by_person[p.value];
      std::stable_sort(events.begin(), events.end(),
                       [](const Event& x, const Event& y) { return x.time < y.time; });
      bool in_group = world_.is_member(p, "a");
      bool in_baseline = baseline.empty() || world_.is_member(p, baseline);
      for (const auto& [feature, values] : values_of(p, events)) {
        for (const std::string& value : values.empty() ? std::set<std::string>{"$none"} : values) {
          if (in_group) out[feature][value].group.insert(profile_id_text(p));
          if (in_baseline) out[feature][value].baseline.insert(profile_id_text(p));
        }
      }
    }
    return out;
  }

 private:
  struct Event {
    std::string who, name, channel;
    TimeMs time;
    int64_t fen;
  };

  void make_person(const std::string& who) {
    if (random_.chance(80))
      world_.set_trait(who, "city", std::string(random_.chance(50) ? "杭州" : "成都"));
    if (random_.chance(60)) {
      StringList likes;
      if (random_.chance(70)) likes.emplace_back("茶");
      if (random_.chance(50)) likes.emplace_back("咖啡");
      if (!likes.empty()) world_.set_trait(who, "likes", likes);
    }
    if (random_.chance(70)) world_.set_trait(who, "age", static_cast<int64_t>(random_.below(60)));
    world_.identity_of(who);
    if (random_.chance(40)) world_.set_member(who, "a");
    if (random_.chance(50)) world_.set_member(who, "b");
    for (uint64_t n = random_.below(6); n > 0; --n) {
      TimeMs time =
          kNow - 60 * kDayMs + static_cast<TimeMs>(random_.below(60 * 24 * 60)) * kMinuteMs;
      // No two events of anybody at once: which is the first must be clear.
      time += static_cast<TimeMs>(events_.size());
      Event e{who, random_.chance(70) ? "view" : "cart", "", time, 0};
      if (random_.chance(60)) e.channel = random_.chance(50) ? "抖音" : "微信";
      if (random_.chance(30))
        e = {who, "order_paid", e.channel, time,
             100 * (1 + static_cast<int64_t>(random_.below(4000)))};
      post(e);
    }
  }

  void post(const Event& e) {
    Properties properties;
    if (!e.channel.empty()) properties.push_back({"channel", e.channel});
    if (e.fen > 0) {
      properties.push_back({"amount_fen", e.fen});
      properties.push_back({"order_id", "o" + std::to_string(events_.size())});
    }
    world_.post(e.who, e.name, e.time, std::move(properties));
    events_.push_back(e);
  }

  void merge() {
    std::string a = "u" + std::to_string(random_.below(60)),
                b = "u" + std::to_string(random_.below(60));
    if (world_.profile_of(a) == world_.profile_of(b)) return;
    world_.merge(a, b);
    world_.set_member(b, "touched");  // the store reads again who has changed
  }

  std::map<std::string, std::set<std::string>> values_of(ProfileOrdinal p,
                                                         const std::vector<Event>& events) {
    std::map<std::string, std::set<std::string>> out;
    auto& city = out["profile.city"];
    if (const Value* v = world_.trait(p, "city")) city.insert(display_text(*v));
    auto& likes = out["profile.likes"];
    if (const Value* v = world_.trait(p, "likes"))
      for (const std::string& item : std::get<StringList>(*v)) likes.insert(item);
    auto& age = out["profile.age"];
    if (const Value* v = world_.trait(p, "age")) {
      int64_t years = std::get<int64_t>(*v);
      age.insert(years < 18 ? "<18" : years < 40 ? "[18,40)" : "[40,+∞)");
    }
    auto &hours = out["hour"], &days = out["weekday"], &names = out["event"];
    auto &first = out["first.channel"], &last = out["last.channel"], &spend = out["spend"];
    int64_t fen = 0;
    for (const Event& e : events) {
      fen += e.fen;
      if (!e.channel.empty()) {
        if (first.empty()) first = {e.channel};
        last = {e.channel};
      }
      // The last 30 days with today, and kNow is the first instant of today.
      if (e.time < kNow - 29 * kDayMs) continue;
      Calendar::Local local = Calendar::shanghai().local(e.time);
      hours.insert(std::to_string(local.hour));
      days.insert(std::to_string(local.weekday));
      names.insert(e.name);
    }
    if (fen > 0)
      spend.insert(fen < 100000 ? "<100000" : fen < 300000 ? "[100000,300000)" : "[300000,+∞)");
    return out;
  }

  testing::SeededRandom random_;
  BehaviourWorld world_;
  std::vector<Event> events_;
};

void check_shares(const json::object& answer, const json::object& value) {
  auto persons = value.at("persons").to_number<double>();
  auto all = answer.at("persons").to_number<double>();
  if (all == 0) {
    EXPECT_TRUE(value.at("share").is_null());
    return;
  }
  EXPECT_DOUBLE_EQ(value.at("share").to_number<double>(), persons / all);
}

void expect_same(People& people, const std::string& compare, const std::string& baseline) {
  json::object answer = asked(people.world(), R"({"kind":"portrait","segment":"a")" + compare +
                                                  R"(,"features":["profile.city","profile.likes",
                                 {"prop":"profile.age","bins":[18,40]},"hour","weekday","event",
                                 "first.channel","last.channel",
                                 {"prop":"spend","bins":[100000,300000]}]})");
  Expected expected = people.count(baseline);
  for (const json::value& feature : answer.at("features").get_array()) {
    std::string name(json::view(feature.at("feature").get_string()));
    std::map<std::string, Counts> rest = expected.at(name);
    json::array values = feature.at("values").get_array();
    json::object none = feature.at("none").get_object();
    none["value"] = "$none";
    values.push_back(none);
    for (const json::value& one : values) {
      std::string value(json::view(one.at("value").get_string()));
      Counts& want = rest[value];
      EXPECT_EQ(one.at("persons").to_number<size_t>(), want.group.size()) << name << value;
      EXPECT_EQ(one.at("baseline_persons").to_number<size_t>(), want.baseline.size())
          << name << value;
      check_shares(answer, one.get_object());
      json::object of{{"series", name}, {"breakdown", json::array{json::value(value)}}};
      EXPECT_EQ(drilled(people.world(), answer, of), want.group) << name << value;
      of["compare"] = true;
      EXPECT_EQ(drilled(people.world(), answer, of), want.baseline) << name << value;
      rest.erase(value);
    }
    EXPECT_TRUE(rest.empty()) << name << " lacks " << rest.begin()->first;
  }
  EXPECT_EQ(drilled(people.world(), answer, {}).size(), answer.at("persons").to_number<size_t>());
}

TEST(Portrait, CountsAsOneByOneAgainstEverybodyAndAgainstASegment) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(seed);
    People people(seed);
    expect_same(people, "", "");
    expect_same(people, R"(,"compare":"b")", "b");
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(Portrait, RanksDifferencesThatAreSureByHowLargeTheyAre) {
  BehaviourWorld world(kNow);
  for (int i = 0; i < 400; ++i) {
    std::string who = "u" + std::to_string(i);
    bool a = i < 100;
    if (a) world.set_member(who, "a");
    // 80 % of the group and 10 % of the others; 50 % of both; 30 % and 20 %, which may be chance.
    bool hangzhou_too = a ? i % 5 != 0 : i % 10 == 0;
    world.set_trait(who, "city", std::string(hangzhou_too ? "杭州" : "成都"));
    world.set_trait(who, "sex", std::string(i % 2 == 0 ? "女" : "男"));
    world.set_trait(who, "pet", std::string((a ? i % 10 < 3 : i % 10 < 2) ? "猫" : "无"));
  }
  json::object answer = asked(world, R"({"kind":"portrait","segment":"a",
      "features":["profile.city","profile.sex","profile.pet"]})");
  EXPECT_EQ(answer.at("persons").to_number<int>(), 100);
  EXPECT_EQ(answer.at("baseline_persons").to_number<int>(), 400);
  const json::array& found = answer.at("differences").get_array();
  ASSERT_EQ(found.size(), 2u);
  for (const json::value& d : found) EXPECT_EQ(d.at("feature"), json::value("profile.city"));
  const json::value& hangzhou = found[0].at("value") == json::value("杭州") ? found[0] : found[1];
  EXPECT_EQ(hangzhou.at("persons").to_number<int>(), 80);
  EXPECT_EQ(hangzhou.at("baseline_persons").to_number<int>(), 110);
  EXPECT_NEAR(hangzhou.at("difference").to_number<double>(), 0.8 - 0.275, 1e-12);
  EXPECT_NEAR(hangzhou.at("lift").to_number<double>(), 0.8 / 0.275, 1e-12);
  // Against the 300 others, of whom 30: (.8 − .1) / √(.275·.725·(1/100 + 1/300)).
  EXPECT_NEAR(hangzhou.at("z").to_number<double>(),
              0.7 / std::sqrt(0.275 * 0.725 * (1.0 / 100 + 1.0 / 300)), 1e-9);
}

TEST(Portrait, CutsManyDifferentNumbersIntoFifthsOfThePeople) {
  BehaviourWorld world(kNow);
  for (int i = 0; i < 100; ++i)
    world.set_trait("u" + std::to_string(i), "points", static_cast<int64_t>(i * i));
  json::object answer = asked(world, R"({"kind":"portrait","features":["profile.points"]})");
  const json::array& values = answer.at("features").at(0).at("values").get_array();
  ASSERT_EQ(values.size(), 5u);
  for (const json::value& v : values) EXPECT_EQ(v.at("persons").to_number<int>(), 20);
  EXPECT_EQ(values[1].at("from").to_number<double>(), 400);
  EXPECT_EQ(values[1].at("to").to_number<double>(), 1600);
  EXPECT_TRUE(answer.at("differences").get_array().empty());
}

TEST(Portrait, RefusesWhatItCannotAnswerAndSaysWhere) {
  BehaviourWorld world(kNow);
  auto field = [&](const std::string& query) {
    auto answer = world.ask(query);
    return answer ? std::string("answered") : answer.error().field;
  };
  EXPECT_EQ(field(R"({"kind":"portrait"})"), "features");
  EXPECT_EQ(field(R"({"kind":"portrait","features":["hour","hour"]})"), "features[1]");
  EXPECT_EQ(field(R"({"kind":"portrait","features":["city"]})"), "features[0]");
  EXPECT_EQ(field(R"({"kind":"portrait","features":[{"prop":"hour","bins":[1]}]})"),
            "features[0].bins");
  EXPECT_EQ(field(R"({"kind":"portrait","features":["hour"],
                      "filter":{"prop":"event.sku","op":"is_set"}})"),
            "filter");
}

}  // namespace
}  // namespace weir
