// Kind "clv" (SEMANTICS CL1–CL5): the CDNOW purchases through the question, the published cases,
// and drills. docs/deviations.md says which models of the cases we do not have.

#include "analytics/purchase_models.h"
#include "base/gzip.h"
#include "model/query_value.h"
#include "ports/answers_value.h"
#include "tests/support/peer_cases.h"
#include "tests/support/small_logs.h"

#include <gtest/gtest.h>

#include <sstream>

namespace weir {
namespace {

using testing::BehaviourWorld;
using testing::text_of;

std::vector<std::string> table(const std::string& name) {
  const char* root = std::getenv("WEIR_SOURCE_DIR");
  std::ifstream file(std::string(root == nullptr ? "." : root) + "/tests/cases/" + name + ".gz",
                     std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  auto text = inflate(bytes.str(), 10'000'000);
  EXPECT_TRUE(text) << name;
  std::istringstream lines(text ? *text : "");
  std::string line;
  std::getline(lines, line);  // the head
  std::vector<std::string> out;
  while (std::getline(lines, line)) out.push_back(line);
  return out;
}

/// One purchase of CDNOW at noon.
void post_cdnow(BehaviourWorld& world) {
  for (const std::string& line : table("cdnow/cdnow_sample.txt")) {
    std::istringstream words(line);
    std::string master, id, date, cds;
    double dollars = 0;
    words >> master >> id >> date >> cds >> dollars;
    date.insert(6, "-").insert(4, "-");
    world.post(id, "buy", testing::shanghai_noon(date), {{"value", dollars}});
  }
  ASSERT_TRUE(world.checkpoint());
}

const std::string kOrder = R"("order":{"event":"buy","value":"event.value","id":"none"})";

class Cdnow : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    world_ = new BehaviourWorld(testing::kLogNow);
    post_cdnow(*world_);
  }
  static void TearDownTestSuite() {
    delete world_;
    world_ = nullptr;
  }
  static std::string question(const std::string& as_of, const std::string& extra = "") {
    return R"({"kind":"clv","as_of":")" + as_of + "\"," + kOrder + extra + "}";
  }
  static json::value ask(const std::string& question) {
    auto answer = world_->ask(question);
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? *answer : json::value(json::object{});
  }
  static double at(const json::value& from, const char* field) {
    return from.at(field).to_number<double>();
  }
  static BehaviourWorld* world_;
};
BehaviourWorld* Cdnow::world_ = nullptr;

TEST_F(Cdnow, ThePublishedFitInWeeksThroughTheQuestion) {
  json::value answer = ask(question("1997-09-30", R"(,"unit":"week")"));
  EXPECT_EQ(answer.at("persons").to_number<int>(), 2357);
  EXPECT_EQ(answer.at("repeat_buyers").to_number<int>(), 946);
  const json::value& often = answer.at("models").at("purchases");
  EXPECT_NEAR(at(often, "r"), 0.243, 0.0005);
  EXPECT_NEAR(at(often, "alpha"), 4.414, 0.0015);
  EXPECT_NEAR(at(often, "a"), 0.793, 0.0005);
  EXPECT_NEAR(at(often, "b"), 2.426, 0.0015);
  EXPECT_NEAR(at(often, "log_likelihood"), -9582.4, 0.1);
  const json::value& worth = answer.at("models").at("value");
  EXPECT_NEAR(at(worth, "p"), 6.25, 0.01);
  EXPECT_NEAR(at(worth, "q"), 3.74, 0.01);
  EXPECT_NEAR(at(worth, "v"), 15.44, 0.03);
  EXPECT_NEAR(at(worth, "log_likelihood"), -4055.9, 0.1);
  EXPECT_LT(std::abs(at(worth, "correlation")), 0.3);
  EXPECT_TRUE(answer.at("warnings").as_array().empty());
}

