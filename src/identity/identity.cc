#include "identity/identity.h"

#include "base/log.h"
#include "identity/resident_fold.h"
#include "model/anchor.h"
#include "model/event_chunk.h"
#include "model/facts.h"

#include <algorithm>

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

}  // namespace

void ResidentIdentityFold::apply(Step& step, StepContext& context) {
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

std::unique_ptr<IdentityFold> IdentityFold::make(IdentityRules rules, ErasureSink& erasure,
                                                 Metrics& metrics) {
  return std::make_unique<ResidentIdentityFold>(std::move(rules), erasure, metrics);
}

}  // namespace weir::identity
