#include "tags/tags.h"

#include "model/envelope.h"
#include "model/facts.h"
#include "model/key_space.h"
#include "ports/definition_timers.h"
#include "ports/everybody_walk.h"
#include "ports/person_timers.h"
#include "ports/touched_people.h"
#include "tags/library.h"
#include "tags/tallies.h"
#include "tags/values.h"

#include <algorithm>

namespace weir::tags {
namespace {

constexpr DurationMs kAfterImport = 30 * kSecondMs;

/// A rule's run sees the world as of the end of the day before (TG4).
TimeMs as_of_run(TimeMs now, const Calendar& calendar) {
  return calendar.day_start(calendar.day_number(now)) - 1;
}

class TagsFold final : public Tags {
 public:
  TagsFold(const IdentityReader& identities, PersonReaders readers, const Calendar& calendar)
      : identities_(identities),
        readers_(readers),
        calendar_(calendar),
        library_(std::string{key_space::kTags, 'd'}, calendar),
        values_(std::string{key_space::kTags, 'v'}),
        assignments_(std::string{key_space::kTags, 'm'}),
        scores_(std::string{key_space::kTags, 'r'}) {
    readers_.tags = this;
  }

  std::string_view name() const override { return "tags"; }

  Status load(const StateStore& store) override {
    WEIR_CHECK_OK(library_.load(store));
    WEIR_CHECK_OK(values_.load(store, [&](uint32_t, const ValuesRow& row) { tallies_.add(row); }));
    WEIR_CHECK_OK(assignments_.load(store));
    WEIR_CHECK_OK(scores_.load(store));
    WEIR_CHECK_OK(walk_.load(store));
    WEIR_CHECK_OK(person_timers_.load(store));
    return touched_.load(store);
  }

  void save(WriteBatch& batch) override {
    library_.save(batch);
    values_.save(batch);
    assignments_.save(batch);
    scores_.save(batch);
    touched_.save(batch);
    walk_.save(batch);
    person_timers_.save(batch);
  }

  void apply(Step& step, StepContext& context) override {
    if (step.record.kind == RecordKind::Definition) return define(step, context);
    if (!step.profile) return;
    if (step.record.historical) after_import(context);
    if (!values_.contains(step.profile->value)) {
      // A new person may have a default or match without an event.
      values_.add(step.profile->value);
      for (const std::string& code : library_.realtime()) reconsider(code, *step.profile, context);
      return;
    }
    for (const std::string& code : library_.affected_by(step.record))
      reconsider(code, *step.profile, context);
  }

  void apply_chunk(ChunkStep& step, StepContext& context) override {
    after_import(context);
    if (!library_.realtime().empty()) touched_.touch(step, context);
  }

  void on_timer(std::string_view key, TimeMs, StepContext& context) override {
    if (TouchedPeople::owns_timer(key)) return reconsider_touched(key, context);
    if (EverybodyWalk::owns_timer(key)) return walk(key, context);
    if (PersonTimers::owns_timer(key)) return look_again(context);
    DefinitionTimers::Fired fired = DefinitionTimers::parse(key);
    const TagDefinition* tag = library_.find(fired.definition);
    if (tag == nullptr) return;
    switch (fired.kind) {
      case DefinitionTimers::Kind::Backfill:  // of an older version
        return walk_.start(fired.definition, context);
      case DefinitionTimers::Kind::Collect:
        return collect(fired.definition, fired.ordinal, context);
      case DefinitionTimers::Kind::Schedule:
        if (tag->refresh == Refresh::Scheduled) run(fired.definition, context);
        return;
      case DefinitionTimers::Kind::Expiry: break;  // of an older version
    }
    ProfileOrdinal profile = identities_.canonical(ProfileOrdinal(fired.ordinal));
    person_timers_.wake(profile, context.now(), context);
  }

  void on_merge(ProfileOrdinal from, ProfileOrdinal into, StepContext& context) override {
    touched_.forget(from);
    person_timers_.forget(from, context);
    std::vector<uint32_t> given;
    if (const ValuesRow* row = values_.find(from.value)) {
      given = row->given;
      tallies_.take(*row);
    }
    values_.erase(from.value);  // tags by rule are recomputed (G10)
    ValuesRow& row = values_.mutate(into.value);
    row.given.insert(row.given.end(), given.begin(), given.end());
    std::sort(row.given.begin(), row.given.end());
    for (const std::string& code : library_.codes()) reconsider(code, into, context);
  }

