#include "segments/segments.h"

#include "base/string_map.h"
#include "model/condition_index.h"
#include "model/facts.h"
#include "model/key_space.h"
#include "ports/definition_timers.h"
#include "ports/everybody_walk.h"
#include "ports/person_timers.h"
#include "ports/resident_table.h"
#include "ports/touched_people.h"
#include "segments/membership.h"
#include "segments/value_lists.h"

#include <algorithm>
#include <set>

namespace weir::segments {
namespace {

constexpr int kDaysKept = 400;

/// A definition ready to evaluate.
struct Compiled {
  Condition condition;
  uint32_t number = 0, version = 0;
  bool frozen = false;  // nobody is evaluated
  bool timed = false;   // the answer may change by itself
};

/// Why somebody is looked at again. What decided is named where one event did.
struct Cause {
  std::string_view reason;  // event, trait, time, merge, split or definition
  std::string_view by = {};
  TimeMs by_time = 0;
};

Cause cause_of(const Envelope& record) {
  bool traits = record.kind == RecordKind::Identify;
  return {traits ? "trait" : "event", event_name(record), record.event_time};
}

class SegmentsFold final : public Segments {
 public:
  SegmentsFold(const IdentityReader& identities, PersonReaders readers, Calendar calendar)
      : identities_(identities),
        readers_(readers),
        calendar_(std::move(calendar)),
        definitions_(std::string{key_space::kSegments, 'd'}),
        lists_(std::string{key_space::kSegments, 'l'}) {
    readers_.segments = this;
  }

  std::string_view name() const override { return "segments"; }

  Status load(const StateStore& store) override {
    WEIR_CHECK_OK(definitions_.load(store));
    WEIR_CHECK_OK(lists_.load(store));
    std::set<uint32_t> numbers;
    definitions_.for_each(
        [&](const std::string&, const pb::Definition& row) { numbers.insert(row.number()); });
    WEIR_CHECK_OK(members_.load(store, [&](uint32_t number) { return numbers.contains(number); }));
    WEIR_CHECK_OK(touched_.load(store));
    WEIR_CHECK_OK(walk_.load(store));
    WEIR_CHECK_OK(timers_.load(store));
    Status status;
    definitions_.for_each([&](const std::string& id, const pb::Definition& row) {
      if (auto compiled = compile(id, row); !compiled)
        status = std::unexpected<Error>(compiled.error());
      next_number_ = std::max(next_number_, row.number() + 1);
      if (row.known_from() == 0) undated_.push_back(id);
    });
    lists_.for_each([&](const std::string& id, const pb::List&) { index_list(id); });
    return status;
  }

  void save(WriteBatch& batch) override {
    definitions_.save(batch);
    lists_.save(batch);
    members_.save(batch);
    touched_.save(batch);
    walk_.save(batch);
    timers_.save(batch);
  }

  void apply(Step& step, StepContext& context) override {
    date_history(context.now());
    if (step.record.kind == RecordKind::Definition) return define(step, context);
    if (!step.profile) return;
    ProfileOrdinal profile = *step.profile;
    if (!members_.known(profile)) {  // a new person may match conditions that no event names
      members_.remember(profile);
      Cause cause = cause_of(step.record);
      for (const std::string& id : dynamic_ids()) reconsider(id, profile, cause, context);
      return;
    }
    for (const std::string& id : index_.affected_by(step.record)) {
      reconsider(id, profile, cause_of(step.record), context);
    }
  }

  void apply_chunk(ChunkStep& step, StepContext& context) override {
    if (!compiled_.empty()) touched_.touch(step, context);
  }

  void on_timer(std::string_view key, TimeMs, StepContext& context) override {
    date_history(context.now());
    if (TouchedPeople::owns_timer(key)) return reconsider_touched(key, context);
    if (EverybodyWalk::owns_timer(key)) return walk(key, context);
    if (PersonTimers::owns_timer(key)) return look_again(context);
    // Timers that an older version set.
    DefinitionTimers::Fired fired = DefinitionTimers::parse(key);
    bool known = compiled_.contains(fired.definition);
    if (known && fired.kind == DefinitionTimers::Kind::Backfill)
      return walk_.start(fired.definition, context);
    timers_.wake(identities_.canonical(ProfileOrdinal(fired.ordinal)), context.now(), context);
  }

