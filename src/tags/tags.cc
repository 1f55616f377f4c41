#include "tags/tags.h"

#include "base/string_map.h"
#include "model/condition_index.h"
#include "model/envelope.h"
#include "model/facts.h"
#include "model/key_space.h"
#include "ports/definition_timers.h"
#include "ports/touched_people.h"
#include "tags/rule.h"
#include "tags/state.pb.h"
#include "tags/values.h"

#include <algorithm>

namespace weir::tags {
namespace {

class TagsFold final : public Tags {
 public:
  TagsFold(const IdentityReader& identities, PersonReaders readers, Calendar calendar)
      : identities_(identities),
        readers_(readers),
        calendar_(std::move(calendar)),
        definitions_(std::string{key_space::kTags, 'd'}),
        values_(std::string{key_space::kTags, 'v'}) {
    readers_.tags = this;
  }

  std::string_view name() const override { return "tags"; }

  Status load(const StateStore& store) override {
    WEIR_CHECK_OK(definitions_.load(store));
    WEIR_CHECK_OK(values_.load(store));
    WEIR_CHECK_OK(touched_.load(store));
    Status status;
    definitions_.for_each([&](const std::string& code, const pb::Definition& row) {
      if (auto compiled = compile(code, row); !compiled)
        status = std::unexpected<Error>(compiled.error());
    });
    return status;
  }

  void save(WriteBatch& batch) override {
    definitions_.save(batch);
    values_.save(batch);
    touched_.save(batch);
  }

  void apply(Step& step, StepContext& context) override {
    if (step.record.kind == RecordKind::Definition) return define(step, context);
    if (!step.profile) return;
    std::string key = ordinal_key(step.profile->value);
    if (values_.find(key) == nullptr) {
      // A new person may have a default or match without an event.
      values_.mutate(key);
      for (const std::string& code : sorted_codes()) reconsider(code, *step.profile, context);
      return;
    }
    for (const std::string& code : index_.affected_by(step.record))
      reconsider(code, *step.profile, context);
  }

  void apply_chunk(ChunkStep& step, StepContext& context) override {
    if (!rules_.empty()) touched_.touch(step, context);
  }

  void on_timer(std::string_view key, TimeMs, StepContext& context) override {
    if (TouchedPeople::owns_timer(key)) return reconsider_touched(key, context);
    DefinitionTimers::Fired fired = DefinitionTimers::parse(key);
    if (!rules_.contains(fired.definition)) return;
    if (fired.kind == DefinitionTimers::Kind::Backfill) {
      return backfill(fired.definition, fired.ordinal, context);
    }
    ProfileOrdinal profile = identities_.canonical(ProfileOrdinal(fired.ordinal));
    reconsider(fired.definition, profile, context);
  }

  void on_merge(ProfileOrdinal from, ProfileOrdinal into, StepContext& context) override {
    touched_.forget(from);
    values_.erase(ordinal_key(from.value));  // tags by rule are recomputed (G10)
    values_.mutate(ordinal_key(into.value));
    for (const std::string& code : sorted_codes()) {
      timers_.cancel(code, from, context);
      reconsider(code, into, context);
    }
  }

  void on_split(const Split& split, StepContext& context) override {
    values_.mutate(ordinal_key(split.apart.value));
    values_.mutate(ordinal_key(split.kept.value));
    for (const std::string& code : sorted_codes()) {
      reconsider(code, split.kept, context);
      reconsider(code, split.apart, context);
    }
  }

  void on_erase(ProfileOrdinal profile, StepContext& context) override {
    touched_.forget(profile);
    values_.erase(ordinal_key(profile.value));
    for (const auto& [code, rule] : rules_) {
      timers_.cancel(code, profile, context);
    }
  }

  const Value* tag(ProfileOrdinal profile, std::string_view code) const override {
    const ValuesRow* row = values_.find(ordinal_key(profile.value));
    if (row == nullptr) return nullptr;
    auto it = row->entries.find(code);
    return it == row->entries.end() ? nullptr : &it->second.value;
  }

  std::vector<TagInfo> list() const override {
    std::vector<TagInfo> all;
    for (const std::string& code : sorted_codes())
      all.push_back(info(code, *definitions_.find(code)));
    values_.for_each([&](const std::string&, const ValuesRow& row) {
      for (TagInfo& tag : all) count(tag, row);
    });
    return all;
  }

  Result<TagInfo> get(std::string_view code) const override {
    const pb::Definition* row = definitions_.find(code);
    if (row == nullptr) {
      return fail(ErrorCode::NotFound, "tag \"" + std::string(code) + "\" does not exist", "code");
    }
    TagInfo tag = info(std::string(code), *row);
    values_.for_each([&](const std::string&, const ValuesRow& values) { count(tag, values); });
    return tag;
  }

  std::vector<TagValue> of(ProfileOrdinal profile) const override {
    std::vector<TagValue> all;
    const ValuesRow* row = values_.find(ordinal_key(profile.value));
    if (row == nullptr) return all;
    for (const auto& [code, entry] : row->entries) {
      const pb::Definition* definition = definitions_.find(code);
      if (definition != nullptr)
        all.push_back({code, definition->name(), entry.value, entry.since});
    }
    return all;
  }

