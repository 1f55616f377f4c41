#pragma once
// Saves a list of people as a static segment (SEMANTICS §9 SG6): audited, then appended to the log
// as a header and bounded parts.

#include "api/definitions.h"
#include "segments/static_segment.h"

namespace weir::api {

struct PeopleToSave {
  std::string id;                 // of the new segment
  segments::StaticHeader header;  // `people` and `upload` are filled in
  std::vector<ProfileOrdinal> people;
};

/// `then` comes once on the fold executor when everybody is in, or with the error. AlreadyExists: a
/// segment has that id. ResourceExhausted: more than kStaticPeopleMax. When an append fails half
/// way, the segment is taken back.
void save_people(Services& services, const Operator& who, PeopleToSave save,
                 std::function<void(Status)> then);

}  // namespace weir::api
