// RFM, stages, LTV and repurchase against references written from the definition (SEMANTICS §7).

#include "tests/support/small_logs.h"

#include <gtest/gtest.h>

#include <set>

namespace weir {
namespace {

using testing::BehaviourWorld;
using testing::SeededRandom;
using testing::SmallEvent;
using testing::SmallLog;

struct NaiveOrder {
  TimeMs time = 0;
  int64_t net = 0;
  bool voided = false;
  int day() const { return static_cast<int>((time + 8 * kHourMs) / kDayMs); }
};

/// Orders of a person: first event of each id, less its refunds.
std::vector<NaiveOrder> orders_of(const SmallLog& events) {
  std::vector<NaiveOrder> out;
  std::set<std::string> ids;
  for (const SmallEvent& e : events) {
    if (e.name != "order_paid") continue;
    std::string id = testing::text_property(e, "order_id");
    if (!id.empty() && !ids.insert(id).second) continue;
    int64_t paid = int_property(e.properties, "amount_fen"), refunded = 0;
    for (const SmallEvent& r : events) {
      if (r.name == "order_refunded" && !id.empty() && testing::text_property(r, "order_id") == id)
        refunded += int_property(r.properties, "amount_fen");
    }
    out.push_back(
        {e.time, std::max<int64_t>(0, paid - refunded), refunded > 0 && refunded >= paid});
  }
  return out;
}

std::vector<NaiveOrder> kept(std::vector<NaiveOrder> orders) {
  std::erase_if(orders, [](const NaiveOrder& o) { return o.voided; });
  return orders;
}

struct World {
  explicit World(uint64_t seed, int people) : random(seed), world(testing::kLogNow + 400 * kDayMs) {
    testing::SmallLogShape shape;
    shape.names = {"order_paid", "order_paid", "order_refunded", "follow"};
    shape.step = 9 * kHourMs;
    shape.steps = 500;  // half a year
    shape.dress = [](SeededRandom& r, SmallEvent& e) {
      if (e.name == "follow") {
        if (r.chance(80))
          e.properties.push_back({"channel", std::string(r.chance(50) ? "ad" : "qr")});
        return;
      }
      if (r.chance(85)) e.properties.push_back({"order_id", "o" + std::to_string(r.below(4))});
      e.properties.push_back({"amount_fen", static_cast<int64_t>(r.below(1000))});
    };
    log = testing::random_log(random, people, shape);
    testing::post_log(world, log, random);
  }
  json::value ask(const std::string& q) {
    auto answer = world.ask("{" + q + "}");
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message) << q;
    return answer ? *answer : json::value(nullptr);
  }
  SeededRandom random;
  BehaviourWorld world;
  SmallLog log;
};

std::string date(int days_after_start) {
  return Calendar::shanghai().date_text(testing::kLogStart + days_after_start * kDayMs);
}
int day_of(int days_after_start) {
  return Calendar::shanghai().day_number(testing::kLogStart + days_after_start * kDayMs);
}
/// Events up to the end of a day, as as_of sees them.
std::map<std::string, SmallLog> people_until(const SmallLog& log, int days_after_start) {
  std::map<std::string, SmallLog> out = testing::by_person(log);
  for (auto& [who, events] : out) {
    std::erase_if(events, [&](const SmallEvent& e) {
      return e.time >= testing::kLogStart + (days_after_start + 1) * kDayMs;
    });
  }
  return out;
}

struct Rfm {
  double r = 0, f = 0, m = 0;
};

/// Score of each person on one axis, from RF2.
std::vector<int> scores(const std::vector<double>& values, bool less_is_better,
                        const std::string& mode, double threshold) {
  std::vector<int> out;
  double mean = 0;
  for (double v : values) mean += v / static_cast<double>(values.size());
  double bound = mode == "mean"     ? mean
                 : mode == "median" ? testing::naive_percentile(values, 0.5)
                                    : threshold;
  for (double v : values) {
    if (mode != "quintile") {
      // The mean is a rounded number: one that equals it may differ in the last digits.
      double slack = mode == "mean" ? 1e-9 : 0;
      out.push_back((less_is_better ? v <= bound + slack : v >= bound - slack) ? 1 : 0);
      continue;
    }
    auto worse = std::count_if(values.begin(), values.end(),
                               [&](double w) { return less_is_better ? w > v : w < v; });
    out.push_back(1 + static_cast<int>(
                          std::min<int64_t>(4, 5 * worse / static_cast<int64_t>(values.size()))));
  }
  return out;
}

TEST(RfmReference, SmallLogsForEachMode) {
  uint64_t seed = testing::test_seed(1);
  for (int world_number = 0; world_number < testing::rounds_for(100); ++world_number, ++seed) {
    World w(seed, 100);
    int today = 100 + static_cast<int>(w.random.below(60)),
        lookback = 30 + static_cast<int>(w.random.below(100));
    std::vector<Rfm> base;
    for (const auto& [who, events] : people_until(w.log, today)) {
      Rfm person;
      for (const NaiveOrder& o : kept(orders_of(events))) {
        if (o.day() <= day_of(today) - lookback) continue;
        person.r = day_of(today) - o.day();
        ++person.f;
        person.m += static_cast<double>(o.net);
      }
      if (person.f > 0) base.push_back(person);
    }
    std::vector<double> r, f, m;
    for (const Rfm& p : base) {
      r.push_back(p.r);
      f.push_back(p.f);
      m.push_back(p.m);
    }
    for (const char* mode : {"thresholds", "mean", "median", "quintile"}) {
      std::string score = std::string(mode) == "thresholds"
                              ? R"("mode":"thresholds","r":20,"f":2,"m":800)"
                              : std::string(R"("mode":")") + mode + "\"";
      json::value a = w.ask(R"("kind":"rfm","as_of":")" + date(today) + R"(","lookback":"P)" +
                            std::to_string(lookback) + R"(D","score":{)" + score + "}");
      std::vector<int> rs = scores(r, true, mode, 20), fs = scores(f, false, mode, 2),
                       ms = scores(m, false, mode, 800);
      std::map<std::string, Rfm> want;  // r = persons
      for (size_t i = 0; i < base.size(); ++i) {
        Rfm& cell = want[std::to_string(rs[i]) + std::to_string(fs[i]) + std::to_string(ms[i])];
        ++cell.r;
        cell.f += f[i];
        cell.m += m[i];
      }
      ASSERT_EQ(a.at("total").at("persons").to_number<size_t>(), base.size()) << seed;
      for (const json::value& c : a.at("cells").as_array()) {
        std::string id(json::view(c.at("cell").as_string()));
        ASSERT_EQ(c.at("persons").to_number<double>(), want[id].r) << seed << mode << id;
        ASSERT_EQ(c.at("orders").to_number<double>(), want[id].f) << seed << mode << id;
        ASSERT_EQ(c.at("amount").to_number<double>(), want[id].m) << seed << mode << id;
        want.erase(id);
      }
      for (const auto& [id, cell] : want) ASSERT_EQ(cell.r, 0) << seed << mode << id;
    }
  }
}

