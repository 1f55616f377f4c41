// Retention against a naive reading of RT1–RT7 over 20 000 small random logs, and its drill.

#include "tests/support/random_logs.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace weir {
namespace {

using testing::BehaviourWorld;
using testing::LogEvent;
using testing::Person;
using testing::SeededRandom;

constexpr TimeMs kFrom = 1772755200000;  // 2026-03-06 00:00 UTC; New York's clocks change on 03-08
constexpr int kPeople = 100;

struct Question {
  std::string zone, unit, clock, type, start, again;
  bool first_time = false, keyed = false, same_value = false, zero = false;
  int periods = 1, days = 1;
  std::vector<std::pair<int, int>> brackets;
  TimeMs as_of = 0;
};

Question random_question(SeededRandom& random) {
  auto one = [&](std::vector<std::string> of) {
    return of[random.below(static_cast<uint32_t>(of.size()))];
  };
  Question q;
  q.zone = one({"Asia/Shanghai", "America/New_York", "UTC"});
  q.unit = one({"hour", "day", "day", "day", "week", "month"});
  q.clock = one({"calendar", "rolling"});
  q.type = one({"on", "on_or_after", "on_or_before", "bracket"});
  q.start = one({"a", "b"});
  q.again = one({"a", "b", "c"});
  q.first_time = random.chance(40);
  q.keyed = random.chance(50);
  q.same_value = q.keyed && random.chance(50);
  q.zero = q.type == "on_or_before" && random.chance(50);
  q.periods = 1 + static_cast<int>(random.below(random.chance(10) ? 150 : 6));
  q.days = 1 + static_cast<int>(random.below(5));
  if (q.type == "bracket") {
    q.periods = 1;
    for (uint32_t n = 1 + random.below(3); n > 0; --n) {
      int first = static_cast<int>(random.below(4)),
          last = first + static_cast<int>(random.below(4));
      q.brackets.emplace_back(first, last);
      q.periods = std::max(q.periods, last);
    }
  }
  q.as_of = kFrom + static_cast<TimeMs>(2 + random.below(20)) * kDayMs;
  return q;
}

class Naive {
 public:
  explicit Naive(const Question& q) : q_(q), calendar_(*Calendar::open(q.zone)) {
    from_ = calendar_.day_start(calendar_.day_number(kFrom));
    to_ = calendar_.day_start(calendar_.day_number(kFrom) + q.days);
  }

  /// A number that is the same for all times of a calendar unit and one more in the next.
  int64_t unit_of(TimeMs time) const {
    if (q_.unit == "hour") return time / kHourMs;  // these zones are whole hours off
    int32_t day = calendar_.day_number(time);
    if (q_.unit == "day") return day;
    if (q_.unit == "week") return (day + 3) / 7;
    Calendar::Local local = calendar_.local(time);
    return local.year * 12 + local.month;
  }
  DurationMs length() const {
    return q_.unit == "hour"   ? kHourMs
           : q_.unit == "day"  ? kDayMs
           : q_.unit == "week" ? 7 * kDayMs
                               : 30 * kDayMs;
  }
  bool in_range(const LogEvent& e) const {
    return e.time >= from_ && e.time < to_ && e.time <= q_.as_of;
  }
  int64_t first_unit() const { return unit_of(from_); }
  int64_t cohorts() const { return unit_of(to_ - 1) - unit_of(from_) + 1; }

  /// Columns of a person in a cohort: size, n0_return, then the columns of the question. Empty: not
  /// in the cohort. `value` is the first start's.
  std::vector<int> row(const Person& person, int64_t cohort, std::string& value) const {
    const LogEvent* start = nullptr;
    for (const LogEvent& e : person.log) {
      if (e.name != q_.start || e.time > q_.as_of) continue;
      if (q_.first_time || (in_range(e) && unit_of(e.time) == cohort)) {
        start = &e;
        break;
      }
    }
    if (start == nullptr || !in_range(*start) || unit_of(start->time) != cohort) return {};
    value = start->value;
    std::set<int64_t> periods;
    for (const LogEvent& e : person.log) {
      if (e.name != q_.again || e.time > q_.as_of) continue;
      bool later = e.time > start->time || (e.time == start->time && e.order > start->order);
      if (!later || (q_.same_value && e.value != start->value)) continue;
      periods.insert(q_.clock == "calendar" ? unit_of(e.time) - cohort
                                            : (e.time - start->time) / length());
    }
    auto any = [&](int64_t first, int64_t last) {
      auto it = periods.lower_bound(first);
      return it != periods.end() && *it <= last ? 1 : 0;
    };
    std::vector<int> out{1, any(0, 0)};
    if (q_.type == "bracket") {
      for (auto [first, last] : q_.brackets) out.push_back(any(first, last));
      return out;
    }
    for (int n = 1; n <= q_.periods; ++n) {
      out.push_back(q_.type == "on"            ? any(n, n)
                    : q_.type == "on_or_after" ? any(n, INT64_MAX)
                                               : any(q_.zero ? 0 : 1, n));
    }
    return out;
  }

