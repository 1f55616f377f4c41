#pragma once
// Tag values by profile, resident as typed values and stored as protobuf rows.

#include "base/time.h"
#include "model/ids.h"
#include "model/value.h"
#include "ports/resident_table.h"

#include <map>
#include <string>
#include <string_view>

namespace weir::tags {

/// The tags of one profile. Has the two calls that ResidentTable asks of a row.
class ValuesRow {
 public:
  struct Entry {
    Value value;
    TimeMs since = 0;
  };
  std::map<std::string, Entry, std::less<>> entries;  // by code

  bool ParseFromArray(const void* data, int size);
  std::string SerializeAsString() const;
};

using ValuesTable = ResidentTable<ValuesRow>;

}  // namespace weir::tags
