#pragma once
// Edits of definitions: validated, then appended to the log like everything else. The answer comes
// after the folds have seen it, so that a console that saves and then reads sees what it saved.

#include "api/router.h"
#include "api/services.h"
#include "model/field_changes.h"

namespace weir::api {

/// Appends Definition `name` ("segment/dormant") with `body` (null = delete), audited with `who`,
/// and calls `then` on the fold executor once it is folded, or with the error of the append.
void put_definition(Services& services, const Operator& who, std::string name, json::value body,
                    std::function<void(Status)> then);

struct NamedDefinition {
  std::string name;
  json::value body;  // null = delete
};
/// Appends them together, in this order; `then` once they are durable, not yet folded.
void append_definitions(Services& services, const Operator& who, std::vector<NamedDefinition> batch,
                        std::function<void(Result<Position>)> then);

/// Calls `then` on the fold executor once the record at `position` is folded.
void after_folded(Services& services, Position position, std::function<void()> then);

/// [{"field","before","after"}], values as JSON, null where there is none.
json::array render_changes(const std::vector<FieldChange>& changes);

/// Ids of definitions are 1…64 of a–z A–Z 0–9 _ - and what `extra` adds.
Status check_id(std::string_view id);

/// Writes the audit record before the action (RELIABILITY §3, class A): no audit, no action.
void audit(Services& services, const Operator& who, std::string_view action,
           std::string_view target, std::function<void(Status)> then);

}  // namespace weir::api