 private:
  Question q_;
  Calendar calendar_;
  TimeMs from_, to_;
};

json::object question_json(const Question& q) {
  Calendar calendar = *Calendar::open(q.zone);
  int32_t day = calendar.day_number(kFrom);
  json::object out{
      {"kind", "retention"},
      {"range", json::object{{"from", day_text(day)}, {"to", day_text(day + q.days - 1)}}},
      {"tz", q.zone},
      {"unit", q.unit},
      {"clock", q.clock},
      {"type", q.type},
      {"cohort", q.first_time ? "first_time" : "recurring"},
      {"start", json::object{{"event", q.start}}},
      {"return", json::object{{"event", q.again}}},
      {"as_of", q.as_of}};
  if (q.zero) out["include_period_0"] = true;
  if (q.keyed) out["breakdown"] = json::array{json::object{{"prop", "event.v"}}};
  if (q.same_value) out["same_value"] = true;
  if (q.type == "bracket") {
    json::array brackets;
    for (auto [first, last] : q.brackets) brackets.push_back(json::array{first, last});
    out["brackets"] = std::move(brackets);
  } else {
    out["periods"] = q.periods;
  }
  return out;
}

using Table = std::map<std::string, std::vector<std::vector<int>>>;  // value → cohort → counts

Table naive_table(const Naive& naive, const Question& q, const std::vector<Person>& people) {
  Table out;
  auto add = [&](const std::string& value, int64_t cohort, const std::vector<int>& row) {
    auto& rows = out[value];
    rows.resize(static_cast<size_t>(naive.cohorts()));
    auto& sum = rows[static_cast<size_t>(cohort)];
    sum.resize(row.size());
    for (size_t i = 0; i < row.size(); ++i) sum[i] += row[i];
  };
  for (int64_t c = 0; c < naive.cohorts(); ++c) {
    for (const Person& person : people) {
      std::string value;
      std::vector<int> row = naive.row(person, naive.first_unit() + c, value);
      if (row.empty()) continue;
      add("", c, row);
      if (q.keyed) add(value.empty() ? "$none" : value, c, row);
    }
  }
  return out;
}

std::vector<std::vector<int>> rows_of(const json::value& line) {
  std::vector<std::vector<int>> out;
  for (const json::value& cohort : line.at("cohorts").as_array()) {
    const json::array& cells = cohort.at("cells").as_array();
    auto& row = out.emplace_back();
    row = {cells[0].at("count").to_number<int>(), cohort.at("n0_return").to_number<int>()};
    for (size_t i = 1; i < cells.size(); ++i) row.push_back(cells[i].at("count").to_number<int>());
    if (row[0] == 0) row.clear();
  }
  return out;
}

Table answered_table(const json::value& answer) {
  Table out;
  out[""] = rows_of(answer);
  if (answer.as_object().contains("breakdown")) {
    for (const json::value& line : answer.at("breakdown").as_array())
      out[std::string(json::view(line.at("value").as_string()))] = rows_of(line);
  }
  bool nobody =
      std::all_of(out[""].begin(), out[""].end(), [](const auto& r) { return r.empty(); });
  if (nobody) out.erase("");
  return out;
}

TEST(RetentionReference, AgreesWithTheDefinitionOnRandomLogs) {
  uint64_t seed = testing::test_seed(301);
  for (int round = 0; round < testing::rounds_for(kPeople); ++round, ++seed) {
    SeededRandom random(seed);
    BehaviourWorld world(kFrom + 40 * kDayMs);
    testing::LogShape shape{kFrom - 2 * kDayMs,
                            12 * kDayMs,
                            random.chance(50) ? kHourMs : 7 * kHourMs,
                            {"a", "b", "c"},
                            {"x", "y", "z"},
                            8,
                            false};
    std::vector<Person> people = testing::random_people(world, random, kPeople, shape);
    for (int i = 0; i < 4; ++i) {
      Question q = random_question(random);
      json::value question = question_json(q);
      auto answer = world.ask_json(question);
      ASSERT_TRUE(answer) << json::to_text(question) << answer.error().message;
      ASSERT_EQ(answered_table(*answer), naive_table(Naive(q), q, people))
          << "WEIR_SEED=" << seed << " " << json::to_text(question);
    }
  }
}

TEST(RetentionReference, EveryNumberIsThatManyPersons) {
  SeededRandom random(77);
  BehaviourWorld world(kFrom + 40 * kDayMs);
  testing::LogShape shape{kFrom, 6 * kDayMs, kHourMs, {"a", "b"}, {}, 8, false};
  for (int v = 0; v < 40; ++v) shape.values.push_back("v" + std::to_string(v));
  testing::random_people(world, random, 300, shape);
  RetentionQuery query;
  query.common.range = {kFrom, kFrom + 4 * kDayMs};
  query.common.as_of = kFrom + 40 * kDayMs;
  query.common.breakdown.push_back({"event.v", {}});
  query.start.events = {"a"};
  query.again.events = {"b"};
  query.periods = 3;
  for (auto type : {RetentionQuery::Type::On, RetentionQuery::Type::OnOrAfter}) {
    query.type = type;
    RetentionAnswer whole = *world.behaviour().retention(query, {});
    ASSERT_EQ(whole.lines.size(), 27u);  // everybody, 25 values, $other
    EXPECT_EQ(whole.lines.back().values, std::vector<std::string>{"$other"});
    for (const RetentionLine& line : whole.lines) {
      for (size_t c = 0; c < whole.buckets.size(); ++c) {
        for (size_t column = 0; column <= query.periods + 1; ++column) {
          bool n0 = column > query.periods;
          DrillCell number;
          number.series = n0 ? "n0_return" : "";
          number.bucket = whole.buckets[c];
          number.breakdown = line.values;
          number.step = n0 ? 0 : static_cast<int>(column);
          DrillAnswer cell = *world.behaviour().drill(query, number, {});
          const RetentionCohort& cohort = line.cohorts[c];
          uint64_t value = n0            ? cohort.n0_return
                           : column == 0 ? cohort.size
                                         : cohort.retained[column - 1];
          ASSERT_EQ(cell.people.size(), value);
          ASSERT_TRUE(std::is_sorted(cell.people.begin(), cell.people.end(),
                                     [](auto a, auto b) { return a.value < b.value; }));
        }
      }
    }
  }
}

}  // namespace
}  // namespace weir
