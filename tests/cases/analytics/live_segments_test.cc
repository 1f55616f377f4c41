// SEMANTICS §9: membership that the segments fold keeps record by record, the same definition asked
// as one pass over the behaviour store, and a reference written straight from the rules agree after
// every step: random definitions and histories, late and early events, merges, un-merges, restarts
// and moves of the clock. A case is one definition at one instant. In the end, who was in at each
// of these instants is read back from the facts and is who was in then.

#include "model/query_segment_changes.h"
#include "ports/segment_history.h"
#include "segments/segments.h"
#include "tests/support/behaviour_world.h"
#include "tests/support/fold_harness.h"
#include "tests/support/seeded_random.h"

#include <gtest/gtest.h>

#include <set>

namespace weir {
namespace {

constexpr TimeMs kStart = 1772380800000 + 9 * kDayMs;  // 2026-03-11 00:00 in Shanghai
constexpr int kPeople = 5, kSteps = 30;
using People = std::set<uint32_t>;

/// An event as it came, and who it came from.
struct RawEvent {
  uint32_t identity;
  std::string name;
  TimeMs time;
  Properties properties;
};

/// People and their events; the segments fold answers who is a member.
class World : public testing::BehaviourWorld {
 public:
  explicit World(TimeMs now) : BehaviourWorld(now) {}
  bool is_member(ProfileOrdinal p, std::string_view segment) const override {
    return segments != nullptr && segments->is_member(p, segment);
  }
  segments::Segments* segments = nullptr;
};

/// The first fold: says whose a record is, gives it to the behaviour store and keeps it as it is.
class FirstFold : public Fold {
 public:
  explicit FirstFold(World& world) : world_(world) {}
  std::string_view name() const override { return "first"; }
  Status load(const StateStore&) override { return {}; }
  void save(WriteBatch&) override {}
  void apply(Step& step, StepContext& context) override {
    if (!step.profile && !step.record.identities.empty()) {
      uint32_t identity = world_.identity_of(step.record.identities[0].value);
      step.identity = IdentityOrdinal(identity);
      step.profile = world_.owner(*step.identity);
    }
    world_.behaviour().fold().apply(step, context);
    std::string_view event = event_name(step.record);
    if (!step.profile || event.empty()) return;
    raw.push_back(
        {step.identity ? step.identity->value : world_.identities_of(*step.profile).front().value,
         std::string(event), step.record.event_time, step.record.properties});
  }
  void on_merge(ProfileOrdinal from, ProfileOrdinal into, StepContext& context) override {
    world_.behaviour().fold().on_merge(from, into, context);
  }
  void on_split(const Split& split, StepContext& context) override {
    world_.behaviour().fold().on_split(split, context);
  }
  std::vector<RawEvent> raw;

 private:
  World& world_;
};

/// The rules, word by word.
class Reference {
 public:
  Reference(const World& world, const std::vector<RawEvent>& raw, TimeMs now,
            std::function<bool(uint32_t, const std::string&)> member)
      : world_(world), now_(now), member_(std::move(member)), raw_(raw) {}

  bool holds(const Condition& c, uint32_t person) const {
    using Kind = Condition::Kind;
    auto child = [&](const Condition& one) { return holds(one, person); };
    switch (c.kind) {
      case Kind::And: return std::ranges::all_of(c.children, child);
      case Kind::Or: return std::ranges::any_of(c.children, child);
      case Kind::Not: return !child(c.children[0]);
      case Kind::Profile:
        return compare(c.op, world_.trait(ProfileOrdinal(person), c.name), c.operands);
      case Kind::Segment: return member_(person, c.name);
      case Kind::Done: return done(c, person);
      case Kind::Sequence: return sequence(c, person);
      default: ADD_FAILURE() << "not generated"; return false;
    }
  }

 private:
  static int64_t day(TimeMs time) { return (time + 8 * kHourMs) / kDayMs; }