  void on_split(const Split& split, StepContext& context) override {
    ValuesRow& apart = values_.mutate(split.apart.value);
    ValuesRow& kept = values_.mutate(split.kept.value);
    auto moved = std::stable_partition(
        kept.given.begin(), kept.given.end(),
        [&](uint32_t identity) { return !split.moved(IdentityOrdinal(identity)); });
    apart.given.assign(moved, kept.given.end());
    kept.given.erase(moved, kept.given.end());
    for (const std::string& code : library_.codes()) {
      reconsider(code, split.kept, context);
      reconsider(code, split.apart, context);
    }
  }

  void on_erase(ProfileOrdinal profile, StepContext& context) override {
    touched_.forget(profile);
    person_timers_.forget(profile, context);
    if (const ValuesRow* row = values_.find(profile.value)) {
      for (uint32_t identity : row->given) assignments_.forget(IdentityOrdinal(identity));
      tallies_.take(*row);
    }
    values_.erase(profile.value);
  }

  const Value* tag(ProfileOrdinal profile, std::string_view code) const override {
    const ValuesRow* row = values_.find(profile.value);
    const ValuesRow::Entry* entry = row == nullptr ? nullptr : row->shown(code);
    return entry == nullptr ? nullptr : &entry->value;
  }

  const TagDefinition* definition(std::string_view code) const override {
    return library_.find(code);
  }

  std::vector<TagInfo> list() const override {
    std::vector<TagInfo> all;
    for (const std::string& code : library_.codes()) all.push_back(info(code));
    return all;
  }

  Result<TagInfo> get(std::string_view code) const override {
    if (library_.find(code) == nullptr) {
      return fail(ErrorCode::NotFound, "tag \"" + std::string(code) + "\" does not exist", "code");
    }
    return info(std::string(code));
  }

  std::vector<TagValue> of(ProfileOrdinal profile) const override {
    std::vector<TagValue> all;
    const ValuesRow* row = values_.find(profile.value);
    if (row == nullptr) return all;
    for (const auto& [code, entry] : row->entries) {
      const TagDefinition* tag = library_.find(code);
      if (tag != nullptr && !entry.hidden)
        all.push_back({code, tag->name, entry.value, entry.since, entry.source});
    }
    return all;
  }

  std::vector<TagPeriod> history(ProfileOrdinal profile, std::string_view code,
                                 TimeMs now) const override {
    auto present = [&](std::string_view tag) {
      const ValuesRow* row = values_.find(profile.value);
      const ValuesRow::Entry* entry = row == nullptr ? nullptr : row->shown(tag);
      return entry == nullptr ? Present{} : Present{display_text(entry->value), entry->since};
    };
    return tag_history(*readers_.history, profile, code, now, present);
  }

  std::vector<ProfileOrdinal> holders(std::string_view code, std::string_view value,
                                      ProfileOrdinal from, size_t limit) const override {
    std::vector<ProfileOrdinal> found;
    while (found.size() < limit) {
      std::vector<ProfileOrdinal> chunk = identities_.live_profiles(from, 1000);
      for (ProfileOrdinal profile : chunk) {
        const Value* held = tag(profile, code);
        if (held == nullptr || (!value.empty() && display_text(*held) != value)) continue;
        if (found.size() < limit) found.push_back(profile);
      }
      if (chunk.size() < 1000) break;
      from = ProfileOrdinal(chunk.back().value + 1);
    }
    return found;
  }

 private:
  void define(const Step& step, StepContext& context) {
    std::string_view name = step.record.name;
    std::string_view body = definition_body(step.record);
    if (name.starts_with(kGivenPrefix))
      return give(std::string(name.substr(kGivenPrefix.size())), body, context);
    if (!name.starts_with("tag/")) return;
    std::string code(name.substr(4));
    if (body.empty()) return remove(code);
    if (!library_.define(code, body, step.now)) return;
    if (library_.find(code)->refresh == Refresh::Realtime) return walk_.start(code, context);
    run(code, context);
  }

  void remove(const std::string& code) {
    library_.remove(code);
    walk_.stop(code);
    assignments_.forget(code);
    std::vector<uint32_t> holders;
    values_.for_each([&](uint32_t profile, const ValuesRow& row) {
      if (row.entries.contains(code)) holders.push_back(profile);
    });
    for (uint32_t profile : holders) values_.mutate(profile).entries.erase(code);
    tallies_.forget(code);
  }

