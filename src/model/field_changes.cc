#include "model/field_changes.h"

#include <set>

namespace weir {

std::vector<FieldChange> changed_fields(const std::map<std::string, std::string>& before,
                                        const std::map<std::string, std::string>& after) {
  std::set<std::string> fields;
  for (const auto& [field, value] : before) fields.insert(field);
  for (const auto& [field, value] : after) fields.insert(field);
  auto value_of = [](const auto& values, const std::string& field) {
    auto it = values.find(field);
    return it == values.end() ? std::string() : it->second;
  };
  std::vector<FieldChange> changes;
  for (const std::string& field : fields) {
    FieldChange change{field, value_of(before, field), value_of(after, field)};
    if (change.before != change.after) changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace weir
