#pragma once
// How two versions of what operators write differ, field by field.

#include <map>
#include <string>
#include <vector>

namespace weir {

/// One field that differs: its path ("kinds.phone.max"), values as JSON text, "" where there is
/// none.
struct FieldChange {
  std::string field, before, after;
};

/// Of fields by their path; the answer is in that order.
std::vector<FieldChange> changed_fields(const std::map<std::string, std::string>& before,
                                        const std::map<std::string, std::string>& after);

}  // namespace weir
