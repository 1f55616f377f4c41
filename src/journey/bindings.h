#pragma once
// What an enrollment knows: the values behind "${entry.event.sku_id}", "${nodes.coupon.coupon_id}"
// and
// "${profile.city}"; and an event as filters see it.

#include "journey/journey_state.pb.h"
#include "model/filter.h"
#include "ports/person_subject.h"

#include <map>
#include <string>
#include <string_view>

namespace weir::journey {

class Bindings {
 public:
  Bindings(const pb::Enrollment& row, const ProfileReader& profiles);

  /// Null when unknown. Sealed values are returned as such; texts refuse them.
  const Value* find(std::string_view path) const;
  std::function<const Value*(std::string_view)> lookup() const {
    return [this](std::string_view path) { return find(path); };
  }

 private:
  std::map<std::string, Value, std::less<>> vars_;
  ProfileOrdinal profile_;
  const ProfileReader& profiles_;
};

/// Remembers `value` under `path` in the row. Sealed and missing values are not remembered.
void remember(pb::Enrollment& row, std::string_view path, const Value& value);

/// The properties of a stored event; none when the store gives none.
const Properties& properties_of(const StoredEvent& event);

class EventSubject : public FilterSubject {
 public:
  EventSubject(const Properties& properties, ProfileOrdinal profile, const PersonReaders& readers)
      : properties_(properties), profile_(profile), readers_(readers) {}

  const Value* get(std::string_view prop) const override;
  bool in_list(std::string_view list_id, std::string_view value) const override;

 private:
  const Properties& properties_;
  ProfileOrdinal profile_;
  const PersonReaders& readers_;
};

}  // namespace weir::journey
