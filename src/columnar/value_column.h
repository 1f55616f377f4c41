#pragma once
// Reads one value column of a part. One per thread (List and Json keep the block decoded last).

#include "columnar/part.h"

#include <string>

namespace weir::columnar {

class ValueColumn {
 public:
  /// `section` is a Values or RunValues section of `part`; its bytes are read at the first use.
  /// `usual` is the column of the same property per run, or null. Damage is told to `status`. All
  /// of them outlive this.
  ValueColumn(const Part& part, uint32_t section, ValueColumn* usual, Status& status)
      : part_(&part), usual_(usual), status_(&status), section_(section) {
    const SectionRef& ref = part.footer().sections[section];
    type_ = ref.type;
    property_ = ref.property;
  }

  uint32_t property() const { return property_; }
  CellType type() const { return type_; }
  /// Value of the event's row `ordinal`, which lies in run `run`. Missing when it has none, and
  /// after damage.
  Cell read(uint32_t ordinal, uint32_t run) {
    if (refs_ == nullptr && !open()) return {};
    return read_open(ordinal, run);
  }

 private:
  bool open();
  Cell read_open(uint32_t ordinal, uint32_t run);
  Cell value(const BlockRef& ref, const char* values, int width, uint32_t slot) const;
  Cell bytes_value(const BlockRef& ref, const char* values, uint32_t block, uint32_t slot);

  const Part* part_;
  ValueColumn* usual_;
  Status* status_;
  const char* data_ = nullptr;
  const BlockRef* refs_ = nullptr;
  const uint32_t* codes_ = nullptr;  // Text
  uint32_t section_, property_ = 0;
  CellType type_ = CellType::Missing;
  uint32_t bytes_block_ = UINT32_MAX;
  std::string raw_;
};

}  // namespace weir::columnar