  bool in_window(const Window& w, TimeMs time, uint32_t person) const {
    if (time > now_) return false;
    int64_t ago = day(now_) - day(time);
    switch (w.kind) {
      case Window::Kind::Ever: return true;
      case Window::Kind::Days: return w.near <= ago && ago <= w.far;
      case Window::Kind::Rolling: return time > now_ - w.length_ms;
      case Window::Kind::Absolute: return w.from <= time && time < w.to;
      case Window::Kind::Since: {
        const Value* since = world_.trait(ProfileOrdinal(person), w.since);
        return since != nullptr && time >= std::get<int64_t>(*since);
      }
    }
    return false;
  }
  bool qualifies(const std::vector<std::string>& names, const Filter& filter,
                 const RawEvent& e) const {
    return std::ranges::count(names, e.name) > 0 &&
           matches(filter, PropertiesSubject(e.properties));
  }
  std::vector<const RawEvent*> events_of(uint32_t person) const {
    std::vector<const RawEvent*> out;
    for (const RawEvent& e : raw_) {
      if (world_.owner(IdentityOrdinal(e.identity)).value == person && e.time <= now_)
        out.push_back(&e);
    }
    return out;
  }

  bool done(const Condition& c, uint32_t person) const {
    std::vector<double> numbers;
    std::set<std::string> values;
    std::set<int64_t> days;
    int64_t count = 0;
    for (const RawEvent* e : events_of(person)) {
      if (!qualifies(c.events, c.filter, *e) || !in_window(c.window, e->time, person)) continue;
      ++count;
      days.insert(day(e->time));
      const Value* v = find_property(e->properties, c.agg_prop);
      double n;
      if (v == nullptr) continue;
      values.insert(std::to_string(v->index()) + display_text(*v));
      if (as_number(*v, n)) numbers.push_back(n);
    }
    double sum = 0;
    for (double n : numbers) sum += n;
    using Agg = Condition::Agg;
    std::optional<Value> out;
    if (c.agg == Agg::Count) out = Value(count);
    if (c.agg == Agg::Days) out = Value(static_cast<int64_t>(days.size()));
    if (c.agg == Agg::Distinct) out = Value(static_cast<int64_t>(values.size()));
    if (c.agg == Agg::Sum) out = Value(sum);
    if (!numbers.empty()) {
      if (c.agg == Agg::Avg) out = Value(sum / static_cast<double>(numbers.size()));
      if (c.agg == Agg::Min) out = Value(std::ranges::min(numbers));
      if (c.agg == Agg::Max) out = Value(std::ranges::max(numbers));
    }
    return compare(c.op, out ? &*out : nullptr, c.operands);
  }

  bool sequence(const Condition& c, uint32_t person) const {
    std::vector<const RawEvent*> events = events_of(person);
    for (const RawEvent* first : events) {
      if (!is_step(c, 0, *first) || !in_window(c.window, first->time, person)) continue;
      if (!c.hold.empty() && !same_held(c, 0, *first, 0, *first)) continue;
      if (c.then_not ? nothing_follows(c, events, *first) : goes_on(c, events, {first}))
        return true;
    }
    return false;
  }
  bool is_step(const Condition& c, size_t step, const RawEvent& e) const {
    return qualifies(c.steps[step].events, c.steps[step].filter, e);
  }
  static bool same_held(const Condition& c, size_t i, const RawEvent& a, size_t j,
                        const RawEvent& b) {
    return std::ranges::all_of(c.hold, [&](const auto& names) {
      const Value* x = find_property(a.properties, names[i]);
      const Value* y = find_property(b.properties, names[j]);
      return x != nullptr && y != nullptr && *x == *y;
    });
  }
  bool nothing_follows(const Condition& c, const std::vector<const RawEvent*>& events,
                       const RawEvent& a) const {
    TimeMs end = c.within_ms == 0 ? now_ : a.time + c.within_ms;
    return end <= now_ && std::ranges::none_of(events, [&](const RawEvent* b) {
             return b->time > a.time && b->time <= end && is_step(c, 1, *b) &&
                    same_held(c, 0, a, 1, *b);
           });
  }
  bool goes_on(const Condition& c, const std::vector<const RawEvent*>& events,
               const std::vector<const RawEvent*>& chain) const {
    size_t step = chain.size();
    if (step == c.steps.size()) return true;
    for (const RawEvent* e : events) {
      if (!is_step(c, step, *e) || std::ranges::count(chain, e) > 0) continue;
      TimeMs from = chain.back()->time;
      if (e->time < from || !same_held(c, 0, *chain[0], step, *e)) continue;
      if (c.within_ms != 0 && e->time > chain[0]->time + c.within_ms) continue;
      bool other = c.immediately && std::ranges::any_of(events, [&](const RawEvent* x) {
                     return from < x->time && x->time < e->time;
                   });
      if (other) continue;
      std::vector<const RawEvent*> longer = chain;
      longer.push_back(e);
      if (goes_on(c, events, longer)) return true;
    }
    return false;
  }