std::string stage_of(const std::vector<NaiveOrder>& orders, int today, bool personal) {
  if (orders.empty()) return "prospect";
  double silent = 90, dormant = 180, active = 30, since = today - orders.back().day();
  if (orders.size() == 1 && since <= 30) return "new";
  if (personal && orders.size() >= 3) {
    std::vector<double> gaps;
    for (size_t i = 1; i < orders.size(); ++i)
      gaps.push_back(orders[i].day() - orders[i - 1].day());
    double gap = std::max(1.0, testing::naive_percentile(gaps, 0.5));
    active = 1.5 * gap;
    silent = 3 * gap;
    dormant = 6 * gap;
  }
  return since <= active    ? "active"
         : since <= silent  ? "silent"
         : since <= dormant ? "dormant"
                            : "lost";
}

TEST(StagesReference, SmallLogs) {
  uint64_t seed = testing::test_seed(1);
  for (int world_number = 0; world_number < testing::rounds_for(100); ++world_number, ++seed) {
    World w(seed, 100);
    int today = 60 + static_cast<int>(w.random.below(300));
    for (bool personal : {false, true}) {
      std::map<std::string, int> want;
      int revived = 0;
      std::set<std::string> seen;
      for (const SmallEvent& e : w.log) seen.insert(e.who);
      std::map<std::string, SmallLog> people = people_until(w.log, today);
      for (const std::string& who : seen) {
        std::vector<NaiveOrder> orders = kept(orders_of(people[who]));
        ++want[stage_of(orders, day_of(today), personal)];
        bool back = false;
        for (size_t i = 1; i < orders.size(); ++i) {
          double limit = 90;
          if (personal && orders.size() >= 3) {
            std::vector<double> gaps;
            for (size_t k = 1; k < orders.size(); ++k)
              gaps.push_back(orders[k].day() - orders[k - 1].day());
            limit = 3 * std::max(1.0, testing::naive_percentile(gaps, 0.5));
          }
          back |= day_of(today) - orders[i].day() <= 30 &&
                  orders[i].day() - orders[i - 1].day() > limit;
        }
        revived += back ? 1 : 0;
      }
      json::value a = w.ask(R"("kind":"stages","as_of":")" + date(today) +
                            R"(","personal_cycle":)" + (personal ? "true" : "false"));
      for (const json::value& s : a.at("stages").as_array()) {
        std::string name(json::view(s.at("stage").as_string()));
        ASSERT_EQ(s.at("persons").to_number<int>(), want[name]) << seed << name;
      }
      ASSERT_EQ(a.at("revived").to_number<int>(), revived) << seed;
    }
  }
}

