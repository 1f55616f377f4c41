#include "identity/identity.h"

#include "base/json.h"
#include "base/log.h"
#include "base/metrics.h"
#include "identity/cuts.h"
#include "identity/ledger.h"
#include "identity/linker.h"
#include "identity/meetings.h"
#include "identity/replay.h"
#include "identity/table.h"
#include "model/anchor.h"
#include "model/event_chunk.h"
#include "model/facts.h"
#include "model/key_space.h"
#include "ports/pending_erasures.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace weir::identity {
namespace {

// A record that names more identities than any real one is cut: linking looks at pairs.
constexpr size_t kIdentitiesPerRecordMax = 20;

bool links_identities(RecordKind kind) {
  return kind <= RecordKind::Alias;
}

/// Effects carry the person they are about; they know the person already and never make one.
bool looks_up_only(RecordKind kind) {
  return kind == RecordKind::Attempt || kind == RecordKind::Outcome || kind == RecordKind::Receipt;
}

LinkRule rule_of(RecordKind kind) {
  if (kind == RecordKind::Alias) return LinkRule::Alias;
  return kind == RecordKind::Identify ? LinkRule::Identify : LinkRule::SameRecord;
}

uint32_t read_generation(std::string_view key_id) {
  uint32_t generation = 0;
  for (char c : key_id.substr(key_id.size() - kKeyGenerationBytes)) {
    generation = generation << 8 | static_cast<uint8_t>(c);
  }
  return generation;
}

std::string generation_bytes(uint32_t generation) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<char>(generation >> shift));
  return bytes;
}

/// Identities that were seen together, and where.
struct Evidence {
  std::span<const Identity> identities;
  const Envelope& record;  // or the chunk that the row is in
  std::string_view message_id;
  TimeMs time;
  Position position;
};

std::optional<std::vector<IdentityOrdinal>> parse_cut(std::string_view text) {
  auto body = json::parse(text);
  if (!body || !body->is_object()) return std::nullopt;
  auto list = json::required_array(body->get_object(), "apart", "cut");
  if (!list) return std::nullopt;
  std::vector<IdentityOrdinal> named;
  for (const json::value& one : **list) {
    const int64_t* ordinal = one.if_int64();
    if (ordinal == nullptr || *ordinal < 0 || *ordinal >= kNone) return std::nullopt;
    named.emplace_back(static_cast<uint32_t>(*ordinal));
  }
  return named;
}

class ResidentIdentityFold : public IdentityFold {
 public:
  ResidentIdentityFold(IdentityRules rules, ErasureSink& erasure, Metrics& metrics)
      : book_(std::move(rules)),
        ledger_(table_),
        meetings_(table_),
        people_(table_),
        linker_(book_.current().rules, cuts_, table_, people_),
        erasures_(erasure, {key_space::kIdentity, 'e'}),
        merges_(metrics.counter("weir_identity_merges_total")),
        refused_(metrics.counter("weir_identity_links_refused_total")),
        demoted_(metrics.counter("weir_identity_values_demoted_total")) {}

  std::string_view name() const override { return "identity"; }

  Status load(const StateStore& store) override {
    WEIR_CHECK_OK(table_.load(store));
    WEIR_CHECK_OK(ledger_.load(store));
    WEIR_CHECK_OK(cuts_.load(store));
    WEIR_CHECK_OK(meetings_.load(store, ledger_));
    WEIR_CHECK_OK(book_.load(store));
    linker_.use(book_.current().rules);
    WEIR_CHECK_OK(resolutions_.load(store));
    return erasures_.load(store);
  }
  void save(WriteBatch& batch) override {
    table_.save(batch);
    ledger_.save(batch);
    cuts_.save(batch);
    meetings_.save(batch);
    book_.save(batch);
    resolutions_.save(batch);
    erasures_.save(batch);
  }

  void apply(Step& step, StepContext& context) override {
    if (step.hop > 0) {
      place_fact(step);
    } else if (links_identities(step.record.kind)) {
      resolve(step, context);
    } else if (looks_up_only(step.record.kind)) {
      look_up(step);
    } else if (step.record.kind == RecordKind::Erase) {
      erase(step, context);
    } else if (step.record.kind == RecordKind::Definition) {
      define(step, context);
    }
    if (step.hop == 0) cause_ = {step.position, step.identity};
  }
  void apply_chunk(ChunkStep& step, StepContext& context) override;
  void on_batch_end() override { erasures_.hand_over(); }

