#pragma once
// How many people have each value of each tag, kept as values change: the library page shows it.

#include "base/string_map.h"
#include "tags/values.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weir::tags {

struct Tally {
  uint64_t count = 0;                      // persons who have the tag
  uint64_t given = 0;                      // of them by people or an import
  std::map<std::string, uint64_t> values;  // display text → persons
};

class Tallies {
 public:
  /// What a row shows, of these tags alone or of all, comes or goes.
  void add(const ValuesRow& row, const std::vector<std::string>& codes);
  void take(const ValuesRow& row, const std::vector<std::string>& codes);
  void add(const ValuesRow& row);
  void take(const ValuesRow& row);
  void forget(std::string_view code) { all_.erase(code); }
  const Tally& of(std::string_view code) const;

 private:
  void one(const std::string& code, const ValuesRow::Entry* entry, bool comes);

  StringMap<Tally> all_;
};

}  // namespace weir::tags
