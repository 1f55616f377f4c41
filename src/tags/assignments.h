#pragma once
// Tag values that people or imports gave, by the identity they were given to (ADR 0009): a person
// has what his or her identities have, so that a merge joins them and a split parts them exactly.

#include "base/time.h"
#include "model/ids.h"
#include "model/value.h"
#include "ports/resident_table.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::tags {

/// In order of precedence (TG6). Stored numbers.
enum class ValueSource : uint8_t { Rule = 0, Import = 1, Manual = 2, Locked = 3 };

/// "rule", "import", "manual", "lock".
std::string_view to_string(ValueSource source);

struct Assignment {
  std::string code;
  ValueSource source = ValueSource::Manual;
  std::optional<Value> value;  // none: taken away, which an older value of another identity is too
  TimeMs at = 0;
};

class AssignmentsRow {
 public:
  std::vector<Assignment> all;  // at most one of a code from people and one from imports

  bool ParseFromArray(const void* data, int size);
  std::string SerializeAsString() const;
};

class Assignments {
 public:
  explicit Assignments(std::string prefix) : rows_(std::move(prefix)) {}

  Status load(const StateStore& store) { return rows_.load(store); }
  void save(WriteBatch& batch) { rows_.save(batch); }

  void put(IdentityOrdinal identity, Assignment assignment);
  void forget(IdentityOrdinal identity) { rows_.erase(ordinal_key(identity.value)); }
  /// The tag is gone: nobody was ever given it.
  void forget(std::string_view code);

  /// What counts of `code` among these identities: of people (Locked before the latest, G10) or of
  /// imports. None when never given, taken away, or given at or before `expired`.
  const Assignment* of_people(std::span<const uint32_t> identities, std::string_view code,
                              TimeMs expired) const;
  const Assignment* of_imports(std::span<const uint32_t> identities, std::string_view code,
                               TimeMs expired) const;

 private:
  const Assignment* latest(std::span<const uint32_t> identities, std::string_view code,
                           bool imports, TimeMs expired) const;

  ResidentTable<AssignmentsRow> rows_;
};

}  // namespace weir::tags