  std::optional<IdentityOrdinal> find(const Identity& identity) const override {
    uint32_t ordinal = table_.find(identity);
    if (ordinal == kNone) return std::nullopt;
    return IdentityOrdinal(ordinal);
  }
  const Identity& identity(IdentityOrdinal ordinal) const override {
    return table_.identity(ordinal.value).id;
  }
  ProfileOrdinal owner(IdentityOrdinal ordinal) const override {
    return ProfileOrdinal(table_.owner(ordinal.value));
  }
  ProfileOrdinal canonical(ProfileOrdinal profile) const override {
    return profile.value < table_.profile_slots() ? ProfileOrdinal(table_.canonical(profile.value))
                                                  : profile;
  }
  std::vector<IdentityOrdinal> identities_of(ProfileOrdinal profile) const override;
  std::vector<ProfileOrdinal> parts_of(ProfileOrdinal profile) const override;
  const Identity* latest(ProfileOrdinal profile, IdentityKind kind,
                         std::string_view scope) const override;
  std::vector<ProfileOrdinal> live_profiles(ProfileOrdinal from, size_t limit) const override;
  uint32_t identity_count() const override { return table_.identity_count(); }
  uint32_t profile_count() const override { return table_.live_profiles(); }

  Explanation explain(ProfileOrdinal profile) const override;
  Result<Parting> preview_cut(const std::vector<IdentityOrdinal>& side) const override;
  bool cut_known(std::string_view id) const override { return cuts_.known(id); }
  std::optional<ProfileInfo> info(ProfileOrdinal profile) const override;
  bool oversized(ProfileOrdinal profile) const override {
    return exists(profile) && table_.profile(profile.value).count > rules_now().cluster_soft;
  }
  uint64_t oversized_count() const override {
    return table_.profiles_larger_than(rules_now().cluster_soft);
  }
  std::vector<ProfileOrdinal> oversized_profiles(ProfileOrdinal from, size_t limit) const override;
  const std::deque<RulesVersion>& rules() const override { return book_.versions(); }
  std::unique_ptr<Replay> replay(IdentityRules rules) const override {
    return std::make_unique<EvidenceReplay>(table_, meetings_, cuts_, std::move(rules));
  }
  std::vector<ResolutionView> resolutions() const override { return resolutions_.newest_first(); }
  uint64_t merges_total() const override { return table_.merged_profiles(); }
  uint64_t links_refused_total() const override { return ledger_.refused(); }
  std::shared_ptr<const std::vector<uint32_t>> mapping_snapshot() const override {
    return table_.snapshot();
  }

 private:
  const IdentityRules& rules_now() const { return book_.current().rules; }
  bool exists(ProfileOrdinal profile) const { return profile.value < table_.profile_slots(); }
  void resolve(Step& step, StepContext& context);
  std::optional<IdentityOrdinal> resolve(const Evidence& evidence, StepContext& context);
  void look_up(Step& step) const;
  void place_fact(Step& step) const;
  void erase(Step& step, StepContext& context);
  void define(const Step& step, StepContext& context);
  void cut(const Step& step, StepContext& context);
  void resettle(const Step& step, StepContext& context);
  ResolutionCounts regroup(const Step& step, const Regrouping& change, uint32_t version,
                           StepContext& context);
  std::map<uint32_t, size_t> groups_of(const Regrouping& change) const;
  size_t group_of_newcomer(uint32_t identity, const std::map<uint32_t, size_t>& groups) const;
  /// `side` of the person becomes a person of its own; `why` is a property of the fact.
  void part(const Step& step, uint32_t profile, const std::vector<uint32_t>& side,
            const Property& why, StepContext& context);
  /// Links that the merged person was too large for may fit one of its sides.
  void try_again(const Step& step, StepContext& context, const std::vector<uint32_t>& identities);
  /// Of the ledger: pairs with an identity on each side that are linked.
  std::vector<std::pair<uint32_t, uint32_t>> links_between(const std::vector<uint32_t>& side,
                                                           const std::vector<uint32_t>& rest) const;
  const Identity* anchor_of(const Evidence& evidence) const;
  void link_all(const Evidence& evidence, StepContext& context);
  bool link(uint32_t a, uint32_t b, const Evidence& evidence, StepContext& context);
  void unite(uint32_t a, uint32_t b, const Evidence& evidence, StepContext& context);
  void note_key(const Envelope& record, uint32_t anchor);
  LinkView view_of(const Link& link) const;

