// Cases of others for attribution, RFM and cohorts (tests/cases/{attribution,rfm,
// experiments_cohorts}.json; where each comes from and its licence stand in the file) run through
// our questions. Big tables lie beside the project (../shared/data) where their licence does not
// let us carry them; without them those cases are skipped. docs/deviations.md says which do not
// apply and why.

#include "base/gzip.h"
#include "tests/support/small_logs.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace weir {
namespace {

using testing::BehaviourWorld;

std::string root() {
  const char* dir = std::getenv("WEIR_SOURCE_DIR");
  return dir == nullptr ? "." : dir;
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

json::value load(const std::string& name) {
  auto parsed = json::parse(read(root() + "/tests/cases/" + name));
  EXPECT_TRUE(parsed) << name;
  return parsed ? *parsed : json::value(nullptr);
}

/// Lines of a table, without the head; nothing when it is not here.
std::vector<std::string> table(const std::string& name) {
  std::vector<std::string> out;
  for (const std::string& dir :
       {root() + "/examples/", root() + "/../shared/data/", root() + "/../../shared/data/"}) {
    if (!std::filesystem::exists(dir + name)) continue;
    auto text = inflate(read(dir + name), 200'000'000);
    EXPECT_TRUE(text) << name;
    std::istringstream lines(text ? *text : "");
    std::string line;
    std::getline(lines, line);  // the head
    while (std::getline(lines, line)) out.push_back(line);
    return out;
  }
  return out;
}

/// Fields of a line of CSV.
std::vector<std::string> fields(const std::string& line, char separator) {
  std::vector<std::string> out(1);
  bool quoted = false;
  for (char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == separator && !quoted) {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

std::string text_of(const json::value& v) {
  return std::string(json::view(v.as_string()));
}

json::value ask(BehaviourWorld& world, const std::string& query) {
  auto answer = world.ask(query);
  EXPECT_TRUE(answer) << (answer ? "" : answer.error().message) << " " << query;
  return answer ? *answer : json::value(json::object{});
}

// Attribution: a path is a person each time it was walked.

struct Path {
  std::vector<std::string> channels;
  int64_t conversions = 0, null = 0;
  double value = 0;  // of all its conversions
};

std::vector<Path> paths_of(const json::value& one) {
  std::vector<Path> out;
  if (const json::value* paths = json::find(one.as_object(), "paths")) {
    for (const json::value& p : paths->as_array()) {
      Path& path = out.emplace_back();
      for (const json::value& c : p.at("path").as_array()) path.channels.push_back(text_of(c));
      path.conversions = p.at("conversions").to_number<int64_t>();
      path.null = p.at("null").to_number<int64_t>();
    }
    return out;
  }
  for (const std::string& line : table(text_of(one.at("query").at("data")))) {
    std::vector<std::string> f = fields(line, ';');
    Path& path = out.emplace_back();
    std::istringstream words(f[0]);
    for (std::string word; words >> word;) {
      if (word != ">") path.channels.push_back(word);
    }
    path.conversions = std::stoll(f[1]);
    path.value = std::stod(f[2]);
    path.null = std::stoll(f[3]);
  }
  return out;
}

void fill(BehaviourWorld& world, const std::vector<Path>& paths) {
  int64_t person = 0;
  for (const Path& path : paths) {
    for (int64_t i = 0; i < path.conversions + path.null; ++i) {
      std::string who = "u" + std::to_string(++person);
      TimeMs at = testing::kLogStart;
      for (const std::string& channel : path.channels)
        world.post(who, "click", at += kMinuteMs, {{"channel", channel}});
      if (i >= path.conversions) continue;
      world.post(who, "buy", at + kMinuteMs,
                 {{"value", path.value / static_cast<double>(path.conversions)}});
    }
  }
  ASSERT_TRUE(world.checkpoint());
}

std::string attribution_question(const json::value& query) {
  std::string model = text_of(query.at("model")), params = "{}";
  std::string ours = model.starts_with("markov") ? "markov"
                     : model == "last_touch"     ? "last"
                     : model == "position_based" ? "position"
                                                 : model;
  if (model == "position_based") {
    auto first = query.at("first").to_number<int>(), last = query.at("last").to_number<int>();
    params = "{\"position\":[" + std::to_string(first) + "," + std::to_string(100 - first - last) +
             "," + std::to_string(last) + "]}";
  }
  if (const json::value* repeats = json::find(query.as_object(), "repeats"))
    params = "{\"repeats\":\"" + text_of(*repeats) + "\"}";
  return R"({"kind":"attribution","range":{"from":"2026-03-01","to":"2026-03-31"},
      "conversion":{"event":"buy","value":"event.value"},"touches":{"event":"click"},
      "models":[")" +
         ours + R"("],"params":)" + params + "}";
}

double answer_of(const json::value& query, const json::value& answer, const std::string& channel) {
  std::string model = text_of(query.at("model"));
  if (model == "markov_conversion_probability")
    return answer.at("conversion_probability").to_number<double>();
  std::string credit = json::optional_string(query.as_object(), "credit", "total_conversions");
  for (const json::value& c : answer.at("channels").as_array()) {
    if (text_of(c.at("channel")) != channel) continue;
    if (model == "markov_removal_effects") return c.at("removal_effect").to_number<double>();
    return c.at("credits")
        .at(0)
        .at(credit == "total_conversions" ? "orders" : "value")
        .to_number<double>();
  }
  return 0;
}

TEST(PeerValueCases, Attribution) {
  int ran = 0, skipped = 0;
  std::map<std::string, std::unique_ptr<BehaviourWorld>> worlds;  // by data set
  json::value file = load("attribution.json");
  for (const json::value& one : file.at("cases").as_array()) {
    std::string name = text_of(one.at("name"));
    std::string data = json::optional_string(one.at("query").as_object(), "data", name);
    if (!worlds.contains(data)) {
      std::vector<Path> paths = paths_of(one);
      if (!paths.empty()) {
        worlds[data] = std::make_unique<BehaviourWorld>(testing::kLogNow + 90 * kDayMs);
        fill(*worlds[data], paths);
      }
    }
    if (!worlds.contains(data)) {
      ++skipped;
      continue;
    }
    json::value answer = ask(*worlds[data], attribution_question(one.at("query")));
    for (const auto& want : one.at("expected").as_object()) {
      double got = answer_of(one.at("query"), answer, std::string(want.key()));
      EXPECT_NEAR(got, want.value().to_number<double>(), one.at("tolerance").to_number<double>())
          << name << " " << want.key();
    }
    ++ran;
  }
  EXPECT_EQ(ran + skipped, 12);
  EXPECT_GE(ran, 5);
  if (skipped > 0) GTEST_SKIP() << skipped << " cases: no ../shared/data/channel_attribution";
}

// RFM of the R package: cut points are quantiles plus one, which we are told as cuts.

struct Cuts {
  std::string text(size_t axis) const {
    std::string out = "[";
    for (double c : values[axis]) out += (out.size() > 1 ? "," : "") + std::to_string(c);
    return out + "]";
  }
  std::array<std::vector<double>, 3> values;
};

std::string rfm_question(const std::string& score, const std::string& extra = "") {
  return R"({"kind":"rfm","as_of":"2006-12-31","lookback":"P3000D","order":{"event":"buy",
      "value":"event.revenue","id":"none"},"score":)" +
         score + extra + "}";
}

