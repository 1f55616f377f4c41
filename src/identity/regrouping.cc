// People put apart and together as operators say: cuts (un-merge) and resolutions.

#include "base/json.h"
#include "identity/resident_fold.h"
#include "model/facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace weir::identity {
namespace {

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

}  // namespace

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
  resolutions_.add(record.name.substr(kResolutionPrefix.size()), *parsed, counts, record.event_time,
                   step.position, string_property(record.properties, "operator"));
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

std::string cut_body(const std::vector<IdentityOrdinal>& side, std::string_view reason) {
  json::array named;
  for (IdentityOrdinal i : side) named.push_back(json::value(static_cast<int64_t>(i.value)));
  return json::to_text(json::object{{"apart", std::move(named)}, {"reason", std::string(reason)}});
}

}  // namespace weir::identity
