#include "ports/person_subject.h"

namespace weir {

std::string_view PersonSubject::profile_id() const {
  if (profile_id_.empty()) profile_id_ = profile_id_text(profile_);
  return profile_id_;
}

const Value* PersonSubject::trait(std::string_view name) const {
  return readers_.profiles->trait(profile_, name);
}

const Value* PersonSubject::tag(std::string_view code) const {
  return readers_.tags == nullptr ? nullptr : readers_.tags->tag(profile_, code);
}

bool PersonSubject::in_segment(std::string_view segment_id) const {
  return readers_.segments != nullptr && readers_.segments->is_member(profile_, segment_id);
}

std::string_view PersonSubject::consent(std::string_view channel, std::string_view purpose) const {
  switch (readers_.profiles->consent(profile_, channel, purpose)) {
    case ConsentState::Granted: return "granted";
    case ConsentState::Withdrawn: return "withdrawn";
    case ConsentState::Unknown: return "unknown";
  }
  return "unknown";
}

bool PersonSubject::in_list(std::string_view list_id, std::string_view value) const {
  return readers_.segments != nullptr && readers_.segments->list_has(list_id, value);
}

void PersonSubject::events(const HistoryQuery& query, const VisitEvent& visit) const {
  readers_.history->visit(profile_, query, [&](const StoredEvent& event) {
    static const Properties kNone;
    return visit(event.time, event.properties == nullptr ? kNone : *event.properties);
  });
}

}  // namespace weir