  const World& world_;
  const TimeMs now_;
  std::function<bool(uint32_t, const std::string&)> member_;
  const std::vector<RawEvent>& raw_;
};

class RandomHistory {
 public:
  explicit RandomHistory(uint64_t seed) : random_(seed), world_(kStart), first_(world_) {
    segments_ = make_fold();
    world_.segments = segments_.get();
    harness_.emplace(kStart, std::vector<Fold*>{&first_, segments_.get()});
  }

  uint64_t run() {
    for (int i = 0; i < kPeople; ++i) track(person(i), "z", 0);
    freeze("list", {ProfileOrdinal(0), ProfileOrdinal(2)});
    for (int i = 0; i < 5; ++i) define("s" + std::to_string(i), node(2, i));
    for (int i = 0; i < kSteps && !::testing::Test::HasFailure(); ++i) {
      step();
      check();
      if (random_.chance(30)) harness_->advance_by(1);
    }
    check_past();
    return cases_;
  }

 private:
  std::unique_ptr<segments::Segments> make_fold() {
    return segments::Segments::make(world_, {&world_, nullptr, nullptr, &world_.behaviour()},
                                    Calendar::shanghai());
  }
  static std::string person(int i) { return "u" + std::to_string(i); }
  std::string somebody() { return person(static_cast<int>(random_.below(kPeople))); }
  std::string event() { return std::string(1, static_cast<char>('a' + random_.below(3))); }

  void step() {
    uint32_t what = random_.below(14);
    if (what == 5 || what == 6) return move_clock();
    past_.erase(harness_->now());  // the instant is not over: it will end with what comes now
    switch (what) {
      case 0: return merge();
      case 1: return part();
      case 2: return restart();
      case 3: return set_trait();
      case 4: return define("s" + std::to_string(random_.below(5)), {});
      default: break;
    }
    // Few instants, so that equal times are usual; some late, some ahead of the clock (G8).
    TimeMs now = harness_->now();
    TimeMs time = now;
    if (random_.chance(60)) time = now - now % (4 * kHourMs) - random_.below(40) * 4 * kHourMs;
    if (random_.chance(15)) time = now + random_.below(60) * kMinuteMs;
    track(somebody(), event(), time);
  }
  void move_clock() {
    switch (random_.below(4)) {
      case 0: return harness_->advance_by(1 + random_.below(3));
      case 1: return harness_->advance_by(random_.below(180) * kMinuteMs);
      case 2: return harness_->advance(harness_->now() / kHourMs * kHourMs + 4 * kHourMs);
      default: return harness_->advance_by(random_.below(60) * kHourMs);
    }
  }
  void track(std::string who, std::string name, TimeMs time) {
    Envelope e;
    e.kind = RecordKind::Track;
    e.name = std::move(name);
    e.identities = {{IdentityKind::UserId, "", std::move(who)}};
    e.event_time = time;
    if (random_.chance(70)) e.properties.push_back({"n", Value(int64_t{random_.below(4)})});
    if (random_.chance(60))
      e.properties.push_back({"s", Value("s" + std::to_string(random_.below(2)))});
    harness_->apply(std::move(e));
  }
  void set_trait() {
    std::string who = somebody();
    Envelope e;
    e.kind = RecordKind::Identify;
    e.identities = {{IdentityKind::UserId, "", who}};
    bool city = random_.chance(50);
    Value value = city ? Value(std::string(random_.chance(50) ? "杭州" : "上海"))
                       : Value(harness_->now() - random_.below(20) * int64_t{8} * kHourMs);
    world_.put_trait(who, city ? "city" : "joined", value);
    e.traits = {{TraitOp::Set, city ? "city" : "joined", value}};
    harness_->apply(std::move(e));
  }
  void merge() {
    std::string a = somebody(), b = somebody();
    ProfileOrdinal from = world_.profile_of(a), into = world_.profile_of(b);
    if (from == into) return;
    world_.map(from, into);
    harness_->merged(from, into);
    finish_step();
  }
  void part() {
    std::string who = somebody();
    if (world_.profile_of(who).value == world_.identity_of(who)) return;
    harness_->split(world_.part(who));
    finish_step();
  }
  /// Folds the facts that a merge or a split caused: in the program they belong to its step.
  void finish_step() {
    Envelope nothing;
    nothing.kind = RecordKind::Alias;
    harness_->apply(std::move(nothing));
    harness_->advance_by(1);
  }
  void restart() {
    ASSERT_TRUE(world_.checkpoint());
    WriteBatch batch;  // what changed since the last one
    segments_->save(batch);
    ASSERT_TRUE(state_.write(batch));
    auto again = make_fold();
    ASSERT_TRUE(again->load(state_));
    auto kept = harness_->snapshot();
    segments_ = std::move(again);
    world_.segments = segments_.get();
    harness_.emplace(kept.now, std::vector<Fold*>{&first_, segments_.get()});
    harness_->restore(kept);
  }
  void record(std::string name, std::string body) {
    Envelope e;
    e.kind = RecordKind::Definition;
    e.name = std::move(name);
    e.properties = {{"body", JsonText{std::move(body)}}};
    harness_->apply(std::move(e));
    harness_->advance_by(1000);
  }
  void define(const std::string& id, std::string def) {
    if (def.empty()) def = node(2, id.back() - '0');
    defs_[id] = def;
    conditions_[id] = *parse_condition(*json::parse(def), "def", calendar_);
    record("segment/" + id, R"({"name":"n","def":)" + def + "}");
  }
  void freeze(const std::string& id, std::vector<ProfileOrdinal> people) {
    segments::StaticHeader header{"n", "up", harness_->now(), "{}", people.size()};
    record("segment/" + id, json::to_text(segments::static_header_body(header)));
    record("segment_part/" + id, json::to_text(segments::static_part_body(header, 0, people)));
    for (ProfileOrdinal p : people) listed_.push_back(p);
  }

