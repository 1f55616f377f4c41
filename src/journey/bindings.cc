#include "journey/bindings.h"

#include "model/envelope.h"

namespace weir::journey {

Bindings::Bindings(const pb::Enrollment& row, const ProfileReader& profiles)
    : profile_(ProfileOrdinal(row.profile())), profiles_(profiles) {
  for (const pb::Enrollment::Var& var : row.vars()) {
    if (auto value = decode_value(var.value())) vars_[var.path()] = *std::move(value);
  }
  vars_["entry.key"] = row.key();
}

const Value* Bindings::find(std::string_view path) const {
  constexpr std::string_view kProfile = "profile.";
  if (path.starts_with(kProfile)) return profiles_.trait(profile_, path.substr(kProfile.size()));
  auto it = vars_.find(path);
  return it == vars_.end() ? nullptr : &it->second;
}

void remember(pb::Enrollment& row, std::string_view path, const Value& value) {
  if (std::holds_alternative<Sealed>(value) || std::holds_alternative<std::monostate>(value))
    return;
  for (pb::Enrollment::Var& var : *row.mutable_vars()) {
    if (var.path() == path) return var.set_value(encode_value(value));
  }
  pb::Enrollment::Var* added = row.add_vars();
  added->set_path(std::string(path));
  added->set_value(encode_value(value));
}

const Properties& properties_of(const StoredEvent& event) {
  static const Properties kNone;
  return event.properties == nullptr ? kNone : *event.properties;
}

const Value* EventSubject::get(std::string_view prop) const {
  if (prop.starts_with("event.")) return find_property(properties_, prop.substr(6));
  if (prop.starts_with("profile.")) return readers_.profiles->trait(profile_, prop.substr(8));
  return nullptr;
}

bool EventSubject::in_list(std::string_view list_id, std::string_view value) const {
  return readers_.segments != nullptr && readers_.segments->list_has(list_id, value);
}

}  // namespace weir::journey
