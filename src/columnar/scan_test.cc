// A scan against the same rows gone over one by one, through seals, merges, joins and drops.

#include "columnar/scan.h"

#include "base/sim_env.h"
#include "columnar/store.h"
#include "tests/support/seeded_random.h"

#include <gtest/gtest.h>

#include <map>

namespace weir::columnar {
namespace {

struct Row {
  uint32_t subject;
  int64_t time;
  uint64_t position;
  std::string event, text;
  int64_t number;
  bool operator==(const Row&) const = default;
};

/// By time; rows of equal time by content, as their order is the subjects' and parts'.
void sort_ties(std::vector<Row>& rows) {
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return std::tie(a.time, a.event, a.text, a.number) <
           std::tie(b.time, b.event, b.text, b.number);
  });
}

class Collect : public GroupOperator {
 public:
  Collect(const Store& store) : dictionary_(store.dictionary()) {
    text_ = dictionary_[Family::Property].find("city").value_or(kNone);
    number_ = dictionary_[Family::Property].find("n").value_or(kNone);
  }
  void group(uint32_t group, std::span<Hit> hits, RowReader& reader) override {
    EXPECT_FALSE(found.contains(group));
    for (const Hit& hit : hits) {
      Cell text = reader.cell(hit, text_), number = reader.cell(hit, number_);
      found[group].push_back(
          {0, hit.time, 0, std::string(dictionary_[Family::Event].text(hit.event)),
           text.missing() ? "" : std::string(dictionary_[Family::Value].text(text.code())),
           number.missing() ? -1 : number.as_int()});
    }
    auto later = [](const Row& a, const Row& b) { return a.time < b.time; };
    EXPECT_TRUE(std::is_sorted(found[group].begin(), found[group].end(), later));
    sort_ties(found[group]);
  }
  std::map<uint32_t, std::vector<Row>> found;

 private:
  const Dictionary& dictionary_;
  uint32_t text_, number_;
};

class Model {
 public:
  Model(uint64_t seed, uint32_t names) : random_(seed), names_(names), in_order_(seed % 2 == 0) {}

  uint64_t below(uint64_t n) { return random_.next() % n; }

  void append(Store& store) {
    Row row;
    row.subject = static_cast<uint32_t>(below(60));
    if (!group_of_.contains(row.subject)) {
      group_of_[row.subject] = row.subject;
      store.assign(row.subject, row.subject);
    }
    row.time = 1772380800000 + static_cast<int64_t>(below(5000)) * (below(2) == 0 ? 1000 : 77);
    // As a store at rest has them: each part is later than those before.
    if (in_order_) row.time = 1772380800000 + static_cast<int64_t>(position_ * 500 + below(500));
    row.position = position_++;
    row.event = "e" + std::to_string(below(names_));
    // Mostly the person's own city: written once for each run.
    row.text = below(4) == 0   ? ""
               : below(8) == 0 ? "c" + std::to_string(below(9))
                               : "home" + std::to_string(row.subject % 7);
    row.number = below(3) == 0 ? -1 : static_cast<int64_t>(below(1000));
    NewRow out;
    out.subject = row.subject;
    out.time = row.time;
    out.position = row.position;
    out.event = row.event;
    NewCell cell;
    cell.property = "city";
    cell.type = CellType::Text;
    cell.text = row.text;
    if (!row.text.empty()) out.cells.push_back(cell);
    cell = {};
    cell.property = "n";
    cell.type = CellType::Int;
    cell.bits = static_cast<uint64_t>(row.number);
    if (row.number >= 0) out.cells.push_back(cell);
    store.append(out);
    rows_.push_back(row);
  }

  void join(Store& store) {
    auto from = static_cast<uint32_t>(below(60)), into = static_cast<uint32_t>(below(60));
    if (from == into) return;
    for (auto& [subject, group] : group_of_) group = group == from ? into : group;
    store.join(from, into);
  }
  void part_one(Store& store) {
    auto subject = static_cast<uint32_t>(below(60));
    if (!group_of_.contains(subject)) return;
    group_of_[subject] = 100 + subject;
    store.assign(subject, 100 + subject);
  }
  uint64_t position() const { return position_; }
  std::string name() { return "e" + std::to_string(below(names_)); }

  std::map<uint32_t, std::vector<Row>> expected(const std::vector<std::string>& names, int64_t from,
                                                int64_t to) const {
    std::map<uint32_t, std::vector<Row>> out;
    for (const Row& row : rows_) {
      bool named = names.empty() || std::find(names.begin(), names.end(), row.event) != names.end();
      if (named && row.time >= from && row.time <= to)
        out[group_of_.at(row.subject)].push_back(row);
    }
    for (auto& [group, rows] : out) {
      for (Row& row : rows) row.subject = 0, row.position = 0;
      sort_ties(rows);
    }
    return out;
  }