std::string cuts_question(const Cuts& cuts, const std::string& extra = "") {
  return rfm_question(R"({"mode":"cuts","r":)" + cuts.text(0) + ",\"f\":" + cuts.text(1) +
                          ",\"m\":" + cuts.text(2) + "}",
                      extra);
}

Cuts cuts_of(BehaviourWorld& world, const json::value& bins) {
  json::value answer = ask(world, rfm_question(R"({"mode":"median"})"));
  Cuts out;
  const char* axes[] = {"r", "f", "m"};
  for (size_t axis = 0; axis < 3; ++axis) {
    if (bins.is_array()) {
      for (const json::value& b : bins.as_array())
        out.values[axis].push_back(b.to_number<double>());
      continue;
    }
    for (const char* p : {"p20", "p40", "p60", "p80"})
      out.values[axis].push_back(answer.at("axes").at(axes[axis]).at(p).to_number<double>() + 1);
  }
  return out;
}

/// The package's names, first that fits.
std::string segment_of(int r, int f, int m) {
  struct Segment {
    const char* name;
    int r1, r2, f1, f2, m1, m2;
  };
  constexpr Segment kSegments[] = {
      {"Champions", 4, 5, 4, 5, 4, 5},          {"Loyal Customers", 2, 5, 3, 5, 3, 5},
      {"Potential Loyalist", 3, 5, 1, 3, 1, 3}, {"New Customers", 4, 5, 1, 1, 1, 1},
      {"Promising", 3, 4, 1, 1, 1, 1},          {"Need Attention", 2, 3, 2, 3, 2, 3},
      {"About To Sleep", 2, 3, 1, 2, 1, 2},     {"At Risk", 1, 2, 2, 5, 2, 5},
      {"Can't Lose Them", 1, 1, 4, 5, 4, 5},    {"Lost", 1, 2, 1, 2, 1, 2}};
  for (const Segment& s : kSegments) {
    if (r >= s.r1 && r <= s.r2 && f >= s.f1 && f <= s.f2 && m >= s.m1 && m <= s.m2) return s.name;
  }
  return "Others";
}