  void on_merge(ProfileOrdinal from, ProfileOrdinal into, StepContext& context) override {
    // Dynamic segments are recomputed; of static ones the merged person is in the union (G10).
    std::vector<pb::Member::Listed> before = members_.listed(from);
    touched_.forget(from);
    timers_.forget(from, context);
    const std::vector<std::string> ids = sorted_ids();
    for (const std::string& id : ids) {
      const Compiled& c = compiled_.find(id)->second;
      if (!members_.has(from, c.number)) continue;
      count_day(id, false, context.now());
      emit({id, c.version, from, into, false}, {"merge"}, context);
    }
    members_.forget(from);
    members_.remember(into);
    for (const std::string& id : ids) {
      const Compiled& c = compiled_.find(id)->second;
      if (c.frozen) {
        for (const pb::Member::Listed& entry : before) {
          if (entry.segment() == c.number) admit(id, c, into, entry, {"merge"}, context);
        }
        continue;
      }
      reconsider(id, into, {"merge"}, context);
    }
  }

  void on_split(const Split& split, StepContext& context) override {
    members_.remember(split.kept);
    members_.remember(split.apart);
    for (const std::string& id : sorted_ids()) {
      const Compiled& c = compiled_.find(id)->second;
      if (c.frozen) {
        part_list(id, c, split, context);
        continue;
      }
      reconsider(id, split.kept, {"split"}, context);
      reconsider(id, split.apart, {"split"}, context);
    }
  }

  void on_erase(ProfileOrdinal profile, StepContext& context) override {
    touched_.forget(profile);
    timers_.forget(profile, context);
    members_.forget(profile);
  }

  bool is_member(ProfileOrdinal profile, std::string_view segment_id) const override {
    auto it = compiled_.find(segment_id);
    return it != compiled_.end() && members_.has(profile, it->second.number);
  }

  bool list_has(std::string_view list_id, std::string_view value) const override {
    if (list_id.starts_with("list:")) list_id.remove_prefix(5);
    auto it = list_values_.find(list_id);
    return it != list_values_.end() && it->second.contains(value);
  }

  std::optional<std::vector<std::string>> list_values(std::string_view list_id) const override {
    if (list_id.starts_with("list:")) list_id.remove_prefix(5);
    auto it = list_values_.find(list_id);
    if (it == list_values_.end()) return std::nullopt;
    return std::vector<std::string>(it->second.begin(), it->second.end());
  }

  Status check_references(std::string_view id, const json::value& body) const override {
    const json::value* def = body.is_object() ? json::find(body.get_object(), "def") : nullptr;
    if (def == nullptr) return fail(ErrorCode::InvalidArgument, "\"def\" is missing", "def");
    WEIR_TRY(Condition condition, parse_condition(*def, "def", calendar_));
    std::set<std::string> seen;
    std::vector<std::string> open;
    ConditionInputs inputs = inputs_of(condition);
    for (const std::string& name : inputs.segments) open.push_back(name);
    while (!open.empty()) {
      std::string name = std::move(open.back());
      open.pop_back();
      if (name == id) {
        return fail(ErrorCode::InvalidArgument,
                    "segment \"" + name + "\" would depend on itself; remove that reference",
                    "def");
      }
      auto it = compiled_.find(name);
      if (it == compiled_.end()) {
        return fail(ErrorCode::InvalidArgument, "segment \"" + name + "\" does not exist", "def");
      }
      if (inputs.lists.contains(name) && !it->second.frozen) {
        return fail(ErrorCode::InvalidArgument,
                    "\"" + name +
                        "\" is not a list of people but a computed segment; use "
                        "{\"segment\":\"" +
                        name + "\"}",
                    "def");
      }
      if (!seen.insert(name).second) continue;
      for (const std::string& next : inputs_of(it->second.condition).segments) open.push_back(next);
    }
    return {};
  }

  Status check_unused(std::string_view id) const override {
    for (const std::string& user : sorted_ids()) {
      if (!inputs_of(compiled_.find(user)->second.condition).segments.contains(std::string(id)))
        continue;
      return fail(ErrorCode::FailedPrecondition,
                  "segment \"" + user + "\" builds on \"" + std::string(id) +
                      "\"; change or delete that one first",
                  "id");
    }
    return {};
  }

  std::vector<SegmentInfo> list() const override {
    std::vector<SegmentInfo> all;
    for (const std::string& id : sorted_ids()) all.push_back(info(id, *definitions_.find(id)));
    return all;
  }

  Result<SegmentInfo> get(std::string_view id) const override {
    const pb::Definition* row = definitions_.find(id);
    if (row == nullptr) {
      return fail(ErrorCode::NotFound, "segment \"" + std::string(id) + "\" does not exist", "id");
    }
    return info(std::string(id), *row);
  }

