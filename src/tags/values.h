#pragma once
// Tag values by profile, packed in memory, stored as protobuf rows.

#include "base/time.h"
#include "model/ids.h"
#include "model/value.h"
#include "ports/packed_table.h"
#include "tags/assignments.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weir::tags {

/// The tags of one profile. Has the two calls that PackedTable asks of a row.
class ValuesRow {
 public:
  struct Entry {
    Value value;
    TimeMs since = 0;
    ValueSource source = ValueSource::Rule;
    bool hidden = false;  // another tag of its exclusive group holds
  };
  std::map<std::string, Entry, std::less<>> entries;  // by code
  std::vector<uint32_t> given;  // identities of the person that were ever given a tag, ascending

  /// Null when the person does not have the tag, or another of its group.
  const Entry* shown(std::string_view code) const {
    auto it = entries.find(code);
    return it == entries.end() || it->second.hidden ? nullptr : &it->second;
  }

  bool ParseFromArray(const void* data, int size);
  std::string SerializeAsString() const;
};

using ValuesTable = PackedTable<ValuesRow>;

}  // namespace weir::tags