TEST_F(Cdnow, DaysAreTheSameModelInAnotherUnit) {
  json::value days = ask(question("1997-09-30")),
              weeks = ask(question("1997-09-30", R"(,"unit":"week")"));
  const json::value &d = days.at("models").at("purchases"), &w = weeks.at("models").at("purchases");
  EXPECT_NEAR(at(d, "alpha"), 7 * at(w, "alpha"), 0.01);
  EXPECT_NEAR(at(d, "r"), at(w, "r"), 1e-4);
  EXPECT_NEAR(at(days.at("total"), "clv"), at(weeks.at("total"), "clv"),
              at(weeks.at("total"), "clv") * 1e-4);
}

TEST_F(Cdnow, TheHoldOutIsTheLastPartOfTheTime) {
  // 545 days from 1997-01-01 to 1998-06-30: the cut at half is 1998-06-30 less 273 days,
  // 1997-09-30, so the hold-out model is the published one, and 39 weeks remain to be foreseen.
  json::value answer = ask(question("1998-06-30", R"(,"unit":"week","holdout":0.5)"));
  const json::value& holdout = answer.at("holdout");
  EXPECT_EQ(text_of(holdout.at("from")), "1997-10-01");
  EXPECT_EQ(text_of(holdout.at("to")), "1998-06-30");
  EXPECT_EQ(holdout.at("persons").to_number<int>(), 2357);
  // Counted in the file: 1,882 days with purchases after 1997-09-30.
  EXPECT_EQ(holdout.at("actual").to_number<int>(), 1882);
  // Summed up outside from the published parameters: 1653.4.
  EXPECT_NEAR(at(holdout, "expected"), 1653.4, 0.5);
  EXPECT_NEAR(at(holdout, "error"), at(holdout, "expected") / 1882 - 1, 1e-12);
  double persons = 0, expected = 0, actual = 0;
  for (const json::value& bar : holdout.at("by_repeats").as_array()) {
    persons += at(bar, "persons");
    expected += at(bar, "expected");
    actual += at(bar, "actual");
  }
  EXPECT_EQ(persons, 2357);
  EXPECT_EQ(actual, 1882);
  EXPECT_NEAR(expected, at(holdout, "expected"), 1e-6);
}

TEST_F(Cdnow, RepeatsAreAsTheModelSays) {
  json::value answer = ask(question("1997-09-30", R"(,"unit":"week")"));
  double persons = 0, expected = 0;
  for (const json::value& bar : answer.at("repeats").as_array()) {
    persons += at(bar, "persons");
    expected += at(bar, "expected");
    EXPECT_NEAR(at(bar, "persons"), at(bar, "expected"), 30);
  }
  EXPECT_EQ(persons, 2357);
  EXPECT_NEAR(expected, 2357, 1e-6);
  EXPECT_EQ(answer.at("repeats").at(0).at("persons").to_number<int>(), 2357 - 946);
}

TEST_F(Cdnow, GroupsAreDisjointAndEachOpensItsPeople) {
  std::string asked = question("1997-09-30", R"(,"groups":4,"people":3)");
  json::value answer = ask(asked);
  ASSERT_EQ(answer.at("groups").as_array().size(), 4u);
  uint64_t persons = 0;
  double clv = 0, last = INFINITY;
  for (const json::value& group : answer.at("groups").as_array()) {
    auto size = group.at("persons").to_number<uint64_t>();
    persons += size;
    clv += at(group, "clv");
    EXPECT_LE(at(group, "clv_max"), last);
    last = at(group, "clv_min");
    auto drilled = world_->ask(R"({"kind":"drill","limit":3,"of":{"query":)" + asked +
                               R"(,"series":"group","step":)" +
                               std::to_string(group.at("group").to_number<int>()) + "}}");
    ASSERT_TRUE(drilled) << drilled.error().message;
    EXPECT_EQ(drilled->at("total").to_number<uint64_t>(), size);
  }
  EXPECT_EQ(persons, 2357u);
  EXPECT_NEAR(clv, at(answer.at("total"), "clv"), 1e-6);
  ASSERT_EQ(answer.at("people").as_array().size(), 3u);
  const json::value& best = answer.at("people").at(0);
  EXPECT_EQ(best.at("group").to_number<int>(), 1);
  EXPECT_NEAR(at(best, "clv"), at(answer.at("groups").at(0), "clv_max"), 1e-9);
}