  /// Everybody's value as of the last midnight (TG4), some people a step. Percentiles first ask
  /// everybody's score.
  void run(const std::string& code, StepContext& context) {
    const TagDefinition& tag = *library_.find(code);
    library_.set_as_of(code, as_of_run(context.now(), calendar_));
    if (tag.schedule) wake_run(code, tag.schedule->next_after(context.now(), calendar_), context);
    if (!tag.percentile()) return walk_.start(code, context);
    forget_scores(code);
    timers_.wake(DefinitionTimers::Kind::Collect, code, context.now(), context);
  }

  void collect(const std::string& code, uint32_t first, StepContext& context) {
    const TagDefinition& tag = *library_.find(code);
    if (!tag.percentile()) return;
    TimeMs as_of = library_.row(code).as_of();
    pb::Scores& row = scores_.mutate(score_prefix(code) + ordinal_key(first));
    auto visit = [&](ProfileOrdinal profile) {
      auto one = score(*tag.rule, PersonSubject(profile, readers_), as_of, calendar_);
      if (one) row.add_scores(*one);
    };
    if (timers_.walk(DefinitionTimers::Kind::Collect, code, first, visit, context)) return;
    library_.set_bounds(code, percentile_bounds(*tag.rule->tiers(), scores_of(code)));
    forget_scores(code);
    walk_.start(code, context);
  }

  static std::string score_prefix(const std::string& code) { return code + '\0'; }

  std::vector<double> scores_of(const std::string& code) const {
    std::vector<double> all;
    scores_.for_each([&](const std::string& key, const pb::Scores& row) {
      if (!key.starts_with(score_prefix(code))) return;
      all.insert(all.end(), row.scores().begin(), row.scores().end());
    });
    return all;
  }

  void forget_scores(const std::string& code) {
    std::vector<std::string> keys;
    scores_.for_each([&](const std::string& key, const pb::Scores&) {
      if (key.starts_with(score_prefix(code))) keys.push_back(key);
    });
    for (const std::string& key : keys) scores_.erase(key);
  }

  /// New definitions and runs look at every person.
  void walk(std::string_view key, StepContext& context) {
    auto visit = [&](ProfileOrdinal profile, const std::vector<std::string>& codes) {
      values_.add(profile.value);
      for (const std::string& code : codes) reconsider(code, profile, context);
    };
    walk_.on_timer(key, visit, context);
  }

  /// Values of a person may have changed by themselves: of real-time rules, and given ones whose
  /// ttl is over.
  void look_again(StepContext& context) {
    auto visit = [&](ProfileOrdinal profile) {
      const ValuesRow* row = values_.find(profile.value);
      for (const std::string& code : library_.codes()) {
        bool realtime = library_.find(code)->refresh == Refresh::Realtime;
        if (realtime || was_given(row, code)) reconsider(code, profile, context);
      }
    };
    person_timers_.on_timer(library_.codes().size(), visit, context);
  }

  bool was_given(const ValuesRow* row, const std::string& code) const {
    if (row == nullptr) return false;
    return assignments_.of_people(row->given, code, INT64_MIN) != nullptr ||
           assignments_.of_imports(row->given, code, INT64_MIN) != nullptr;
  }

  void reconsider_touched(std::string_view key, StepContext& context) {
    const std::vector<std::string>& codes = library_.realtime();
    auto visit = [&](ProfileOrdinal profile) {
      values_.add(profile.value);
      for (const std::string& code : codes) reconsider(code, profile, context);
    };
    touched_.on_timer(key, codes.size(), visit, context);
  }

  /// Scheduled tags do not know the people of an import: a run follows once it is quiet. Moves a
  /// timer now and then, not with every record.
  void after_import(StepContext& context) {
    for (const std::string& code : library_.scheduled()) {
      TimeMs next = library_.row(code).next_run();
      bool soon = next >= context.now() + kAfterImport / 2 && next <= context.now() + kAfterImport;
      if (!soon) wake_run(code, context.now() + kAfterImport, context);
    }
  }

  void wake_run(const std::string& code, TimeMs due, StepContext& context) {
    library_.set_next_run(code, due);
    timers_.wake(DefinitionTimers::Kind::Schedule, code, due, context);
  }

  void give(const std::string& code, std::string_view body, StepContext& context) {
    const TagDefinition* tag = library_.find(code);
    auto given = tag == nullptr ? std::nullopt : parse_given(body, *tag);
    if (!given) return;
    for (IdentityOrdinal identity : given->identities) {
      if (identity.value >= identities_.identity_count()) continue;
      ProfileOrdinal profile = identities_.canonical(identities_.owner(identity));
      std::vector<ProfileOrdinal> live = identities_.live_profiles(profile, 1);
      if (live.empty() || live.front() != profile) continue;  // erased since
      give_one(code, *given, identity, profile, context);
    }
  }