/// One person's way into an LTV cohort.
struct Begin {
  TimeMs time = 0;
  std::string channel;
  std::vector<NaiveOrder> orders;
};

std::string compare_ltv(const json::value& cell, const std::vector<Begin>& people, size_t periods,
                        int days, bool rolling, TimeMs as_of) {
  std::string out;
  auto local_day = [](TimeMs t) { return (t + 8 * kHourMs) / kDayMs; };
  if (cell.at("persons").to_number<size_t>() != people.size()) return " persons";
  for (size_t n = 0; n < periods; ++n) {
    double amount = 0;
    uint64_t buyers = 0;
    bool complete = true;
    auto length = static_cast<int64_t>(n + 1) * days;
    for (const Begin& p : people) {
      bool bought = false;
      for (const NaiveOrder& o : p.orders) {
        bool in = rolling ? o.time >= p.time && o.time < p.time + length * kDayMs
                          : local_day(o.time) >= local_day(p.time) &&
                                local_day(o.time) < local_day(p.time) + length;
        if (!in) continue;
        amount += static_cast<double>(o.net);
        bought |= !o.voided;
      }
      buyers += bought ? 1 : 0;
      TimeMs end =
          rolling ? p.time + length * kDayMs : (local_day(p.time) + length) * kDayMs - 8 * kHourMs;
      complete &= end <= as_of + 1;
    }
    std::string at = " period " + std::to_string(n);
    if (cell.at("complete").at(n).as_bool() != complete) out += at + " complete";
    if (people.empty()) {
      if (!cell.at("ltv").at(n).is_null()) out += at + " ltv of nobody";
      continue;
    }
    if (cell.at("amount").at(n).to_number<double>() != amount) out += at + " amount";
    if (cell.at("buyers").at(n).to_number<uint64_t>() != buyers) out += at + " buyers";
    double ltv = amount / static_cast<double>(people.size());
    if (!testing::close(cell.at("ltv").at(n).to_number<double>(), ltv)) out += at + " ltv";
  }
  return out;
}

TEST(LtvReference, SmallLogsForEachClock) {
  uint64_t seed = testing::test_seed(1);
  for (int world_number = 0; world_number < testing::rounds_for(100); ++world_number, ++seed) {
    World w(seed, 100);
    int today = 60 + static_cast<int>(w.random.below(140));
    TimeMs from = testing::kLogStart + 7 * kDayMs, to = from + 56 * kDayMs;
    TimeMs as_of = testing::kLogStart + (today + 1) * kDayMs - 1;
    std::vector<Begin> people;
    for (const auto& [who, events] : people_until(w.log, today)) {
      auto first = std::find_if(events.begin(), events.end(),
                                [](const SmallEvent& e) { return e.name == "follow"; });
      if (first == events.end() || first->time < from || first->time >= to) continue;
      people.push_back({first->time, testing::text_property(*first, "channel"), orders_of(events)});
    }
    bool rolling = w.random.chance(50), weeks = w.random.chance(50);
    json::value a = w.ask(
        R"("kind":"ltv","range":{"from":"2026-03-09","to":"2026-05-03"},"interval":"week",
           "acquisition":{"event":"follow"},"breakdown":[{"prop":"event.channel"}],
           "incomplete":true,"periods":10,"as_of":")" +
        date(today) + R"(","clock":")" + (rolling ? "rolling" : "calendar") + R"(","unit":")" +
        (weeks ? "week" : "day") + "\"");
    auto check = [&](const json::value& cell, const std::function<bool(const Begin&)>& is_in) {
      std::vector<Begin> own;
      std::copy_if(people.begin(), people.end(), std::back_inserter(own), is_in);
      return compare_ltv(cell, own, 10, weeks ? 7 : 1, rolling, as_of);
    };
    auto in_week = [&](const Begin& p, size_t week) {
      return (p.time - from) / (7 * kDayMs) == static_cast<TimeMs>(week);
    };
    ASSERT_EQ(check(a.at("total"), [](const Begin&) { return true; }), "") << seed;
    for (size_t week = 0; week < 8; ++week) {
      ASSERT_EQ(check(a.at("cohorts").at(week), [&](const Begin& p) { return in_week(p, week); }),
                "")
          << seed;
    }
    for (const json::value& s : a.at("series").as_array()) {
      std::string channel(json::view(s.at("breakdown").at(0).as_string()));
      if (channel == "$none") channel.clear();
      auto is_own = [&](const Begin& p) { return p.channel == channel; };
      ASSERT_EQ(check(s.at("total"), is_own), "") << seed << channel;
      for (size_t week = 0; week < 8; ++week) {
        ASSERT_EQ(check(s.at("cohorts").at(week),
                        [&](const Begin& p) { return is_own(p) && in_week(p, week); }),
                  "")
            << seed << channel;
      }
    }
  }
}