TEST_F(Cdnow, TooThinDataIsRefusedWithTheWayOut) {
  auto answer = world_->ask(question("1997-01-10"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::FailedPrecondition);
  EXPECT_NE(answer.error().message.find("kind \"ltv\""), std::string::npos);
  // Enough now, but not a third of the time ago.
  json::value now = ask(question("1997-02-20", R"(,"holdout":0.7)"));
  EXPECT_TRUE(now.at("holdout").is_null());
  EXPECT_NE(text_of(now.at("warnings").at(0)).find("no hold-out"), std::string::npos);
}

TEST_F(Cdnow, ErrorsNameTheField) {
  auto field = [&](const std::string& extra) {
    auto answer = world_->ask(question("1997-09-30", extra));
    EXPECT_FALSE(answer) << extra;
    return answer ? "" : answer.error().field;
  };
  EXPECT_EQ(field(R"(,"horizon":0)"), "horizon");
  EXPECT_EQ(field(R"(,"groups":1)"), "groups");
  EXPECT_EQ(field(R"(,"discount":-1)"), "discount");
  EXPECT_EQ(field(R"(,"margin":0)"), "margin");
  EXPECT_EQ(field(R"(,"unit":"month")"), "unit");
  EXPECT_EQ(field(R"(,"sample":0.5)"), "sample");
  EXPECT_EQ(field(R"(,"people":1001)"), "people");
  EXPECT_EQ(field(R"(,"range":{"last":7,"unit":"day"})"), "range");
}

// tests/cases/ltv.json

std::vector<double> numbers_of(const json::value& expected) {
  std::vector<double> out;
  for (const auto& field : expected.as_object()) {
    if (field.value().is_array()) {
      for (const json::value& v : field.value().as_array()) out.push_back(v.to_number<double>());
    } else {
      out.push_back(field.value().to_number<double>());
    }
  }
  return out;
}

std::vector<std::vector<double>> rows_of(const std::string& name) {
  std::vector<std::vector<double>> out;
  for (const std::string& line : table(name)) {
    std::istringstream cells(line);
    std::vector<double>& row = out.emplace_back();
    for (std::string cell; std::getline(cells, cell, ',');) row.push_back(std::stod(cell));
  }
  return out;
}

analytics::Fitted<analytics::BgNbd> fit_purchases(const std::string& name) {
  std::vector<analytics::WeightedHistory> data;
  for (const auto& row : rows_of(name)) data.push_back({{row[1], row[2], row[3]}, 1});
  auto fitted = analytics::fit_bg_nbd(data, nullptr);
  EXPECT_TRUE(fitted);
  return *fitted;
}

analytics::Fitted<analytics::GammaGamma> fit_values(const std::string& name) {
  std::vector<analytics::WeightedValue> data;
  for (const auto& row : rows_of(name)) {
    if (row[1] > 0) data.push_back({row[1], row[4], 1});
  }
  auto fitted = analytics::fit_gamma_gamma(data, nullptr);
  EXPECT_TRUE(fitted);
  return *fitted;
}

std::vector<double> bg_nbd_answer(const json::object& q, const json::value& expected) {
  auto number = [&](const char* field) { return q.at(field).to_number<double>(); };
  std::string what = text_of(q.at("do"));
  analytics::Fitted<analytics::BgNbd> fitted;
  if (json::find(q, "data") != nullptr) {
    fitted = fit_purchases(text_of(q.at("data")));
  } else {
    const json::value& p = q.at("params");
    auto param = [&](const char* name) { return p.at(name).to_number<double>(); };
    fitted.model = {param("r"), param("alpha"), param("a"), param("b")};
  }
  const analytics::BgNbd& m = fitted.model;
  if (what == "probability_alive") return {m.alive({number("x"), number("t_x"), number("T")})};
  if (what == "expected_purchases") return {m.expected_of_new(number("t"))};
  if (what == "pmf") return {m.probability(q.at("n").to_number<int>(), number("t"))};
  EXPECT_EQ(what, "fit");
  if (json::find(expected.as_object(), "log_likelihood") != nullptr) return {fitted.log_likelihood};
  return {m.r, m.alpha, m.a, m.b};
}

std::vector<double> gamma_gamma_answer(const json::object& q, const json::value& expected) {
  if (text_of(q.at("do")) == "conditional_expected_value") {
    const json::value& p = q.at("params");
    auto param = [&](const char* name) { return p.at(name).to_number<double>(); };
    analytics::GammaGamma m{param("p"), param("q"), param("v")};
    return {m.expected(q.at("x").to_number<double>(), q.at("mean_value").to_number<double>())};
  }
  auto fitted = fit_values(text_of(q.at("data")));
  if (json::find(expected.as_object(), "log_likelihood") != nullptr) return {fitted.log_likelihood};
  return {fitted.model.p, fitted.model.q, fitted.model.v};
}

void expect_summary(const json::object& q, const json::value& expected, const std::string& name) {
  BehaviourWorld world(testing::kLogNow);
  for (const json::value& t : q.at("transactions").as_array())
    world.post("c" + json::to_text(t.at(0)), "buy", testing::shanghai_noon(text_of(t.at(1))));
  PurchasesQuery query;
  query.orders.paid.events = {"buy"};
  query.orders.id.clear();
  query.weeks = text_of(q.at("period")) == "week";
  query.common.as_of = testing::shanghai_noon(text_of(q.at("observation_end")));
  auto answer = world.behaviour().purchases(query, {});
  ASSERT_TRUE(answer) << answer.error().message;
  const json::array& customers = expected.at("customers").as_array();
  ASSERT_EQ(answer->buyers.size(), customers.size()) << name;
  for (const json::value& c : customers) {
    ProfileOrdinal profile = world.profile_of("c" + json::to_text(c.at("customer")));
    for (const auto& b : answer->buyers) {
      if (b.profile != profile) continue;
      EXPECT_EQ(b.repeats, c.at("frequency").to_number<uint32_t>()) << name;
      EXPECT_EQ(b.last - b.first, c.at("recency").to_number<int>()) << name;
      EXPECT_EQ(answer->end - b.first, c.at("T").to_number<int>()) << name;
    }
  }
}

TEST(LtvCases, OfPeers) {
  int ran = 0, other_models = 0;
  json::value file = testing::load_cases("ltv.json");
  for (const json::value& one : file.at("cases").as_array()) {
    std::string name = text_of(one.at("name"));
    const json::object& q = one.at("query").as_object();
    const json::value& expected = one.at("expected");
    std::string model = json::optional_string(q, "model");
    if (text_of(q.at("do")) == "summary") {
      expect_summary(q, expected, name);
      ++ran;
      continue;
    }
    if (model != "BG/NBD" && model != "Gamma-Gamma") {
      ++other_models;
      continue;
    }
    std::vector<double> want = numbers_of(expected);
    std::vector<double> got =
        model == "BG/NBD" ? bg_nbd_answer(q, expected) : gamma_gamma_answer(q, expected);
    ASSERT_EQ(got.size(), want.size()) << name;
    for (size_t i = 0; i < got.size(); ++i)
      EXPECT_NEAR(got[i], want[i], one.at("tolerance").to_number<double>()) << name << " " << i;
    ++ran;
  }
  EXPECT_EQ(ran, 24);
  EXPECT_EQ(other_models, 11);
}

}  // namespace
}  // namespace weir