  void give_one(const std::string& code, const Given& given, IdentityOrdinal identity,
                ProfileOrdinal profile, StepContext& context) {
    const std::vector<std::string> group = library_.siblings(code);
    ValuesRow& row = values_.mutate(profile.value);
    for (const std::string& one : group) {
      bool matters = one == code || given.value;
      if (matters && !given.force && is_locked(row, one)) return;
    }
    auto at = std::lower_bound(row.given.begin(), row.given.end(), identity.value);
    if (at == row.given.end() || *at != identity.value) row.given.insert(at, identity.value);
    ValueSource source = given.import ? ValueSource::Import
                         : given.lock ? ValueSource::Locked
                                      : ValueSource::Manual;
    assignments_.put(identity, {code, source, given.value, context.now()});
    for (const std::string& one : group) {  // TG6: removes its siblings in the same step
      if (one == code || !given.value) continue;
      for (ValueSource of : {ValueSource::Manual, ValueSource::Import})
        assignments_.put(identity, {one, of, std::nullopt, context.now()});
    }
    for (const std::string& one : group) reconsider(one, profile, context);
  }

  bool is_locked(const ValuesRow& row, std::string_view code) const {
    const Assignment* held = assignments_.of_people(row.given, code, INT64_MIN);
    return held != nullptr && held->source == ValueSource::Locked;
  }

  struct Decision {
    std::optional<Value> value;
    ValueSource source = ValueSource::Rule;
    TimeMs next_change = Answer::kNever;
  };

  /// TG6: a locked value, of people, of imports, of the rule; sets are the union of all.
  Decision decide(const std::string& code, ProfileOrdinal profile, TimeMs now) const {
    const TagDefinition& tag = *library_.find(code);
    const ValuesRow* row = values_.find(profile.value);
    const Assignment* found[2] = {nullptr, nullptr};
    if (row != nullptr && !row->given.empty()) {
      TimeMs expired = tag.ttl == 0 ? INT64_MIN : now - tag.ttl;
      found[0] = assignments_.of_people(row->given, code, expired);
      found[1] = assignments_.of_imports(row->given, code, expired);
    }
    Decision out;
    for (const Assignment* one : found) {
      if (one == nullptr) continue;
      if (tag.ttl > 0) out.next_change = std::min(out.next_change, one->at + tag.ttl);
      if (!out.value) std::tie(out.value, out.source) = std::tie(one->value, one->source);
    }
    bool set = tag.value_type == "string_set" && out.source != ValueSource::Locked;
    if (out.value && !set) return out;
    RuleAnswer rule = by_rule(code, tag, profile, now);
    out.next_change = std::min(out.next_change, rule.next_change);
    if (found[1] != nullptr && set) unite(out.value, *found[1]->value);
    if (rule.value) unite(out.value, *rule.value);
    return out;
  }

  static void unite(std::optional<Value>& all, const Value& more) {
    auto* list = all ? std::get_if<StringList>(&*all) : nullptr;
    const auto* other = std::get_if<StringList>(&more);
    if (list == nullptr || other == nullptr) {
      if (!all) all = more;
      return;
    }
    StringList both;
    std::set_union(list->begin(), list->end(), other->begin(), other->end(),
                   std::back_inserter(both));
    *list = std::move(both);
  }

  RuleAnswer by_rule(const std::string& code, const TagDefinition& tag, ProfileOrdinal profile,
                     TimeMs now) const {
    if (!tag.rule) return {};
    PersonSubject subject(profile, readers_);
    if (tag.refresh == Refresh::Realtime)
      return evaluate(*tag.rule, subject, now, calendar_, tag.bounds);
    TimeMs as_of = library_.row(code).as_of();
    if (as_of == 0 || (tag.percentile() && tag.bounds.empty())) return {};
    return {evaluate(*tag.rule, subject, as_of, calendar_, tag.bounds).value, Answer::kNever};
  }

