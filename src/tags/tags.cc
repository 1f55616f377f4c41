#include "tags/tags.h"

#include "base/string_map.h"
#include "model/condition_index.h"
#include "model/envelope.h"
#include "model/facts.h"
#include "model/key_space.h"
#include "tags/rule.h"
#include "tags/state.pb.h"
#include "tags/values.h"

#include <algorithm>

namespace weir::tags {
namespace {

constexpr uint32_t kBackfillChunk = 500;  // profiles a step: a step may emit at most 1,000 facts
constexpr char kBackfillTimer = 'b';
constexpr char kExpiryTimer = 'x';

std::string timer_key(char kind, std::string_view code, uint32_t ordinal) {
  std::string key(1, kind);
  key.append(code).push_back('\0');
  return key + ordinal_key(ordinal);
}

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
  }

  void apply(Step& step, StepContext& context) override {
    if (step.record.kind == RecordKind::Definition) return define(step, context);
    if (!step.profile) return;
    std::string key = ordinal_key(step.profile->value);
    if (values_.find(key) ==
        nullptr) {  // a new person may have a default or match without an event
      values_.mutate(key);
      for (const std::string& code : sorted_codes()) reconsider(code, *step.profile, context);
      return;
    }
    for (const std::string& code : index_.affected_by(step.record))
      reconsider(code, *step.profile, context);
  }

  void on_timer(std::string_view key, TimeMs, StepContext& context) override {
    size_t end = key.size() - 5;
    std::string code(key.substr(1, end - 1));
    uint32_t ordinal = parse_ordinal_key(key.substr(end + 1));
    if (!rules_.contains(code)) return;
    if (key[0] == kBackfillTimer) return backfill(code, ordinal, context);
    reconsider(code, identities_.canonical(ProfileOrdinal(ordinal)), context);
  }

  void on_merge(ProfileOrdinal from, ProfileOrdinal into, StepContext& context) override {
    values_.erase(ordinal_key(from.value));  // tags by rule are recomputed (G10)
    values_.mutate(ordinal_key(into.value));
    for (const std::string& code : sorted_codes()) {
      context.cancel_timer(name(), timer_key(kExpiryTimer, code, from.value));
      reconsider(code, into, context);
    }
  }

  void on_erase(ProfileOrdinal profile, StepContext& context) override {
    values_.erase(ordinal_key(profile.value));
    for (const auto& [code, rule] : rules_) {
      context.cancel_timer(name(), timer_key(kExpiryTimer, code, profile.value));
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
    const Value* body = find_property(step.record.properties, "body");
    const auto* text = body == nullptr ? nullptr : std::get_if<JsonText>(body);
    if (text == nullptr || text->text.empty()) return remove(code);
    auto parsed = json::parse(text->text);
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
    context.set_timer(name(), timer_key(kBackfillTimer, code, 0), step.now);
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
    std::vector<ProfileOrdinal> chunk =
        identities_.live_profiles(ProfileOrdinal(first), kBackfillChunk);
    for (ProfileOrdinal profile : chunk) {
      values_.mutate(ordinal_key(profile.value));
      reconsider(code, profile, context);
    }
    if (chunk.size() < kBackfillChunk) return;
    context.set_timer(name(), timer_key(kBackfillTimer, code, chunk.back().value + 1),
                      context.now() + 1);
  }

  void reconsider(const std::string& code, ProfileOrdinal profile, StepContext& context) {
    const Rule& rule = rules_.find(code)->second;
    RuleAnswer answer = evaluate(rule, PersonSubject(profile, readers_), context.now(), calendar_);
    std::string timer = timer_key(kExpiryTimer, code, profile.value);
    if (answer.next_change == Answer::kNever) {
      context.cancel_timer(name(), timer);
    } else {
      context.set_timer(name(), timer, answer.next_change);
    }
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
  PersonReaders readers_;
  Calendar calendar_;
  ResidentTable<pb::Definition> definitions_;
  ValuesTable values_;
  ConditionIndex index_;
  StringMap<Rule> rules_;
};

}  // namespace

std::unique_ptr<Tags> Tags::make(const IdentityReader& identities, PersonReaders readers,
                                 Calendar calendar) {
  return std::make_unique<TagsFold>(identities, readers, std::move(calendar));
}

}  // namespace weir::tags
