#include "adapters/embedded/behaviour/lookalike_features.h"

#include "adapters/embedded/behaviour/compile_orders.h"
#include "base/life_stage.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace weir::embedded {
namespace {

constexpr DurationMs kLately = 30 * kDayMs;
constexpr size_t kEventsMax = 50;
constexpr uint64_t kRareShare =
    100;  // a tag's value that fewer than one in so many has says little
// LC1, RF2; orders of one day are one. A prospect, then LifeStage.
constexpr std::array<std::string_view, 1 + kLifeStages> kStages = {"prospect", "new",     "active",
                                                                   "silent",   "dormant", "lost"};
constexpr double kRecentDays = 30, kFrequent = 3, kMuchFen = 50'000;
constexpr size_t kOrderFeatures = kStages.size() + 3;

size_t stage_of(const columnar::Purchases& p, int32_t today) {
  const LifeStageRule rule;
  return 1 + static_cast<size_t>(life_stage(rule, rule.days, p.repeats + 1, today - p.last));
}

/// Counts the events of a group, by their place among the features.
class Worker : public columnar::GroupOperator {
 public:
  using Found = std::function<void(uint32_t group, const std::vector<uint32_t>& counts)>;
  Worker(const std::vector<uint32_t>& events, Found found)
      : counts_(events.size()), found_(std::move(found)) {
    for (uint32_t i = 0; i < events.size(); ++i) {
      if (events[i] >= place_.size()) place_.resize(events[i] + 1, columnar::kNone);
      place_[events[i]] = i;
    }
  }
  void group(uint32_t group, std::span<columnar::Hit> hits, columnar::RowReader&) override {
    std::fill(counts_.begin(), counts_.end(), 0);
    for (const columnar::Hit& hit : hits) ++counts_[place_[hit.event]];
    found_(group, counts_);
  }

 private:
  std::vector<uint32_t> counts_, place_;
  const Found found_;
};

}  // namespace

Result<LookalikeFeatures> LookalikeFeatures::prepare(const LookalikeQuery& query,
                                                     const Asking& asking) {
  LookalikeFeatures out(query, asking);
  PeopleRequest& request = out.request_;
  request.include_test = query.common.include_test;
  request.include_staff = query.common.include_staff;
  WEIR_CHECK_OK(collect_order_traits(query.orders, "order", request));
  request.fields.push_back({});  // everybody
  request.fields.push_back({PeopleField::Kind::Segment, query.common.segment, {}});
  PeopleField consent;  // everybody again when it is not asked
  if (!query.consent_channel.empty())
    consent = {PeopleField::Kind::Consent, query.consent_channel, query.consent_purpose};
  request.fields.push_back(std::move(consent));
  for (const std::string& code : query.tags)
    request.fields.push_back({PeopleField::Kind::Tag, code, {}});
  WEIR_TRY(out.people_, asking.people(request));
  WEIR_TRY(out.snapshot_, asking.snapshot(query.common.as_of));
  out.sort_people();
  for (std::string_view stage : kStages) out.names_.push_back("stage." + std::string(stage));
  for (std::string_view axis : {"rfm.r", "rfm.f", "rfm.m"}) out.names_.emplace_back(axis);
  out.choose_tag_values();
  out.choose_events();
  WEIR_CHECK_OK(out.read_orders());
  return out;
}

void LookalikeFeatures::sort_people() {
  bool consent = !query_.consent_channel.empty();
  who_.resize(people_->limit(0));
  for (uint32_t profile = 0; profile < who_.size(); ++profile) {
    if (people_->field(0, profile) == nullptr || !people_->counts(profile)) continue;
    const Value* granted = people_->field(2, profile);
    bool may = !consent || (granted != nullptr && *granted == Value(std::string("granted")));
    bool seed = people_->field(1, profile) != nullptr;
    who_[profile] = seed ? kSeed : may ? kCandidate : kNobody;
  }
}

void LookalikeFeatures::choose_tag_values() {
  for (size_t t = 0; t < query_.tags.size(); ++t) {
    const PeopleColumn& column = people_->field(3 + t);
    std::vector<uint64_t> counts(column.codes());
    uint64_t all = 0;
    for (uint32_t profile = 0; profile < who_.size(); ++profile) {
      if (who_[profile] == kNobody) continue;
      ++counts[column.code(profile)];
      ++all;
    }
    std::map<std::string, uint32_t> common;  // in an order that does not change
    for (uint32_t code = 1; code < counts.size(); ++code) {
      if (counts[code] * kRareShare >= all && counts[code] > 0)
        common.emplace(display_text(column.value(code)), code);
    }
    for (const auto& [text, code] : common) {
      tags_.push_back({3 + t, code});
      names_.push_back("tag." + query_.tags[t] + "=" + text);
    }
  }
}