  RuleBook book_;
  IdentityTable table_;
  Ledger ledger_;
  Meetings meetings_;
  Cuts cuts_;
  Resolutions resolutions_;
  LivePartition people_;
  Linker linker_;
  PendingErasures erasures_;
  Counter &merges_, &refused_, &demoted_;
  struct Cause {
    Position position = 0;
    std::optional<IdentityOrdinal> identity;
  };
  Cause cause_;                            // the record that was folded last and whose it was
  std::vector<uint32_t> found_, ordered_;  // of the record in hand; kept to save allocations
};

void ResidentIdentityFold::resolve(Step& step, StepContext& context) {
  const Envelope& record = step.record;
  step.identity = resolve(
      {record.identities, record, record.message_id, record.event_time, step.position}, context);
  if (!step.identity) return;
  note_key(record, step.identity->value);
  step.profile = ProfileOrdinal(table_.owner(step.identity->value));
}

// Each distinct set of identities once, in the order of their first rows and with the time of
// those: what a later row of the same set would say is only when it was seen.
void ResidentIdentityFold::apply_chunk(ChunkStep& step, StepContext& context) {
  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < step.persons.size(); ++i) {
    if (step.persons[i].events > 0) order.push_back(i);
  }
  std::ranges::sort(order, {}, [&](uint32_t i) { return step.persons[i].first_row; });
  for (uint32_t i : order) {
    ChunkStep::Person& person = step.persons[i];
    std::span<const Identity> identities = step.chunk.person(i);
    std::string id =
        identities.size() > 1 ? step.chunk.message_id(person.first_row) : std::string();
    person.identity = resolve(
        {identities, step.record, id, step.times[person.first_row], step.position}, context);
    for (uint32_t ordinal : found_) {
      table_.touch(ordinal, person.first);
      table_.touch(ordinal, person.last);
    }
  }
  // Afterwards: later rows may have joined earlier people.
  for (ChunkStep::Person& person : step.persons) {
    if (person.identity) person.profile = ProfileOrdinal(table_.owner(person.identity->value));
  }
}

/// The identity that the record is filed under. One that the rules block gives way to another of
/// the record, unless personal values were sealed under it: an erasure must find their key (ADR
/// 0003).
const Identity* ResidentIdentityFold::anchor_of(const Evidence& evidence) const {
  const Identity* anchor = anchor_identity(evidence.identities);
  if (anchor == nullptr || !rules_now().blocks(*anchor)) return anchor;
  auto is_sealed = [](const auto& entry) { return std::holds_alternative<Sealed>(entry.value); };
  bool sealed = std::ranges::any_of(evidence.record.traits, is_sealed) ||
                std::ranges::any_of(evidence.record.properties, is_sealed);
  if (sealed) return anchor;
  std::vector<Identity> others(evidence.identities.begin(), evidence.identities.end());
  std::erase_if(others, [&](const Identity& id) { return rules_now().blocks(id); });
  const Identity* other = anchor_identity(others);
  if (other == nullptr) return anchor;
  return &*std::ranges::find(evidence.identities, *other);
}

/// The identity that stands for them; nullopt when they are nobody's: only blocked values, or none.
std::optional<IdentityOrdinal> ResidentIdentityFold::resolve(const Evidence& evidence,
                                                             StepContext& context) {
  found_.clear();
  const Identity* anchor = anchor_of(evidence);
  if (anchor == nullptr) return std::nullopt;
  uint32_t anchor_ordinal = kNone;
  for (const Identity& id : evidence.identities) {
    if (is_blocked_value(id.value)) continue;
    if (found_.size() == kIdentitiesPerRecordMax && &id != anchor) continue;
    uint32_t ordinal = table_.find(id);
    if (ordinal == kNone) {
      ordinal = table_.add(id, evidence.time, evidence.record.source);
    } else {
      table_.touch(ordinal, evidence.time);
    }
    if (&id == anchor) anchor_ordinal = ordinal;
    if (std::ranges::find(found_, ordinal) == found_.end()) found_.push_back(ordinal);
  }
  if (found_.size() > 1) link_all(evidence, context);
  for (uint32_t ordinal : found_) {
    if (table_.owner(ordinal) != kNone) continue;
    table_.attach(ordinal, table_.add_profile(evidence.time, evidence.position));
  }
  return IdentityOrdinal(anchor_ordinal);
}

