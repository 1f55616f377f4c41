#pragma once
// A person as the condition evaluator sees one, over the rooms' readers. Made per evaluation;
// cheap.

#include "model/condition.h"
#include "ports/people.h"

namespace weir {

struct PersonReaders {
  const ProfileReader* profiles = nullptr;
  const TagReader* tags = nullptr;
  const SegmentReader* segments = nullptr;
  const HistoryReader* history = nullptr;
};

class PersonSubject : public ConditionSubject {
 public:
  PersonSubject(ProfileOrdinal profile, const PersonReaders& readers)
      : profile_(profile), readers_(readers) {}

  const Value* trait(std::string_view name) const override;
  const Value* tag(std::string_view code) const override;
  bool in_segment(std::string_view segment_id) const override;
  std::string_view consent(std::string_view channel, std::string_view purpose) const override;
  bool in_list(std::string_view list_id, std::string_view value) const override;
  std::string_view profile_id() const override;
  void events(const HistoryQuery& query, const VisitEvent& visit) const override;

 private:
  ProfileOrdinal profile_;
  const PersonReaders& readers_;
  mutable std::string profile_id_;  // made when it is asked for
};

}  // namespace weir