/// The most usual of what people do.
void LookalikeFeatures::choose_events() {
  CompileInput in = asking_.input(request_, people_);
  std::map<uint32_t, uint64_t> rows;
  for (uint32_t code : select({std::string(kAnyActive)}, {}, in).events) rows[code] = 0;
  auto add = [&](uint32_t code, uint64_t n) {
    if (auto it = rows.find(code); it != rows.end()) it->second += n;
  };
  for (const auto& part : snapshot_->view.parts) {
    for (const columnar::EventRef& event : part->footer().events) add(event.code, event.rows);
  }
  for (uint32_t row = 0; row < snapshot_->view.head.rows(); ++row)
    add(snapshot_->view.head.event(row), 1);
  const auto& texts = (*snapshot_->view.dictionary)[columnar::Family::Event];
  std::vector<std::pair<uint64_t, std::string>> usual;
  for (const auto& [code, n] : rows) {
    if (n > 0) usual.emplace_back(n, texts.text(code));
  }
  std::sort(usual.begin(), usual.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  if (usual.size() > kEventsMax) usual.resize(kEventsMax);
  for (const auto& [n, text] : usual) {
    events_.push_back(*texts.find(text));
    names_.push_back("event." + text);
  }
}

Status LookalikeFeatures::read_orders() {
  columnar::PurchasesSpec spec;
  CompileInput in = asking_.input(request_, people_);
  spec.orders = compile_orders(query_.orders, {}, in);
  WEIR_TRY(spec.calendar, Calendar::open(query_.common.tz));
  spec.as_of = query_.common.as_of;
  spec.groups = [this](uint32_t group) { return group < who_.size() && who_[group] != kNobody; };
  WEIR_TRY(columnar::PurchasesResult bought,
           run_purchases(snapshot_, spec, asking_.budget(), asking_.helpers));
  buyers_ = std::move(bought.groups);
  today_ = bought.end;
  scanned_ += bought.rows_scanned;
  return {};
}

void LookalikeFeatures::fill_orders(uint32_t profile, std::vector<float>& row) const {
  auto buyer = std::lower_bound(
      buyers_.begin(), buyers_.end(), profile,
      [](const columnar::Purchases& p, uint32_t group) { return p.group < group; });
  if (buyer == buyers_.end() || buyer->group != profile) {
    row[0] = 1;  // a prospect
    return;
  }
  row[stage_of(*buyer, today_)] = 1;
  float* rfm = row.data() + kStages.size();
  rfm[0] = today_ - buyer->last <= kRecentDays ? 1 : 0;
  rfm[1] = buyer->repeats + 1 >= kFrequent ? 1 : 0;
  rfm[2] = buyer->value >= kMuchFen ? 1 : 0;
}

void LookalikeFeatures::fill(uint32_t profile, const std::vector<uint32_t>& counts,
                             std::vector<float>& row) const {
  row.assign(names_.size(), 0);
  fill_orders(profile, row);
  size_t at = kOrderFeatures;
  for (const TagValue& tag : tags_)
    row[at++] = people_->field(tag.field).code(profile) == tag.code ? 1 : 0;
  for (uint32_t count : counts) row[at++] = std::log1p(static_cast<float>(count));
}

Status LookalikeFeatures::read(const Wanted& wanted, const Visit& visit) {
  std::vector<uint8_t> seen(who_.size());
  columnar::EventSelection events;
  events.events = events_;
  columnar::ScanSpec spec;
  spec.event_masks = columnar::event_masks({&events});
  spec.from = query_.common.as_of - kLately + 1;
  spec.to = query_.common.as_of;
  spec.groups = [&](uint32_t group) {
    return group < who_.size() && who_[group] != kNobody && wanted(group);
  };
  std::vector<std::unique_ptr<Worker>> workers;
  WEIR_TRY(
      uint64_t scanned,
      scan(snapshot_, spec, asking_.budget(), asking_.helpers, [&]() -> columnar::GroupOperator& {
        auto row = std::make_shared<std::vector<float>>();
        auto found = [&, row](uint32_t group, const auto& counts) {
          seen[group] = 1;
          fill(group, counts, *row);
          visit(group, *row);
        };
        return *workers.emplace_back(std::make_unique<Worker>(events_, std::move(found)));
      }));
  scanned_ += scanned;
  std::vector<float> row;
  const std::vector<uint32_t> nothing(events_.size());
  for (uint32_t profile = 0; profile < who_.size(); ++profile) {
    if (who_[profile] == kNobody || seen[profile] != 0 || !wanted(profile)) continue;
    fill(profile, nothing, row);
    visit(profile, row);
  }
  return {};
}

}  // namespace weir::embedded