// Each identity is linked to the strongest one that accepts it. Strong ones go first, so that a
// weak identity that belongs to someone else does not keep two strong ones apart.
void ResidentIdentityFold::link_all(const Evidence& evidence, StepContext& context) {
  ordered_ = found_;
  if (evidence.record.kind == RecordKind::Alias) {
    ordered_.resize(2);  // an alias is about the two it names
  } else {
    linker_.order(ordered_);
  }
  bool all_one = true;
  for (size_t i = 1; i < ordered_.size(); ++i) {
    bool linked = false;
    for (size_t j = 0; j < i && !linked; ++j) {
      linked = link(ordered_[j], ordered_[i], evidence, context);
    }
    all_one = all_one && linked;
  }
  meetings_.note(rule_of(evidence.record.kind), {found_.data(), ordered_.size()}, all_one,
                 evidence.time, evidence.position);
}

/// True when the two are one person now.
bool ResidentIdentityFold::link(uint32_t a, uint32_t b, const Evidence& evidence,
                                StepContext& context) {
  const Envelope& record = evidence.record;
  LinkRule rule = rule_of(record.kind);
  bool same = table_.owner(a) != kNone && table_.owner(a) == table_.owner(b);
  Refusal outcome = same ? Refusal::None : linker_.check(a, b, evidence.time);
  if (!same) {
    int demoted = linker_.note(a, b, outcome, evidence.time);
    if (demoted > 0 && outcome == Refusal::None) outcome = Refusal::SharedValue;
    demoted_.add(static_cast<uint64_t>(demoted));
    if (demoted > 0) {
      uint32_t value = table_.identity(a).demoted ? a : b;
      log::warn("identity_value_demoted",
                {{"kind", to_string(table_.identity(value).id.kind)}, {"identity", value}});
    }
  }
  if (!ledger_.knows(a, b, rule, outcome)) {
    ledger_.add(a, b, rule, outcome, book_.current().version, evidence.time, evidence.position,
                evidence.message_id, table_.source_code(record.source));
    if (outcome != Refusal::None) refused_.add();
  }
  if (same) return true;
  if (outcome != Refusal::None) return false;
  unite(a, b, evidence, context);
  return true;
}

void ResidentIdentityFold::unite(uint32_t a, uint32_t b, const Evidence& evidence,
                                 StepContext& context) {
  uint32_t owner_a = table_.owner(a), owner_b = table_.owner(b);
  if (owner_a == kNone && owner_b == kNone) {
    owner_a = table_.add_profile(evidence.time, evidence.position);
    table_.attach(a, owner_a);
  }
  if (owner_a == kNone) return table_.attach(a, owner_b);
  if (owner_b == kNone) return table_.attach(b, owner_a);
  auto [into, from] = std::minmax(owner_a, owner_b);
  table_.merge(from, into);
  merges_.add();
  context.merged(ProfileOrdinal(from), ProfileOrdinal(into));
  Envelope fact;
  fact.kind = RecordKind::Track;
  fact.trust = Trust::Verified;
  fact.historical = evidence.record.historical;
  fact.is_test = evidence.record.is_test;
  fact.name = facts::kProfilesMerged;
  fact.properties = {{"from", profile_id_text(ProfileOrdinal(from))},
                     {"into", profile_id_text(ProfileOrdinal(into))}};
  context.emit(std::move(fact), ProfileOrdinal(into));
}

// Remembers which key seals the anchor's values, so that an erasure can name it (ports/erasure.h).
void ResidentIdentityFold::note_key(const Envelope& record, uint32_t anchor) {
  auto note = [&](const Value& value) {
    const auto* sealed = std::get_if<Sealed>(&value);
    if (sealed == nullptr || sealed->key_id.size() < kKeyGenerationBytes) return;
    IdentityEntry& entry = table_.identity(anchor);
    uint32_t generation = read_generation(sealed->key_id);
    if (entry.has_key && entry.key_generation == generation) return;
    entry.has_key = true;
    entry.key_generation = generation;
    table_.mark(anchor);
  };
  for (const TraitChange& change : record.traits) note(change.value);
  for (const Property& property : record.properties) note(property.value);
}

void ResidentIdentityFold::look_up(Step& step) const {
  const Identity* anchor = anchor_identity(step.record.identities);
  uint32_t ordinal = anchor == nullptr ? kNone : table_.find(*anchor);
  if (ordinal == kNone) return;
  step.identity = IdentityOrdinal(ordinal);
  step.profile = ProfileOrdinal(table_.owner(ordinal));
}

