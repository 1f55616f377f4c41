#pragma once
// Turns the texts of new rows into codes. Of the writer of the dictionary.

#include "columnar/cell.h"
#include "columnar/dictionary.h"

namespace weir::columnar {

/// Name under which rows are kept once there are too many event names.
inline constexpr std::string_view kOverflowEvent = "$overflow";

class RowCoder {
 public:
  RowCoder(Dictionary& dictionary, uint32_t event_names_max)
      : dictionary_(dictionary), event_names_max_(event_names_max) {}

  uint32_t event(std::string_view name);
  uint32_t property(std::string_view name) { return dictionary_[Family::Property].intern(name); }
  /// Bytes of List and Json are valid until the next call or as long as the new cell.
  Cell cell(const NewCell& from);

 private:
  Dictionary& dictionary_;
  const uint32_t event_names_max_;
  std::string bytes_;
};

}  // namespace weir::columnar
