#include "profile/person.h"

#include "profile/state.pb.h"

#include <algorithm>

namespace weir::profile {
namespace {

Value sum(const Value& old, const Value& add) {
  if (const auto* a = std::get_if<int64_t>(&old)) {
    if (const auto* b = std::get_if<int64_t>(&add)) {
      int64_t out = 0;
      return __builtin_add_overflow(*a, *b, &out) ? Value(*a) : Value(out);
    }
  }
  double a = 0, b = 0;
  if (!as_number(add, b)) return old;
  as_number(old, a);
  return a + b;
}

Value appended(const Value& old, const Value& add) {
  StringList list;
  if (const auto* l = std::get_if<StringList>(&old)) list = *l;
  auto push = [&](const std::string& s) {
    constexpr size_t kItemsMax = 1000;  // without it one person's list could fill memory
    if (list.size() < kItemsMax && std::find(list.begin(), list.end(), s) == list.end()) list.push_back(s);
  };
  if (const auto* l = std::get_if<StringList>(&add)) {
    for (const std::string& s : *l) push(s);
  } else {
    push(display_text(add));
  }
  return list;
}

bool wins(const Trait& candidate, const Trait& held) {
  if (candidate.once && held.once) return candidate.stamp < held.stamp;
  if (candidate.once != held.once) return held.once;  // an ordinary write beats a default
  return candidate.stamp >= held.stamp;
}

}  // namespace

void Person::change(const TraitChange& change, Stamp stamp, const std::string& source) {
  auto it = traits.find(change.name);
  Trait next{change.value, stamp, source, change.op == TraitOp::SetOnce};
  switch (change.op) {
    case TraitOp::Set:
    case TraitOp::SetOnce: break;
    case TraitOp::Increment:
    case TraitOp::Append: {
      // These commute, so arrival order does not matter and the stamp is only the latest.
      Value old = it == traits.end() ? Value{} : it->second.value;
      next.value = change.op == TraitOp::Increment ? sum(old, change.value) : appended(old, change.value);
      if (it != traits.end()) next.stamp = std::max(stamp, it->second.stamp);
      traits[change.name] = std::move(next);
      return;
    }
    case TraitOp::Unset:
      if (it != traits.end() && stamp >= it->second.stamp) traits.erase(it);
      return;
  }
  if (it == traits.end()) {
    traits.emplace(change.name, std::move(next));
  } else if (wins(next, it->second)) {
    it->second = std::move(next);
  }
}

void Person::set_consent(std::string channel, std::string purpose, Consent consent) {
  auto [it, added] = consents.try_emplace({std::move(channel), std::move(purpose)}, consent);
  if (added) return;
  Consent& held = it->second;
  bool later = consent.stamp.time > held.stamp.time;
  bool tie = consent.stamp.time == held.stamp.time;
  if (later || (tie && !consent.granted)) held = std::move(consent);
}

void Person::follow(const std::string& appid, bool following, TimeMs time) {
  Follow& held = follows[appid];
  if (time >= held.time) held = {following, time};
}

void Person::add_contact(Contact contact) {
  remove_contact(contact.corp, contact.staff_userid);
  contacts.push_back(std::move(contact));
}

void Person::remove_contact(std::string_view corp, std::string_view staff_userid) {
  std::erase_if(contacts, [&](const Contact& c) { return c.corp == corp && c.staff_userid == staff_userid; });
}

void Person::absorb(const Person& other) {
  for (const auto& [name, trait] : other.traits) {
    auto [it, added] = traits.try_emplace(name, trait);
    if (!added && wins(trait, it->second)) it->second = trait;
  }
  for (const auto& [key, consent] : other.consents) set_consent(key.first, key.second, consent);
  for (const auto& [appid, f] : other.follows) follow(appid, f.following, f.time);
  for (const Contact& contact : other.contacts) {
    bool known = std::any_of(contacts.begin(), contacts.end(), [&](const Contact& c) {
      return c.corp == contact.corp && c.staff_userid == contact.staff_userid;
    });
    if (!known) contacts.push_back(contact);
  }
  std::stable_sort(contacts.begin(), contacts.end(),
                   [](const Contact& a, const Contact& b) { return a.since < b.since; });
  created_at = created_at == 0 ? other.created_at : std::min(created_at, other.created_at);
  if (other.first_seen != 0) first_seen = first_seen == 0 ? other.first_seen : std::min(first_seen, other.first_seen);
  last_seen = std::max(last_seen, other.last_seen);
  event_count += other.event_count;
}

bool Person::ParseFromArray(const void* data, int size) {
  pb::Person row;
  if (!row.ParseFromArray(data, size)) return false;
  for (const auto& t : row.traits()) {
    auto value = decode_value(t.value());
    if (!value) return false;
    traits[t.name()] = {*std::move(value), {t.time(), t.position()}, t.source(), t.once()};
  }
  for (const auto& c : row.consents()) {
    consents[{c.channel(), c.purpose()}] = {c.granted(), {c.time(), c.position()}, c.source()};
  }
  for (const auto& f : row.follows()) follows[f.appid()] = {f.following(), f.time()};
  for (const auto& c : row.contacts()) {
    contacts.push_back({c.corp(), c.staff_userid(), c.external_userid(), c.state(), c.since()});
  }
  created_at = row.created_at();
  first_seen = row.first_seen();
  last_seen = row.last_seen();
  event_count = row.event_count();
  return true;
}

std::string Person::SerializeAsString() const {
  pb::Person row;
  for (const auto& [name, trait] : traits) {
    auto* t = row.add_traits();
    t->set_name(name);
    t->set_value(encode_value(trait.value));
    t->set_time(trait.stamp.time);
    t->set_position(trait.stamp.position);
    t->set_source(trait.source);
    t->set_once(trait.once);
  }
  for (const auto& [key, consent] : consents) {
    auto* c = row.add_consents();
    c->set_channel(key.first);
    c->set_purpose(key.second);
    c->set_granted(consent.granted);
    c->set_time(consent.stamp.time);
    c->set_position(consent.stamp.position);
    c->set_source(consent.source);
  }
  for (const auto& [appid, f] : follows) {
    auto* out = row.add_follows();
    out->set_appid(appid);
    out->set_following(f.following);
    out->set_time(f.time);
  }
  for (const Contact& contact : contacts) {
    auto* c = row.add_contacts();
    c->set_corp(contact.corp);
    c->set_staff_userid(contact.staff_userid);
    c->set_external_userid(contact.external_userid);
    c->set_state(contact.state);
    c->set_since(contact.since);
  }
  row.set_created_at(created_at);
  row.set_first_seen(first_seen);
  row.set_last_seen(last_seen);
  row.set_event_count(event_count);
  return row.SerializeAsString();
}

}  // namespace weir::profile