// A fact names its profile. When a record of that person caused it, it is stored under the same
// identity as the record, so that both go the same way if the person is split; else (a timer) under
// the profile's first identity. The profile may have been merged or erased between the fact and
// now.
void ResidentIdentityFold::place_fact(Step& step) const {
  if (!step.profile) return;
  uint32_t profile = exists(*step.profile) ? table_.canonical(step.profile->value) : kNone;
  step.profile.reset();
  if (profile == kNone || !table_.profile(profile).live()) return;
  step.profile = ProfileOrdinal(profile);
  step.identity = IdentityOrdinal(table_.profile(profile).first);
  bool caused = cause_.position == step.position && cause_.identity &&
                table_.owner(cause_.identity->value) == profile;
  if (caused) step.identity = cause_.identity;
}

void ResidentIdentityFold::erase(Step& step, StepContext& context) {
  uint32_t ordinal = kNone;
  for (const Identity& id : step.record.identities) {
    if (ordinal == kNone && !is_blocked_value(id.value)) ordinal = table_.find(id);
  }
  if (ordinal == kNone) return;  // unknown, or erased already
  uint32_t profile = table_.owner(ordinal);
  std::vector<PersonalKey> keys;
  table_.for_each(profile, [&](uint32_t i) {
    const IdentityEntry& entry = table_.identity(i);
    if (entry.has_key) keys.push_back({entry.id, generation_bytes(entry.key_generation)});
  });
  // The other folds may still ask for the person's identities while they forget.
  context.erased(ProfileOrdinal(profile));
  table_.erase(profile);
  erasures_.add(step.position, std::move(keys));
}

std::vector<std::pair<uint32_t, uint32_t>> ResidentIdentityFold::links_between(
    const std::vector<uint32_t>& side, const std::vector<uint32_t>& rest) const {
  std::vector<std::pair<uint32_t, uint32_t>> pairs;
  for (uint32_t a : side) {
    for (uint32_t b : rest) {
      if (ledger_.linked(a, b)) pairs.emplace_back(a, b);
    }
  }
  return pairs;
}

void ResidentIdentityFold::try_again(const Step& step, StepContext& context,
                                     const std::vector<uint32_t>& identities) {
  std::set<uint32_t> rows;
  for (uint32_t i : identities) {
    ledger_.for_each(i, table_.identity(i).newest_link, [&](uint32_t number, const Link& link) {
      bool limit = link.refusal == Refusal::KindLimit || link.refusal == Refusal::ClusterFull;
      if (limit) rows.insert(number);
      return true;
    });
  }
  for (uint32_t number : rows) {
    const Link link = ledger_.row(number);
    uint32_t a = link.a, b = link.b;
    bool erased = table_.owner(a) == kNone || table_.owner(b) == kNone;
    if (erased || table_.owner(a) == table_.owner(b)) continue;
    if (linker_.check(a, b, link.time) != Refusal::None) continue;
    ledger_.add(a, b, link.rule, Refusal::None, book_.current().version, link.time, step.position,
                link.message_id, link.source);
    unite(a, b, {{}, step.record, link.message_id, link.time, step.position}, context);
  }
}

void ResidentIdentityFold::part(const Step& step, uint32_t profile,
                                const std::vector<uint32_t>& side, const Property& why,
                                StepContext& context) {
  IdentityTable::Parting parted = table_.split(profile, side, step.position);
  Split split{ProfileOrdinal(profile), ProfileOrdinal(parted.apart), {}, {}};
  for (uint32_t i : parted.identities) split.identities.emplace_back(i);
  for (uint32_t p : parted.profiles) split.profiles.emplace_back(p);
  context.split(split);
  for (ProfileOrdinal person : {split.kept, split.apart}) {
    Envelope fact;
    fact.kind = RecordKind::Track;
    fact.trust = Trust::Verified;
    fact.name = facts::kProfilesSplit;
    fact.properties = {
        {"kept", profile_id_text(split.kept)}, {"apart", profile_id_text(split.apart)}, why};
    context.emit(std::move(fact), person);
  }
}