TEST(RepurchaseReference, SmallLogsForEachVariant) {
  uint64_t seed = testing::test_seed(1);
  for (int world_number = 0; world_number < testing::rounds_for(100); ++world_number, ++seed) {
    World w(seed, 100);
    int today = 40 + static_cast<int>(w.random.below(100));
    bool merge = w.random.chance(50);
    TimeMs from = testing::kLogStart + 7 * kDayMs, to = from + 28 * kDayMs;
    TimeMs as_of = testing::kLogStart + (today + 1) * kDayMs - 1;
    std::vector<std::vector<TimeMs>> people;
    for (const auto& [who, events] : people_until(w.log, today)) {
      std::vector<TimeMs> times;
      std::set<int> days;
      for (const NaiveOrder& o : kept(orders_of(events))) {
        if (!merge || days.insert(o.day()).second) times.push_back(o.time);
      }
      people.push_back(times);
    }
    std::string common =
        R"("kind":"repurchase","range":{"from":"2026-03-09","to":"2026-04-05"},"interval":"week",
           "as_of":")" +
        date(today) + R"(","merge_same_day":)" + (merge ? "true" : "false");
    json::value a = w.ask(common);
    auto in_range = [&](TimeMs begin, TimeMs end, size_t at_least) {
      return std::count_if(people.begin(), people.end(), [&](const auto& times) {
        auto inside = std::count_if(times.begin(), times.end(),
                                    [&](TimeMs t) { return t >= begin && t < end; });
        return inside >= static_cast<int64_t>(at_least);
      });
    };
    ASSERT_EQ(a.at("total").at("buyers").to_number<int64_t>(), in_range(from, to, 1)) << seed;
    ASSERT_EQ(a.at("total").at("repeat_buyers").to_number<int64_t>(), in_range(from, to, 2))
        << seed;
    json::value b = w.ask(common + R"(,"variant":"cohort","within":[10,30])");
    std::map<int, std::pair<int64_t, int64_t>> total;  // by days: of, again
    for (TimeMs week = 0; week < 4; ++week) {
      TimeMs begin = from + week * 7 * kDayMs, end = begin + 7 * kDayMs;
      const json::value& own = a.at("values").at(static_cast<size_t>(week));
      ASSERT_EQ(own.at("buyers").to_number<int64_t>(), in_range(begin, end, 1)) << seed;
      ASSERT_EQ(own.at("repeat_buyers").to_number<int64_t>(), in_range(begin, end, 2)) << seed;
      const json::value& cohort = b.at("values").at(static_cast<size_t>(week));
      for (size_t n = 0; n < 2; ++n) {
        int days = n == 0 ? 10 : 30;
        int64_t buyers = 0, again = 0;
        for (const auto& times : people) {
          if (times.empty() || times[0] < begin || times[0] >= end) continue;
          ++buyers;
          again += times.size() > 1 && times[1] <= times[0] + days * kDayMs ? 1 : 0;
        }
        ASSERT_EQ(cohort.at("buyers").to_number<int64_t>(), buyers) << seed;
        ASSERT_EQ(cohort.at("within").at(n).at("repeat_buyers").to_number<int64_t>(), again)
            << seed;
        bool complete = end + days * kDayMs <= as_of + 1;
        ASSERT_EQ(cohort.at("within").at(n).at("complete").as_bool(), complete) << seed;
        if (!complete) continue;
        total[days].first += buyers;
        total[days].second += again;
      }
    }
    for (size_t n = 0; n < 2; ++n) {
      const json::value& own = b.at("total").at("within").at(n);
      auto want = total[n == 0 ? 10 : 30];
      ASSERT_EQ(own.at("of").to_number<int64_t>(), want.first) << seed;
      ASSERT_EQ(own.at("repeat_buyers").to_number<int64_t>(), want.second) << seed;
    }
  }
}

}  // namespace
}  // namespace weir