std::map<std::string, double> rfm_answer(BehaviourWorld& world, const json::value& query) {
  const json::object& q = query.as_object();
  Cuts cuts = cuts_of(world, query.at("bins"));
  std::map<std::string, double> out;
  if (const json::value* customer = json::find(q, "customer")) {
    json::value name = *customer;
    json::value answer =
        ask(world, cuts_question(cuts, R"(,"filter":{"prop":"profile.name","op":"eq","value":)" +
                                           json::to_text(name) + "}"));
    out["recency_days"] = answer.at("axes").at("r").at("min").to_number<double>();
    out["orders"] = answer.at("total").at("orders").to_number<double>();
    out["revenue"] = answer.at("total").at("amount").to_number<double>();
    out["recency_score"] = answer.at("cells").at(0).at("r").to_number<double>();
    return out;
  }
  json::value answer = ask(world, cuts_question(cuts));
  std::string axis = json::optional_string(q, "score");
  std::string segment = json::optional_string(q, "segment");
  if (!axis.empty()) {
    for (const json::value& c : answer.at("cells").as_array())
      out[std::to_string(c.at(axis.substr(0, 1)).to_number<int>())] +=
          c.at("persons").to_number<double>();
    return out;
  }
  out = {{"customers", 0}, {"orders", 0}, {"revenue", 0}};
  for (const json::value& c : answer.at("cells").as_array()) {
    auto score = [&](const char* a) { return c.at(a).to_number<int>(); };
    if (!segment.empty() && segment_of(score("r"), score("f"), score("m")) != segment) continue;
    out["customers"] += c.at("persons").to_number<double>();
    out["orders"] += c.at("orders").to_number<double>();
    out["revenue"] += c.at("amount").to_number<double>();
  }
  return out;
}

TEST(PeerValueCases, Rfm) {
  std::vector<std::string> rows = table("rfm/rfm_data_orders.csv.gz");
  if (rows.empty()) GTEST_SKIP() << "15 cases: no ../shared/data/rfm";
  BehaviourWorld world(testing::kLogNow);
  for (const std::string& line : rows) {
    std::vector<std::string> f = fields(line, ',');
    world.set_trait(f[0], "name", f[0]);
    TimeMs noon = testing::shanghai_noon(f[1]);
    world.post(f[0], "buy", noon, {{"revenue", static_cast<int64_t>(std::stoll(f[2]))}});
  }
  ASSERT_TRUE(world.checkpoint());
  int ran = 0;
  json::value file = load("rfm.json");
  for (const json::value& one : file.at("cases").as_array()) {
    std::map<std::string, double> got = rfm_answer(world, one.at("query"));
    for (const auto& want : one.at("expected").as_object()) {
      EXPECT_EQ(got[std::string(want.key())], want.value().to_number<double>())
          << text_of(one.at("name")) << " " << want.key();
    }
    ++ran;
  }
  EXPECT_EQ(ran, 15);
}

// Cohorts: retention by the month of a customer's first row.

TEST(PeerValueCases, CohortsOfOnlineRetail) {
  std::vector<std::string> rows = table("online_retail/online_retail.csv.gz");
  ASSERT_FALSE(rows.empty());
  BehaviourWorld world(testing::kLogNow);
  for (const std::string& line : rows) {
    std::vector<std::string> f = fields(line, ',');
    if (f[6].empty()) continue;
    world.post(f[6], "row", *parse_time(f[4], "UTC"));
  }
  ASSERT_TRUE(world.checkpoint());
  json::value answer = ask(
      world, R"({"kind":"retention","range":{"from":"2010-12-01","to":"2011-12-31"},"unit":"month",
          "periods":12,"cohort":"first_time","tz":"UTC","start":{"event":"row"},
          "return":{"event":"row"}})");
  int ran = 0;
  json::value file = load("experiments_cohorts.json");
  for (const json::value& one : file.at("cases").as_array()) {
    // Arms of an experiment have no question here: experiments are a later issue.
    if (!text_of(one.at("name")).starts_with("cohort/")) continue;
    std::string month = text_of(one.at("query").at("cohort")) + "-01";
    const json::array& want = one.at("expected").at("active_customers").as_array();
    bool found = false;
    for (const json::value& cohort : answer.at("cohorts").as_array()) {
      if (text_of(cohort.at("bucket")) != month) continue;
      found = true;
      for (size_t k = 0; k < want.size(); ++k)
        EXPECT_EQ(cohort.at("cells").at(k).at("count").to_number<int64_t>(),
                  want[k].to_number<int64_t>())
            << month << " " << k;
    }
    EXPECT_TRUE(found) << month;
    ++ran;
  }
  EXPECT_EQ(ran, 8);
}

}  // namespace
}  // namespace weir
