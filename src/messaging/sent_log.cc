#include "messaging/sent_log.h"

#include "messaging/intents.h"
#include "model/key_space.h"

#include <algorithm>

namespace weir::messaging {
namespace {

constexpr std::string_view kMarketing = "marketing";

/// Whether a sent message counts against `rule` for a message like `intent`.
bool counts(const CapRule& rule, const pb::Person::Sent& sent, const pb::Intent& intent) {
  switch (rule.scope) {
    case CapRule::Scope::Global: return sent.category() == kMarketing;
    case CapRule::Scope::Channel:
      return sent.category() == kMarketing && sent.channel() == current(intent).channel();
    case CapRule::Scope::Category: return sent.category() == intent.category();
    case CapRule::Scope::Journey: return sent.journey_id() == intent.journey_id();
  }
  return false;
}

/// Whether `rule` limits messages like `intent` at all.
bool applies(const CapRule& rule, const pb::Intent& intent) {
  bool marketing = intent.category() == kMarketing;
  switch (rule.scope) {
    case CapRule::Scope::Global: return marketing;
    case CapRule::Scope::Channel:
      return marketing && (rule.name.empty() || rule.name == current(intent).channel());
    case CapRule::Scope::Category:
      return rule.name.empty() ? marketing : rule.name == intent.category();
    case CapRule::Scope::Journey: return rule.name.empty() || rule.name == intent.journey_id();
  }
  return false;
}

template <class Row>
std::optional<uint32_t> whose(const Row& row) {
  if (!row.has_identity()) return std::nullopt;
  return row.identity();
}

}  // namespace

std::optional<uint32_t> whose(const pb::Intent& intent) {
  if (intent.has_sent_to()) return intent.sent_to();
  if (intent.has_identity()) return intent.identity();
  return std::nullopt;
}

SentLog::SentLog(const MessagingOptions& options)
    : options_(options), people_(std::string{key_space::kMessaging, 's'}) {
  for (const CapRule& rule : options.caps) days_kept_ = std::max(days_kept_, rule.days);
}

bool SentLog::capped(const pb::Intent& intent, int32_t today) const {
  const pb::Person* person = people_.find(ordinal_key(intent.profile()));
  for (const CapRule& rule : options_.caps) {
    if (!applies(rule, intent)) continue;
    int used = 0;
    if (person != nullptr) {
      for (const pb::Person::Sent& sent : person->sent()) {
        if (sent.day() > today - rule.days && counts(rule, sent, intent)) ++used;
      }
    }
    if (used >= rule.max) return true;
  }
  return false;
}

void SentLog::reserve(const pb::Intent& intent, int32_t today) {
  pb::Person& person = people_.mutate(ordinal_key(intent.profile()));
  auto* list = person.mutable_sent();
  list->erase(
      std::remove_if(list->begin(), list->end(),
                     [&](const pb::Person::Sent& s) { return s.day() <= today - days_kept_; }),
      list->end());
  pb::Person::Sent* sent = person.add_sent();
  sent->set_effect_key(intent.effect_key());
  sent->set_day(today);
  sent->set_channel(current(intent).channel());
  sent->set_category(intent.category());
  sent->set_journey_id(intent.journey_id());
  if (auto identity = whose(intent)) sent->set_identity(*identity);
}

void SentLog::release(uint32_t profile, std::string_view effect_key) {
  std::string key = ordinal_key(profile);
  if (people_.find(key) == nullptr) return;
  auto* list = people_.mutate(key).mutable_sent();
  list->erase(
      std::remove_if(list->begin(), list->end(),
                     [&](const pb::Person::Sent& s) { return s.effect_key() == effect_key; }),
      list->end());
}

bool SentLog::opted_out(uint32_t profile, std::string_view channel) const {
  const pb::Person* person = people_.find(ordinal_key(profile));
  if (person == nullptr) return false;
  return std::ranges::any_of(person->suppressed(), [&](const auto& out) {
    return out.channel() == channel && !out.has_lifted_by();
  });
}

void SentLog::opt_out(uint32_t profile, std::string_view channel,
                      std::optional<uint32_t> identity) {
  auto* list = people_.mutate(ordinal_key(profile)).mutable_suppressed();
  for (pb::Person::OptOut& out : *list) {
    if (out.channel() != channel || whose(out) != identity) continue;
    out.clear_lifted_by();
    return;
  }
  pb::Person::OptOut* out = list->Add();
  out->set_channel(std::string(channel));
  if (identity) out->set_identity(*identity);
}

void SentLog::opt_in(uint32_t profile, std::string_view channel, std::optional<uint32_t> identity) {
  std::string key = ordinal_key(profile);
  if (people_.find(key) == nullptr) return;
  std::vector<pb::Person::OptOut> kept;
  auto* list = people_.mutate(key).mutable_suppressed();
  for (const pb::Person::OptOut& out : *list) {
    bool meant = channel == "*" || out.channel() == channel;
    bool own = !identity || !whose(out) || whose(out) == identity;
    if (meant && own) continue;
    kept.push_back(out);
    if (meant) kept.back().set_lifted_by(*identity);
  }
  list->Assign(kept.begin(), kept.end());
}

void SentLog::merge(uint32_t from, uint32_t into) {
  const pb::Person* found = people_.find(ordinal_key(from));
  if (found == nullptr) return;
  const pb::Person moved = *found;
  people_.erase(ordinal_key(from));
  people_.mutate(ordinal_key(into)).mutable_sent()->MergeFrom(moved.sent());
  people_.mutate(ordinal_key(into)).mutable_suppressed()->MergeFrom(moved.suppressed());
}

void SentLog::split(const Split& split) {
  const pb::Person* found = people_.find(ordinal_key(split.kept.value));
  if (found == nullptr) return;
  pb::Person stays, goes;
  auto moved = [&](const auto& row) {
    auto identity = whose(row);
    return identity && split.moved(IdentityOrdinal(*identity));
  };
  for (const pb::Person::Sent& sent : found->sent()) {
    *(moved(sent) ? goes : stays).add_sent() = sent;
  }
  for (const pb::Person::OptOut& out : found->suppressed()) {
    pb::Person::OptOut own = out;
    bool parted =
        out.has_lifted_by() && moved(out) != split.moved(IdentityOrdinal(out.lifted_by()));
    if (parted) own.clear_lifted_by();
    if (moved(out) || !whose(out)) *goes.add_suppressed() = own;
    if (!moved(out)) *stays.add_suppressed() = own;
  }
  people_.mutate(ordinal_key(split.kept.value)) = std::move(stays);
  if (goes.sent_size() + goes.suppressed_size() == 0) return;
  people_.mutate(ordinal_key(split.apart.value)).MergeFrom(goes);
}

void SentLog::erase(uint32_t profile) {
  people_.erase(ordinal_key(profile));
}

}  // namespace weir::messaging
