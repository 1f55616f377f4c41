#pragma once
// From Weir's questions to the engine's specs.

#include "adapters/embedded/behaviour/predicate.h"
#include "columnar/columnar.h"
#include "model/query.h"

namespace weir::embedded {

/// Everything a question asks about people; InvalidArgument names what it may not ask.
Result<PeopleRequest> people_request(const TrendsQuery& query);
Result<PeopleRequest> people_request(const FunnelQuery& query);

/// What a compiled question refers to; outlives the spec.
struct CompileInput {
  const columnar::Dictionary& dictionary;
  const std::vector<std::string>& active_events;  // TR5; empty = every person-initiated event
  const PeopleRequest& request;
  std::shared_ptr<const PeopleColumns> people;  // null when the request is empty
};

/// Which number of the answer to a compiled question; InvalidArgument names the part that is not
/// there.
Result<columnar::TrendsCell> compile_cell(const TrendsQuery& query, const DrillCell& cell);
Result<columnar::FunnelCell> compile_cell(const FunnelQuery& query, const DrillCell& cell);

Result<columnar::TrendsSpec> compile(const TrendsQuery& query, const CompileInput& input);
Result<columnar::FunnelSpec> compile(const FunnelQuery& query, const CompileInput& input);

}  // namespace weir::embedded