  std::string window() {
    switch (random_.below(7)) {
      case 0: return R"("ever")";
      case 1: return R"({"last":3,"unit":"day"})";
      case 2: return R"({"past":4,"unit":"day"})";
      case 3: return R"({"rolling":"PT60H"})";
      case 4: return R"({"between":[2,5],"unit":"day"})";
      case 5: return R"({"since":"profile.joined"})";
      default: return R"({"from":"2026-03-06","to":"2026-03-12"})";
    }
  }
  std::string filter() {
    switch (random_.below(4)) {
      case 0: return R"({"prop":"event.s","op":"eq","value":"s1"})";
      case 1: return R"({"prop":"event.n","op":"gte","value":2})";
      case 2: return R"({"not":{"prop":"event.s","op":"in","value":["s0"]}})";
      default: return "null";
    }
  }
  std::string events() {
    return random_.chance(70) ? R"("event":")" + event() + "\""
                              : R"("events":["a",")" + event() + "\"]";
  }
  std::string sequence() {
    std::string steps = "{" + events() + R"(,"filter":)" + filter() + "},{" + events() + "}";
    bool then_not = random_.chance(35);
    if (!then_not && random_.chance(50)) steps += ",{" + events() + "}";
    std::string out = R"({"sequence":{"steps":[)" + steps + R"(],"window":)" + window();
    if (random_.chance(70)) out += R"(,"within":"PT40H")";
    if (random_.chance(30)) out += random_.chance(50) ? R"(,"hold":["s"])" : R"(,"hold":["s","n"])";
    if (then_not) out += R"(,"then_not":true)";
    if (!then_not && random_.chance(30)) out += R"(,"immediately":true)";
    return out + "}}";
  }
  std::string leaf(int segment) {
    switch (random_.below(8)) {
      case 0: return R"({"profile":{"prop":"profile.city","op":"neq","value":"杭州"}})";
      case 1: return R"({"list":"list"})";
      case 2:
        // Only of earlier ones: references are acyclic.
        return segment == 0
                   ? R"({"segment":"list"})"
                   : R"({"segment":"s)" +
                         std::to_string(random_.below(static_cast<uint32_t>(segment))) + "\"}";
      case 3: return R"({"not_done":{)" + events() + R"(,"window":)" + window() + "}}";
      case 4:
      case 5: return sequence();
      default: break;
    }
    static const char* kAggs[] = {"count", "days", "sum", "avg", "min", "max", "distinct"};
    std::string agg = kAggs[random_.below(7)];
    std::string prop = agg == "count" || agg == "days" ? "" : R"(,"prop":"event.n")";
    static const char* kOps[] = {"gte", "lt", "eq"};
    return R"({"done":{)" + events() + R"(,"agg":")" + agg + "\"" + prop + R"(,"op":")" +
           kOps[random_.below(3)] + R"(","value":)" + std::to_string(random_.below(4)) +
           R"(,"filter":)" + filter() + R"(,"window":)" + window() + "}}";
  }
  std::string node(int depth, int segment) {
    if (depth == 0 || random_.chance(50)) return leaf(segment);
    if (random_.chance(20)) return R"({"not":)" + node(depth - 1, segment) + "}";
    std::string out = random_.chance(50) ? R"({"and":[)" : R"({"or":[)";
    for (uint32_t n = random_.below(3) + 1; n > 0; --n)
      out += node(depth - 1, segment) + (n > 1 ? "," : "");
    return out + "]}";
  }

  void check() {
    harness_->advance(harness_->now());  // timers that are due
    TimeMs now = harness_->now();
    if (world_.env().clock().now() < now) world_.env().run_until(now);
    std::map<std::string, People> expected;
    for (ProfileOrdinal p : listed_) expected["list"].insert(world_.canonical(p).value);
    auto member = [&](uint32_t person, const std::string& id) {
      return expected[id].contains(person);
    };
    Reference reference(world_, first_.raw, now, member);
    past_[now]["list"] = members("list");
    for (const auto& [id, condition] : conditions_) {
      People live;
      for (ProfileOrdinal p : world_.live_profiles(ProfileOrdinal(0), 100)) {
        if (segments_->is_member(p, id)) live.insert(p.value);
        if (reference.holds(condition, p.value)) expected[id].insert(p.value);
      }
      past_[now][id] = members(id);
      ++cases_;
      ASSERT_EQ(live, expected[id]) << "live, at " << now << " " << id << " " << defs_[id];
      ASSERT_EQ(asked(defs_[id], now), expected[id])
          << "batch, at " << now << " " << id << " " << defs_[id];
    }
  }
  std::vector<ProfileOrdinal> members(const std::string& id) const {
    return segments_->members(id, ProfileOrdinal(0), SIZE_MAX);
  }
  void check_past() {
    for (const auto& [then, segments] : past_) {
      for (const auto& [id, were] : segments) {
        segments::SegmentInfo info = *segments_->get(id);
        ASSERT_LE(info.known_from, then);
        auto facts = world_.behaviour().segment_changes({id, then, info.changes}, {});
        ASSERT_TRUE(facts) << facts.error().message;
        ASSERT_EQ(members_before(members(id), facts->changes), were) << id << " at " << then;
      }
    }
  }
  People asked(const std::string& def, TimeMs as_of) {
    auto answer = world_.ask(R"({"kind":"segment","limit":100,"as_of":)" + std::to_string(as_of) +
                             R"(,"def":)" + def + "}");
    EXPECT_TRUE(answer) << answer.error().message;
    People out;
    if (!answer) return out;
    for (const json::value& p : answer->at("profiles").get_array())
      out.insert(parse_profile_id(json::view(p.get_string()))->value);
    return out;
  }

  testing::SeededRandom random_;
  Calendar calendar_ = Calendar::shanghai();
  World world_;
  FirstFold first_;
  std::unique_ptr<segments::Segments> segments_;
  std::optional<testing::FoldHarness> harness_;
  testing::MapStateStore state_;
  std::map<std::string, std::string> defs_;
  std::map<std::string, Condition> conditions_;
  std::vector<ProfileOrdinal> listed_;
  std::map<TimeMs, std::map<std::string, std::vector<ProfileOrdinal>>> past_;
  uint64_t cases_ = 0;
};

TEST(LiveSegments, AgreeWithTheBatchPlanAndTheRulesAfterEveryStepAndRememberWhoWasIn) {
  uint64_t seed = testing::test_seed(1);
  auto wanted = static_cast<uint64_t>(testing::log_count(100'000));
  for (uint64_t cases = 0; cases < wanted; ++seed) {
    SCOPED_TRACE("WEIR_SEED=" + std::to_string(seed));
    cases += RandomHistory(seed).run();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace weir