void ResidentIdentityFold::define(const Step& step, StepContext& context) {
  const Envelope& record = step.record;
  std::string_view name = record.name;
  if (name == kRulesDefinition) {
    bool changed = book_.add(definition_body(record), record.event_time, step.position,
                             string_property(record.properties, "operator"));
    if (changed) linker_.use(book_.current().rules);
  } else if (name.starts_with(kCutPrefix)) {
    cut(step, context);
  } else if (name.starts_with(kResolutionPrefix)) {
    resettle(step, context);
  }
}

void ResidentIdentityFold::resettle(const Step& step, StepContext& context) {
  const Envelope& record = step.record;
  auto parsed = parse_part(definition_body(record));
  if (!parsed) return;
  for (const std::vector<uint32_t>* values : {&parsed->demoted, &parsed->restored}) {
    for (uint32_t i : *values) {
      if (i >= table_.identity_count() || table_.identity(i).erased) continue;
      table_.identity(i).demoted = values == &parsed->demoted;
      table_.sightings(i).clear();
      table_.mark(i);
    }
  }
  ResolutionCounts counts;
  for (const Regrouping& change : parsed->changes) {
    ResolutionCounts of = regroup(step, change, parsed->version, context);
    counts.joined += of.joined;
    counts.split += of.split;
  }
  resolutions_.add(record.name.substr(kResolutionPrefix.size()), parsed->version, counts,
                   record.event_time, step.position,
                   string_property(record.properties, "operator"));
}

/// Group by identity, of the persons as they are now: some may have been erased since, others came.
std::map<uint32_t, size_t> ResidentIdentityFold::groups_of(const Regrouping& change) const {
  std::map<uint32_t, size_t> groups;
  std::set<uint32_t> persons;
  for (size_t g = 0; g < change.groups.size(); ++g) {
    for (uint32_t i : change.groups[g]) {
      if (i >= table_.identity_count() || table_.owner(i) == kNone) continue;
      groups.emplace(i, g);
      persons.insert(table_.owner(i));
    }
  }
  std::vector<std::pair<uint32_t, size_t>> newcomers;
  for (uint32_t person : persons) {
    table_.for_each(person, [&](uint32_t i) {
      if (!groups.contains(i)) newcomers.emplace_back(i, group_of_newcomer(i, groups));
    });
  }
  groups.insert(newcomers.begin(), newcomers.end());
  return groups;
}

/// With whom it is linked, by the newest evidence; else with the person's first identity.
size_t ResidentIdentityFold::group_of_newcomer(uint32_t identity,
                                               const std::map<uint32_t, size_t>& groups) const {
  uint32_t person = table_.owner(identity);
  std::optional<size_t> group;
  ledger_.for_each(identity, table_.identity(identity).newest_link,
                   [&](uint32_t, const Link& link) {
                     uint32_t other = link.a == identity ? link.b : link.a;
                     auto known = groups.find(other);
                     bool joins = link.refusal == Refusal::None && table_.owner(other) == person;
                     if (joins && known != groups.end()) group = known->second;
                     return !group.has_value();
                   });
  table_.for_each(person, [&](uint32_t i) {
    auto known = groups.find(i);
    if (!group && known != groups.end()) group = known->second;
  });
  return *group;
}

ResolutionCounts ResidentIdentityFold::regroup(const Step& step, const Regrouping& change,
                                               uint32_t version, StepContext& context) {
  const Envelope& record = step.record;
  Property why{"resolution", record.name.substr(kResolutionPrefix.size())};
  uint32_t source = table_.source_code(record.source);
  ResolutionCounts counts;
  std::map<uint32_t, std::map<size_t, std::vector<uint32_t>>> persons;
  std::map<size_t, std::vector<uint32_t>> groups;
  for (const auto& [identity, group] : groups_of(change)) {
    persons[table_.owner(identity)][group].push_back(identity);
    groups[group].push_back(identity);
  }
  for (auto& [person, sides] : persons) {
    if (sides.size() > 1) ++counts.split;
    while (sides.size() > 1) {
      std::vector<uint32_t> side = std::move(sides.rbegin()->second), rest;
      sides.erase(std::prev(sides.end()));
      for (const auto& [group, others] : sides)
        rest.insert(rest.end(), others.begin(), others.end());
      for (auto [a, b] : links_between(side, rest)) {
        ledger_.add(a, b, LinkRule::Resolution, parse_refusal(change.why), version,
                    record.event_time, step.position, record.message_id, source);
      }
      part(step, table_.owner(side.front()), side, why, context);
    }
  }
  for (const auto& [group, identities] : groups) {
    uint32_t a = identities.front();
    for (uint32_t b : identities) {
      if (table_.owner(a) == table_.owner(b) || cuts_.bars(people_, a, b)) continue;
      ledger_.add(a, b, LinkRule::Resolution, Refusal::None, version, record.event_time,
                  step.position, record.message_id, source);
      unite(a, b, {{}, record, record.message_id, record.event_time, step.position}, context);
      ++counts.joined;
    }
  }
  return counts;
}

