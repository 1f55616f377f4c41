// The stored form of a Person; state.proto.

#include "profile/person.h"
#include "profile/state.pb.h"

#include <google/protobuf/io/coded_stream.h>

namespace weir::profile {

bool Person::ParseFromArray(const void* data, int size) {
  pb::Person row;
  if (!row.ParseFromArray(data, size)) return false;
  for (const auto& t : row.traits()) {
    auto value = decode_value(t.value());
    if (!value) return false;
    Value added;
    if (!t.added().empty()) {
      auto read = decode_value(t.added());
      if (!read) return false;
      added = *std::move(read);
    }
    traits[t.name()] = {*std::move(value),
                        {t.time(), t.position()},
                        {t.base_time(), t.base_position()},
                        t.source(),
                        t.once(),
                        t.summed(),
                        t.unset(),
                        static_cast<uint8_t>(t.priority()),
                        std::move(added),
                        {t.added_time(), t.added_position()}};
  }
  for (const auto& c : row.consents()) {
    consents[{c.channel(), c.purpose()}] = {c.granted(), {c.time(), c.position()}, c.source()};
  }
  for (const auto& f : row.follows()) {
    follows[f.appid()] = {f.following(), {f.time(), f.position()}};
  }
  for (const auto& c : row.contacts()) {
    contact_states[{c.corp(), c.staff_userid(), c.external_userid()}] = {
        c.state(), c.since(), c.ended(), {c.time(), c.position()}};
  }
  return true;
}

namespace {

/// How a stored trait of this name begins: with field 1 of it.
std::string beginning_of(const std::string& name) {
  pb::Person::Trait trait;
  trait.set_name(name);
  return trait.SerializeAsString();
}

}  // namespace

void Person::read_traits(std::string_view row, std::span<const std::string> names,
                         std::vector<std::optional<Value>>& out) {
  std::vector<std::string> beginnings;
  for (const std::string& name : names) beginnings.push_back(beginning_of(name));
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(row.data()),
                                            static_cast<int>(row.size()));
  constexpr uint32_t kLengthDelimited = 2;
  constexpr uint32_t kTrait = pb::Person::kTraitsFieldNumber << 3 | kLengthDelimited;
  // Traits come first, in the order of fields.
  while (in.ReadTag() == kTrait) {
    uint32_t size = 0;
    bool ok = in.ReadVarint32(&size);
    auto begin = static_cast<size_t>(in.CurrentPosition());
    WEIR_ASSERT(ok && in.Skip(static_cast<int>(size)));
    std::string_view body = row.substr(begin, size);
    for (size_t i = 0; i < names.size(); ++i) {
      if (!body.starts_with(beginnings[i])) continue;
      pb::Person::Trait trait;
      ok = trait.ParseFromArray(body.data(), static_cast<int>(body.size()));
      auto value = decode_value(trait.value());
      WEIR_ASSERT(ok && value.has_value());
      if (!trait.unset()) out[i] = *std::move(value);
    }
  }
}

std::string Person::SerializeAsString() const {
  pb::Person row;
  for (const auto& [name, trait] : traits) {
    auto* t = row.add_traits();
    t->set_name(name);
    t->set_value(encode_value(trait.value));
    t->set_time(trait.stamp.time);
    t->set_position(trait.stamp.position);
    t->set_base_time(trait.base.time);
    t->set_base_position(trait.base.position);
    t->set_source(trait.source);
    t->set_once(trait.once);
    t->set_summed(trait.summed);
    t->set_unset(trait.unset);
    t->set_priority(trait.priority);
    if (!std::holds_alternative<std::monostate>(trait.added)) {
      t->set_added(encode_value(trait.added));
    }
    t->set_added_time(trait.added_since.time);
    t->set_added_position(trait.added_since.position);
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
  for (const auto& [appid, follow] : follows) {
    auto* f = row.add_follows();
    f->set_appid(appid);
    f->set_following(follow.following);
    f->set_time(follow.stamp.time);
    f->set_position(follow.stamp.position);
  }
  for (const auto& [key, contact] : contact_states) {
    auto* c = row.add_contacts();
    c->set_corp(std::get<0>(key));
    c->set_staff_userid(std::get<1>(key));
    c->set_external_userid(std::get<2>(key));
    c->set_state(contact.state);
    c->set_since(contact.since);
    c->set_ended(contact.ended);
    c->set_time(contact.stamp.time);
    c->set_position(contact.stamp.position);
  }
  return row.SerializeAsString();
}

}  // namespace weir::profile