  std::vector<Membership> of(ProfileOrdinal profile) const override {
    std::vector<Membership> all;
    for (auto [number, since] : members_.all_of(profile)) {
      for (const auto& [id, compiled] : compiled_) {
        if (compiled.number == number) all.push_back({id, definitions_.find(id)->name(), since});
      }
    }
    return all;
  }

  std::vector<ProfileOrdinal> members(std::string_view id, ProfileOrdinal after,
                                      size_t limit) const override {
    auto it = compiled_.find(id);
    if (it == compiled_.end()) return {};
    return members_.members(it->second.number, after, limit);
  }

  bool would_match(const Condition& condition, ProfileOrdinal profile, TimeMs now) const override {
    return evaluate(condition, PersonSubject(profile, readers_), now, calendar_).value;
  }

  Result<SegmentWhy> why(std::string_view id, ProfileOrdinal profile, TimeMs now) const override {
    auto it = compiled_.find(id);
    if (it == compiled_.end()) {
      return fail(ErrorCode::NotFound, "segment \"" + std::string(id) + "\" does not exist", "id");
    }
    const Compiled& c = it->second;
    SegmentWhy out{c.version, {}, {}};
    for (auto [number, since] : members_.all_of(profile)) {
      if (number == c.number) out.since = since;
    }
    if (!c.frozen) out.why = explain(c.condition, PersonSubject(profile, readers_), now, calendar_);
    return out;
  }

 private:
  void define(const Step& step, StepContext& context) {
    std::string_view name = step.record.name;
    std::string json_text(definition_body(step.record));
    if (name.starts_with(kSegmentPart)) {
      return add_part(std::string(name.substr(kSegmentPart.size())), json_text, context);
    }
    if (name.starts_with("list/")) {
      std::string list(name.substr(5));
      define_list(list, json_text);
      return look_again_at(list, context);
    }
    if (!name.starts_with("segment/")) return;
    std::string id(name.substr(8));
    if (json_text.empty()) return remove(id);
    auto body_json = json::parse(json_text);
    if (body_json) {
      if (auto header = parse_static_header(*body_json)) return freeze(id, *header, step.now);
    }
    // The API validated it before it was appended; a record that another writer appended may be
    // bad, and then the older version stays.
    if (!body_json || !validate_definition(*body_json, calendar_)) return;
    const json::object& o = body_json->get_object();
    pb::Definition& row = new_version(id, json::optional_string(o, "name"), step.now);
    row.clear_frozen();
    row.set_body(json::to_text(*json::find(o, "def")));
    auto compiled = compile(id, row);
    WEIR_ASSERT(compiled.has_value());
    walk_.start(id, context);
  }

  pb::Definition& new_version(const std::string& id, std::string name, TimeMs now) {
    pb::Definition& row = definitions_.mutate(id);
    if (row.version() == 0) {
      row.set_number(next_number_++);
      row.set_known_from(now);
    }
    row.set_version(row.version() + 1);
    row.set_name(std::move(name));
    row.set_updated_at(now);
    index_.remove(id);
    walk_.stop(id);
    return row;
  }

  /// The list begins anew; its people come with the parts.
  void freeze(const std::string& id, const StaticHeader& header, TimeMs now) {
    pb::Definition& row = new_version(id, header.name, now);
    members_.drop_segment(row.number());
    row.set_number(next_number_++);
    row.set_known_from(now);  // whoever was in a list before is gone without a fact
    row.clear_body();
    pb::Definition::Static& frozen = *row.mutable_frozen();
    frozen.Clear();
    frozen.set_upload(header.upload);
    frozen.set_as_of(header.as_of);
    frozen.set_origin(header.origin);
    frozen.set_people(header.people);
    WEIR_ASSERT(compile(id, row).has_value());
  }

  void add_part(const std::string& id, const std::string& json_text, StepContext& context) {
    const pb::Definition* known = definitions_.find(id);
    auto body = json::parse(json_text);
    auto part = body ? parse_static_part(*body) : std::nullopt;
    // A part of a list that was deleted or saved anew meanwhile, or one that was read before.
    if (known == nullptr || !known->has_frozen() || !part ||
        part->upload != known->frozen().upload() || part->number != known->frozen().parts()) {
      return;
    }
    definitions_.mutate(id).mutable_frozen()->set_parts(part->number + 1);
    const Compiled c = compiled_.find(id)->second;
    for (ProfileOrdinal listed : part->people) {
      ProfileOrdinal profile = identities_.canonical(listed);
      std::vector<ProfileOrdinal> live = identities_.live_profiles(profile, 1);
      if (live.empty() || live.front() != profile) continue;  // erased since
      members_.remember(profile);
      pb::Member::Listed entry;
      entry.set_segment(c.number);
      entry.set_profile(listed.value);
      entry.set_since(context.now());
      admit(id, c, profile, entry, {"definition"}, context);
    }
  }