void ResidentIdentityFold::cut(const Step& step, StepContext& context) {
  const Envelope& record = step.record;
  std::string_view id = std::string_view(record.name).substr(kCutPrefix.size());
  std::string_view body = definition_body(record);
  if (body.empty()) return cuts_.lift(id);
  auto named = parse_cut(body);
  if (!named || cuts_.known(id)) return;
  // Identities may have been erased between the operator's look and now.
  std::erase_if(*named, [&](IdentityOrdinal i) {
    return i.value >= table_.identity_count() || table_.owner(i.value) == kNone;
  });
  auto parting = preview_cut(*named);
  if (!parting) return;
  std::vector<uint32_t> side, rest;
  for (IdentityOrdinal i : parting->apart) side.push_back(i.value);
  for (IdentityOrdinal i : parting->rest) rest.push_back(i.value);
  auto pairs = links_between(side, rest);
  if (pairs.empty()) pairs.emplace_back(side.front(), rest.front());
  for (auto [a, b] : pairs) {
    ledger_.add(a, b, LinkRule::Cut, Refusal::Cut, book_.current().version, record.event_time,
                step.position, record.message_id, table_.source_code(record.source));
  }
  std::vector<uint32_t> all = side;
  all.insert(all.end(), rest.begin(), rest.end());
  cuts_.add(id, side, rest, step.position);
  part(step, parting->profile.value, side, {"cut", std::string(id)}, context);
  try_again(step, context, all);
}

Result<Parting> ResidentIdentityFold::preview_cut(const std::vector<IdentityOrdinal>& named) const {
  std::vector<uint32_t> side;
  for (IdentityOrdinal i : named) {
    if (i.value >= table_.identity_count() || table_.owner(i.value) == kNone) {
      return fail(ErrorCode::NotFound,
                  fmt::format("identity {} does not exist; read the profile again", i.value),
                  "apart");
    }
    side.push_back(i.value);
  }
  std::ranges::sort(side);
  side.erase(std::ranges::unique(side).begin(), side.end());
  if (side.empty()) {
    return fail(ErrorCode::InvalidArgument, "name the identities that are another person", "apart");
  }
  uint32_t profile = table_.owner(side.front());
  for (uint32_t i : side) {
    if (table_.owner(i) == profile) continue;
    return fail(ErrorCode::InvalidArgument,
                fmt::format("identity {} is of another person already", i), "apart");
  }
  if (side.size() == table_.profile(profile).count) {
    return fail(ErrorCode::InvalidArgument,
                "all identities of the person are named: leave at least one out", "apart");
  }
  IdentityTable::Sides sides = table_.sides_of(profile, side);
  Parting out{ProfileOrdinal(profile), {}, {}, {}, {}};
  for (uint32_t i : sides.leave) out.apart.emplace_back(i);
  for (uint32_t i : sides.stay) out.rest.emplace_back(i);
  if (!sides.homes.empty()) out.back = ProfileOrdinal(sides.homes.front());
  std::set<uint32_t, std::greater<>> rows;
  for (const auto& [leaves, stays] : links_between(sides.leave, sides.stay)) {
    uint32_t a = leaves, b = stays;
    ledger_.for_each(a, table_.identity(a).newest_link, [&](uint32_t number, const Link& link) {
      if ((link.a == b || link.b == b) && link.refusal == Refusal::None) rows.insert(number);
      return true;
    });
  }
  for (uint32_t number : rows) {
    if (out.links.size() == kLinksShownMax) break;
    out.links.push_back(view_of(ledger_.row(number)));
  }
  return out;
}

std::vector<IdentityOrdinal> ResidentIdentityFold::identities_of(ProfileOrdinal profile) const {
  std::vector<IdentityOrdinal> all;
  if (!exists(profile)) return all;
  table_.for_each(profile.value, [&](uint32_t i) { all.emplace_back(i); });
  return all;
}

