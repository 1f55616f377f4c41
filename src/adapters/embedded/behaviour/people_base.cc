#include "adapters/embedded/behaviour/people_base.h"

namespace weir::embedded {

void PeopleBase::request(const std::string& segment, PeopleRequest& request) {
  PeopleField field;
  if (!segment.empty()) {
    field.kind = PeopleField::Kind::Segment;
    field.name = segment;
  }
  request.fields.push_back(std::move(field));
}

std::vector<uint32_t> PeopleBase::all() const {
  std::vector<uint32_t> out;
  for (uint32_t profile = 0; profile < people_->limit(field_); ++profile) {
    if (contains(profile)) out.push_back(profile);
  }
  return out;
}

}  // namespace weir::embedded