  void admit(const std::string& id, const Compiled& c, ProfileOrdinal profile,
             const pb::Member::Listed& entry, const Cause& cause, StepContext& context) {
    members_.list(profile, entry);
    if (members_.has(profile, c.number)) return;
    members_.add(profile, c.number, entry.since());
    count_day(id, true, context.now());
    emit({id, c.version, profile, profile, true}, cause, context);
  }

  /// Of a frozen list each side of a split is in for whom the list names.
  void part_list(const std::string& id, const Compiled& c, const Split& split,
                 StepContext& context) {
    std::vector<pb::Member::Listed> moved =
        members_.unlist(split.kept, [&](const pb::Member::Listed& entry) {
          return entry.segment() == c.number && split.moved(ProfileOrdinal(entry.profile()));
        });
    for (const pb::Member::Listed& entry : moved) {
      admit(id, c, split.apart, entry, {"split"}, context);
    }
    bool stays = std::ranges::any_of(
        members_.listed(split.kept),
        [&](const pb::Member::Listed& entry) { return entry.segment() == c.number; });
    if (stays || !members_.has(split.kept, c.number)) return;
    members_.remove(split.kept, c.number);
    count_day(id, false, context.now());
    emit({id, c.version, split.kept, split.kept, false}, {"split"}, context);
  }

  void remove(const std::string& id) {
    auto it = compiled_.find(id);
    if (it == compiled_.end()) return;
    members_.drop_segment(it->second.number);
    index_.remove(id);
    compiled_.erase(it);
    definitions_.erase(id);
    walk_.stop(id);
  }

  void define_list(const std::string& id, const std::string& json_text) {
    lists_.erase(id);
    list_values_.erase(id);
    auto body = json::parse(json_text.empty() ? "{}" : json_text);
    const json::value* values =
        body && body->is_object() ? json::find(body->get_object(), "values") : nullptr;
    if (values == nullptr || !values->is_array()) return;
    pb::List& row = lists_.mutate(id);
    for (const json::value& v : values->get_array()) {
      if (v.is_string()) row.add_values(std::string(json::view(v.get_string())));
    }
    index_list(id);
  }

  /// Segments that ask the list are looked at as if their definition had changed.
  void look_again_at(const std::string& list, StepContext& context) {
    for (const std::string& id : dynamic_ids()) {
      if (value_lists_of(compiled_.find(id)->second.condition).contains(list))
        walk_.start(id, context);
    }
  }

  void index_list(const std::string& id) {
    auto& values = list_values_[id];
    for (const std::string& value : lists_.find(id)->values()) values.insert(value);
  }

  Status compile(const std::string& id, const pb::Definition& row) {
    if (row.has_frozen()) {
      compiled_[id] = {{}, row.number(), row.version(), true, false};
      return {};
    }
    WEIR_TRY(json::value body, json::parse(row.body()));
    WEIR_TRY(Condition condition, parse_condition(body, "def", calendar_));
    ConditionInputs inputs = inputs_of(condition);
    index_.add(id, inputs);
    compiled_[id] = {std::move(condition), row.number(), row.version(), false, inputs.timed};
    return {};
  }

  /// New definitions look at every person.
  void walk(std::string_view key, StepContext& context) {
    auto visit = [&](ProfileOrdinal profile, const std::vector<std::string>& ids) {
      members_.remember(profile);
      for (const std::string& id : ids) reconsider(id, profile, {"definition"}, context);
    };
    walk_.on_timer(key, visit, context);
  }

  /// Somebody's answers may have changed by themselves.
  void look_again(StepContext& context) {
    std::vector<std::string> ids = dynamic_ids();
    std::erase_if(ids, [&](const std::string& id) { return !compiled_.find(id)->second.timed; });
    auto visit = [&](ProfileOrdinal profile) {
      for (const std::string& id : ids) reconsider(id, profile, {"time"}, context);
    };
    timers_.on_timer(ids.size(), visit, context);
  }

  void reconsider_touched(std::string_view key, StepContext& context) {
    std::vector<std::string> ids = dynamic_ids();
    auto visit = [&](ProfileOrdinal profile) {
      members_.remember(profile);
      for (const std::string& id : ids) reconsider(id, profile, {"event"}, context);
    };
    touched_.on_timer(key, ids.size(), visit, context);
  }