 private:
  void define(const Step& step, StepContext& context) {
    if (!step.record.name.starts_with("tag/")) return;
    std::string code = step.record.name.substr(4);
    std::string_view body = definition_body(step.record);
    if (body.empty()) return remove(code);
    auto parsed = json::parse(body);
    if (!parsed || !validate_definition(*parsed, calendar_)) return;  // the older version stays
    const json::object& o = parsed->get_object();
    pb::Definition& row = definitions_.mutate(code);
    row.set_version(row.version() + 1);
    row.set_name(json::optional_string(o, "name"));
    row.set_category(json::optional_string(o, "category"));
    row.set_value_type(json::optional_string(o, "value_type"));
    row.set_rule(json::to_text(*json::find(o, "rule")));
    row.set_updated_at(step.now);
    index_.remove(code);
    auto compiled = compile(code, row);
    WEIR_ASSERT(compiled.has_value());
    timers_.start_backfill(code, step.now, context);
  }

  void remove(const std::string& code) {
    index_.remove(code);
    rules_.erase(code);
    definitions_.erase(code);
    std::vector<std::string> holders;
    values_.for_each([&](const std::string& key, const ValuesRow& row) {
      if (row.entries.contains(code)) holders.push_back(key);
    });
    for (const std::string& key : holders) values_.mutate(key).entries.erase(code);
  }

  Status compile(const std::string& code, const pb::Definition& row) {
    WEIR_TRY(json::value body, json::parse(row.rule()));
    WEIR_TRY(Rule rule, parse_rule(body, row.value_type(), calendar_));
    index_.add(code, inputs_of(rule));
    rules_[code] = std::move(rule);
    return {};
  }

  void backfill(const std::string& code, uint32_t first, StepContext& context) {
    auto visit = [&](ProfileOrdinal profile) {
      values_.mutate(ordinal_key(profile.value));
      reconsider(code, profile, context);
    };
    timers_.backfill(code, first, visit, context);
  }

  void reconsider_touched(std::string_view key, StepContext& context) {
    std::vector<std::string> codes = sorted_codes();
    auto visit = [&](ProfileOrdinal profile) {
      values_.mutate(ordinal_key(profile.value));
      for (const std::string& code : codes) reconsider(code, profile, context);
    };
    touched_.on_timer(key, codes.size(), visit, context);
  }

  void reconsider(const std::string& code, ProfileOrdinal profile, StepContext& context) {
    const Rule& rule = rules_.find(code)->second;
    RuleAnswer answer = evaluate(rule, PersonSubject(profile, readers_), context.now(), calendar_);
    timers_.expire(code, profile, answer.next_change, context);
    const Value* before = tag(profile, code);
    std::string from = before == nullptr ? std::string() : display_text(*before);
    if (before == nullptr ? !answer.value : answer.value && *answer.value == *before) return;
    ValuesRow& row = values_.mutate(ordinal_key(profile.value));
    if (answer.value) {
      row.entries[code] = {*answer.value, context.now()};
    } else {
      row.entries.erase(code);
    }
    Envelope fact;
    fact.kind = RecordKind::Track;
    fact.name = facts::kTagChanged;
    fact.properties = {{"tag", code},
                       {"from", from},
                       {"to", answer.value ? display_text(*answer.value) : std::string()},
                       {"source", std::string("rule")}};
    context.emit(std::move(fact), profile);
  }

  std::vector<std::string> sorted_codes() const {
    std::vector<std::string> codes;
    for (const auto& [code, rule] : rules_) codes.push_back(code);
    std::sort(codes.begin(), codes.end());
    return codes;
  }

  static void count(TagInfo& tag, const ValuesRow& row) {
    auto it = row.entries.find(tag.code);
    if (it == row.entries.end()) return;
    ++tag.count;
    ++tag.values[display_text(it->second.value)];
  }

  static TagInfo info(const std::string& code, const pb::Definition& row) {
    TagInfo tag;
    tag.code = code;
    tag.name = row.name();
    tag.category = row.category();
    tag.value_type = row.value_type();
    tag.rule = row.rule();
    tag.version = row.version();
    tag.updated_at = row.updated_at();
    return tag;
  }

  const IdentityReader& identities_;
  const DefinitionTimers timers_{std::string(name()), identities_};
  PersonReaders readers_;
  Calendar calendar_;
  ResidentTable<pb::Definition> definitions_;
  ValuesTable values_;
  TouchedPeople touched_{std::string{key_space::kTags, 'i'}, std::string(name())};
  ConditionIndex index_;
  StringMap<Rule> rules_;
};

}  // namespace

std::unique_ptr<Tags> Tags::make(const IdentityReader& identities, PersonReaders readers,
                                 Calendar calendar) {
  return std::make_unique<TagsFold>(identities, readers, std::move(calendar));
}

}  // namespace weir::tags