 private:
  weir::testing::SeededRandom random_;
  uint32_t names_;
  bool in_order_;
  uint64_t position_ = 0;
  std::map<uint32_t, uint32_t> group_of_;
  std::vector<Row> rows_;
};

using Groups = std::map<uint32_t, std::vector<Row>>;

/// The first row of `a` that `b` does not have at the same place.
std::string first_difference(const Groups& a, const Groups& b) {
  for (const auto& [group, rows] : a) {
    auto other = b.find(group);
    for (size_t i = 0; i < rows.size(); ++i) {
      if (other != b.end() && i < other->second.size() && other->second[i] == rows[i]) continue;
      const Row& r = rows[i];
      return "group " + std::to_string(group) + " row " + std::to_string(i) + ": " +
             std::to_string(r.time) + " " + r.event + " " + r.text + " " + std::to_string(r.number);
    }
  }
  return "";
}

/// With first_only for every event and a second bit on one of them: the earliest row of each group
/// and all rows of the one event are there, whatever else is.
void check_first_only(Store& store, Model& model) {
  std::string name = model.name();
  ScanSpec spec;
  spec.event_masks.assign(store.dictionary()[Family::Event].size(), 1);
  if (auto code = store.dictionary()[Family::Event].find(name)) spec.event_masks[*code] |= 2;
  spec.first_only = 1;
  Collect op(store);
  ASSERT_TRUE(scan(*store.snapshot(), spec, {}, {}, [&]() -> GroupOperator& { return op; }));
  Groups expected = model.expected({}, INT64_MIN, INT64_MAX);
  ASSERT_EQ(op.found.size(), expected.size());
  for (auto& [group, rows] : expected) {
    std::vector<Row>& found = op.found[group];
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(found.front().time, rows.front().time);
    auto other = [&](const Row& row) { return row.event != name; };
    for (const Row& row : found) EXPECT_NE(std::find(rows.begin(), rows.end(), row), rows.end());
    std::erase_if(found, other);
    std::erase_if(rows, other);
    EXPECT_TRUE(found == rows) << "group " << group;
  }
}

void check(Store& store, Model& model, bool all) {
  std::vector<std::string> names;
  ScanSpec spec;
  spec.all_events = all;
  if (!all) {
    for (uint64_t n = model.below(4) + 1; n > 0; --n) names.push_back(model.name());
    for (const std::string& name : names) {
      auto code = store.dictionary()[Family::Event].find(name);
      if (!code) continue;
      if (*code >= spec.event_masks.size()) spec.event_masks.resize(*code + 1);
      spec.event_masks[*code] = 1;
    }
  }
  spec.from = 1772380800000 + static_cast<int64_t>(model.below(3000)) * 1000;
  spec.to = spec.from + static_cast<int64_t>(model.below(4000)) * 1000;
  if (model.below(3) == 0) spec.from = INT64_MIN, spec.to = INT64_MAX;
  Collect op(store);
  auto scanned = scan(*store.snapshot(), spec, {}, {}, [&]() -> GroupOperator& { return op; });
  ASSERT_TRUE(scanned) << scanned.error().message;
  auto expected = model.expected(names, spec.from, spec.to);
  std::string said = first_difference(op.found, expected),
              wanted = first_difference(expected, op.found);
  EXPECT_EQ(said, wanted);
}

void run(uint64_t seed, uint32_t names) {
  auto env = SimEnv::make(seed, 0);
  StoreLimits limits;
  limits.merge_fan_in = 2;
  auto store = *Store::open(env->files(), "/store", limits);
  Model model(seed, names);
  for (int step = 0; step < 25; ++step) {
    for (uint64_t n = model.below(400); n > 0; --n) model.append(*store);
    if (model.below(2) == 0) model.join(*store);
    if (model.below(3) == 0) model.part_one(*store);
    if (model.below(3) == 0) {
      ASSERT_TRUE(store->seal(model.position() - model.below(20) % (model.position() + 1)));
    }
    if (model.below(5) == 0) {
      ASSERT_TRUE(store->merge_once());
    }
    check(*store, model, step % 4 == 0);
    check_first_only(*store, model);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(Scan, SaysWhatTheRowsSay) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    run(seed, 12);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(Scan, ManyEventNamesNeedSixteenBitCodes) {
  for (uint64_t seed = 100; seed <= 120; ++seed) {
    SCOPED_TRACE(seed);
    run(seed, 700);
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace weir::columnar