  void reconsider(const std::string& id, ProfileOrdinal profile, const Cause& cause,
                  StepContext& context) {
    const Compiled& c = compiled_.find(id)->second;
    Answer answer =
        evaluate(c.condition, PersonSubject(profile, readers_), context.now(), calendar_);
    timers_.wake(profile, answer.next_change, context);
    bool was = members_.has(profile, c.number);
    if (was == answer.value) return;
    if (answer.value) {
      members_.add(profile, c.number, context.now());
    } else {
      members_.remove(profile, c.number);
    }
    count_day(id, answer.value, context.now());
    emit({id, c.version, profile, profile, answer.value}, cause, context);
  }

  struct Change {
    const std::string& id;
    uint32_t version;
    ProfileOrdinal profile;  // who entered or left
    ProfileOrdinal owner;    // whose fact it is: another once `profile` became part of them
    bool entered;
  };
  void emit(const Change& change, const Cause& cause, StepContext& context) {
    pb::Definition& row = definitions_.mutate(change.id);
    row.set_changes(row.changes() + 1);
    Envelope fact;
    fact.kind = RecordKind::Track;
    fact.name = change.entered ? facts::kSegmentEntered : facts::kSegmentLeft;
    fact.properties = {{"segment", change.id},
                       {"version", static_cast<int64_t>(change.version)},
                       {"reason", std::string(cause.reason)},
                       {"profile", static_cast<int64_t>(change.profile.value)},
                       {"change", static_cast<int64_t>(row.changes())}};
    if (!cause.by.empty()) {
      fact.properties.push_back({"by", std::string(cause.by)});
      fact.properties.push_back({"by_time", cause.by_time});
    }
    context.emit(std::move(fact), change.owner);
  }

  /// State of an older build does not say since when all changes are facts: since now.
  void date_history(TimeMs now) {
    for (const std::string& id : undated_) {
      if (definitions_.find(id) != nullptr) definitions_.mutate(id).set_known_from(now);
    }
    undated_.clear();
  }

  void count_day(const std::string& id, bool entered, TimeMs now) {
    pb::Definition& row = definitions_.mutate(id);
    int32_t today = calendar_.day_number(now);
    if (row.days_size() == 0 || row.days(row.days_size() - 1).day() != today) {
      row.add_days()->set_day(today);
      if (row.days_size() > kDaysKept)
        row.mutable_days()->DeleteSubrange(0, row.days_size() - kDaysKept);
    }
    auto* day = row.mutable_days(row.days_size() - 1);
    if (entered) {
      day->set_entered(day->entered() + 1);
    } else {
      day->set_left(day->left() + 1);
    }
  }

  std::vector<std::string> dynamic_ids() const {
    std::vector<std::string> ids = sorted_ids();
    std::erase_if(ids, [&](const std::string& id) { return compiled_.find(id)->second.frozen; });
    return ids;
  }

  std::vector<std::string> sorted_ids() const {
    std::vector<std::string> ids;
    for (const auto& [id, compiled] : compiled_) ids.push_back(id);
    std::sort(ids.begin(), ids.end());
    return ids;
  }

  SegmentInfo info(const std::string& id, const pb::Definition& row) const {
    SegmentInfo out{id,
                    row.name(),
                    row.version(),
                    members_.count(row.number()),
                    row.updated_at(),
                    row.body(),
                    {},
                    row.changes(),
                    row.known_from(),
                    {}};
    if (row.has_frozen()) {
      const pb::Definition::Static& f = row.frozen();
      out.frozen = {f.as_of(), f.origin(), f.people(), f.parts() == static_parts(f.people())};
    }
    for (const auto& day : row.days()) out.days.push_back({day.day(), day.entered(), day.left()});
    return out;
  }

  const IdentityReader& identities_;
  PersonReaders readers_;
  Calendar calendar_;
  ResidentTable<pb::Definition> definitions_;
  ResidentTable<pb::List> lists_;
  MembershipTable members_;
  TouchedPeople touched_{std::string{key_space::kSegments, 'i'}, std::string(name())};
  EverybodyWalk walk_{std::string{key_space::kSegments, 'w'}, std::string(name()), identities_};
  PersonTimers timers_{std::string{key_space::kSegments, 'x'}, std::string(name())};
  ConditionIndex index_;
  StringMap<Compiled> compiled_;
  StringMap<StringSet> list_values_;
  uint32_t next_number_ = 1;
  std::vector<std::string> undated_;  // loaded, of an older build
};

}  // namespace

std::unique_ptr<Segments> Segments::make(const IdentityReader& identities, PersonReaders readers,
                                         Calendar calendar) {
  return std::make_unique<SegmentsFold>(identities, readers, std::move(calendar));
}

}  // namespace weir::segments
