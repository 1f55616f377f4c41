#pragma once
// Session options as rules of the engine.

#include "adapters/embedded/behaviour/compile_parts.h"
#include "columnar/session_cutter.h"
#include "model/query_sessions.h"

namespace weir::embedded {

Result<columnar::SessionRules> compile_sessions(const SessionOptions& options,
                                                const QueryCommon& common, const CompileInput& in,
                                                const Calendar& calendar);
columnar::SessionBounds session_bounds(const QueryCommon& common, bool only_range);

}  // namespace weir::embedded