  void reconsider(const std::string& code, ProfileOrdinal profile, StepContext& context) {
    Decision now = decide(code, profile, context.now());
    person_timers_.wake(profile, now.next_change, context);
    const std::string& group = library_.find(code)->group;
    const ValuesRow* before = values_.find(profile.value);
    const ValuesRow::Entry* entry = nullptr;
    if (before != nullptr) {
      auto it = before->entries.find(code);
      if (it != before->entries.end()) entry = &it->second;
    }
    bool equal = entry == nullptr ? !now.value : now.value && *now.value == entry->value;
    bool same = equal && (entry == nullptr || entry->source == now.source);
    if (same && (entry == nullptr || (group.empty() && !entry->hidden))) return;
    const std::vector<std::string> scope = library_.siblings(code);
    std::vector<Shown> was;
    for (const std::string& one : scope) was.push_back(shown(before, one));
    if (before != nullptr) tallies_.take(*before, scope);
    ValuesRow& row = values_.mutate(profile.value);
    if (!now.value) {
      row.entries.erase(code);
    } else {
      ValuesRow::Entry& kept = row.entries[code];
      if (!equal) kept = {*std::move(now.value), context.now()};
      kept.source = now.source;
      kept.hidden = false;
    }
    if (!group.empty()) choose(row, scope);
    tallies_.add(row, scope);
    for (size_t i = 0; i < scope.size(); ++i) announce(scope[i], was[i], row, profile, context);
  }

  /// One of the group shows: the highest source, then the latest, then the first by code.
  static void choose(ValuesRow& row, const std::vector<std::string>& group) {
    ValuesRow::Entry* best = nullptr;
    for (const std::string& code : group) {
      auto it = row.entries.find(code);
      if (it == row.entries.end()) continue;
      ValuesRow::Entry& entry = it->second;
      entry.hidden = true;
      if (best == nullptr ||
          std::pair(entry.source, entry.since) > std::pair(best->source, best->since))
        best = &entry;
    }
    if (best != nullptr) best->hidden = false;
  }

  struct Shown {
    std::string text;
    ValueSource source = ValueSource::Rule;
  };
  static Shown shown(const ValuesRow* row, std::string_view code) {
    const ValuesRow::Entry* entry = row == nullptr ? nullptr : row->shown(code);
    return entry == nullptr ? Shown{} : Shown{display_text(entry->value), entry->source};
  }

  void announce(const std::string& code, const Shown& was, const ValuesRow& row,
                ProfileOrdinal profile, StepContext& context) {
    Shown is = shown(&row, code);
    if (is.text == was.text) return;
    ValueSource source = is.text.empty() ? was.source : is.source;
    const pb::Definition& definition = library_.row(code);
    Envelope fact;
    fact.kind = RecordKind::Track;
    fact.name = facts::kTagChanged;
    fact.properties = {
        {"tag", code},
        {"from", was.text},
        {"to", is.text},
        {"source", std::string(source == ValueSource::Locked ? "manual" : to_string(source))},
        {"version", static_cast<int64_t>(definition.version())}};
    if (source == ValueSource::Rule && definition.as_of() != 0)
      fact.properties.push_back({"base_date", calendar_.date_text(definition.as_of())});
    const auto& rule = library_.find(code)->rule;
    if (rule && rule->orders && rule->orders->kind == OrderRule::Kind::Stage) {
      Envelope stage = fact;
      stage.name = facts::kStageChanged;
      context.emit(std::move(stage), profile);
    }
    context.emit(std::move(fact), profile);
  }

  TagInfo info(const std::string& code) const {
    const pb::Definition& row = library_.row(code);
    TagInfo tag;
    tag.code = code;
    tag.definition = *library_.find(code);
    tag.body = row.body();
    tag.version = row.version();
    tag.updated_at = row.updated_at();
    tag.as_of = row.as_of();
    tag.next_run = row.next_run();
    const Tally& tally = tallies_.of(code);
    tag.count = tally.count;
    tag.given = tally.given;
    tag.values.insert(tally.values.begin(), tally.values.end());
    return tag;
  }

  const IdentityReader& identities_;
  const DefinitionTimers timers_{std::string(name()), identities_};
  PersonReaders readers_;
  Calendar calendar_;
  Library library_;
  ValuesTable values_;
  Tallies tallies_;
  Assignments assignments_;
  ResidentTable<pb::Scores> scores_;
  TouchedPeople touched_{std::string{key_space::kTags, 'i'}, std::string(name())};
  EverybodyWalk walk_{std::string{key_space::kTags, 'w'}, std::string(name()), identities_};
  PersonTimers person_timers_{std::string{key_space::kTags, 'x'}, std::string(name())};
};

}  // namespace

std::unique_ptr<Tags> Tags::make(const IdentityReader& identities, PersonReaders readers,
                                 const Calendar& calendar) {
  return std::make_unique<TagsFold>(identities, readers, calendar);
}

}  // namespace weir::tags