// Every profile was made for an identity, which remembers it as its home.
std::vector<ProfileOrdinal> ResidentIdentityFold::parts_of(ProfileOrdinal profile) const {
  std::vector<ProfileOrdinal> parts{profile};
  if (!exists(profile)) return parts;
  table_.for_each(profile.value, [&](uint32_t i) { parts.emplace_back(table_.identity(i).home); });
  std::ranges::sort(parts);
  parts.erase(std::ranges::unique(parts).begin(), parts.end());
  return parts;
}

const Identity* ResidentIdentityFold::latest(ProfileOrdinal profile, IdentityKind kind,
                                             std::string_view scope) const {
  const IdentityEntry* best = nullptr;
  if (!exists(profile)) return nullptr;
  table_.for_each(profile.value, [&](uint32_t i) {
    const IdentityEntry& entry = table_.identity(i);
    if (entry.id.kind != kind || (!scope.empty() && entry.id.scope != scope)) return;
    if (best == nullptr || entry.last_seen >= best->last_seen) best = &entry;
  });
  return best == nullptr ? nullptr : &best->id;
}

std::vector<ProfileOrdinal> ResidentIdentityFold::live_profiles(ProfileOrdinal from,
                                                                size_t limit) const {
  std::vector<ProfileOrdinal> live;
  for (uint32_t i = from.value; i < table_.profile_slots() && live.size() < limit; ++i) {
    if (table_.profile(i).live()) live.emplace_back(i);
  }
  return live;
}

std::vector<ProfileOrdinal> ResidentIdentityFold::oversized_profiles(ProfileOrdinal from,
                                                                     size_t limit) const {
  std::vector<ProfileOrdinal> found;
  uint64_t left = std::min<uint64_t>(oversized_count(), limit);
  for (uint32_t i = from.value; i < table_.profile_slots() && found.size() < left; ++i) {
    if (table_.profile(i).count > rules_now().cluster_soft) found.emplace_back(i);
  }
  return found;
}

LinkView ResidentIdentityFold::view_of(const Link& link) const {
  return {table_.identity(link.a).id,
          table_.identity(link.b).id,
          to_string(link.rule),
          to_string(link.refusal),
          link.time,
          link.position,
          link.message_id,
          table_.source_name(link.source),
          link.version};
}

Explanation ResidentIdentityFold::explain(ProfileOrdinal profile) const {
  Explanation why;
  if (!exists(profile)) return why;
  std::vector<uint32_t> rows;
  table_.for_each(profile.value, [&](uint32_t i) {
    const IdentityEntry& entry = table_.identity(i);
    why.identities.push_back({IdentityOrdinal(i), entry.id, entry.first_seen, entry.last_seen,
                              table_.source_name(entry.source), entry.demoted});
    std::vector<ProfileOrdinal>& others = why.identities.back().others;
    size_t taken = 0;
    ledger_.for_each(i, entry.newest_link, [&](uint32_t number, const Link& link) {
      rows.push_back(number);
      ProfileOrdinal other(table_.owner(link.a == i ? link.b : link.a));
      bool new_one = other.value != kNone && other != profile &&
                     std::ranges::find(others, other) == others.end();
      if (new_one && others.size() < kOthersShownMax) others.push_back(other);
      return ++taken < kLinksShownMax;
    });
  });
  std::ranges::sort(rows, std::greater{});
  rows.erase(std::ranges::unique(rows).begin(), rows.end());
  if (rows.size() > kLinksShownMax) rows.resize(kLinksShownMax);
  for (uint32_t number : rows) why.links.push_back(view_of(ledger_.row(number)));
  return why;
}

std::optional<IdentityFold::ProfileInfo> ResidentIdentityFold::info(ProfileOrdinal profile) const {
  if (!exists(profile)) return std::nullopt;
  const ProfileEntry& entry = table_.profile(profile.value);
  return ProfileInfo{entry.created, entry.position, entry.live(), entry.erased, canonical(profile)};
}

}  // namespace

std::string cut_body(const std::vector<IdentityOrdinal>& side, std::string_view reason) {
  json::array named;
  for (IdentityOrdinal i : side) named.push_back(json::value(static_cast<int64_t>(i.value)));
  return json::to_text(json::object{{"apart", std::move(named)}, {"reason", std::string(reason)}});
}

std::unique_ptr<IdentityFold> IdentityFold::make(IdentityRules rules, ErasureSink& erasure,
                                                 Metrics& metrics) {
  return std::make_unique<ResidentIdentityFold>(std::move(rules), erasure, metrics);
}

}  // namespace weir::identity
