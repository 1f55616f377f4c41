#pragma once
// Turns sorted rows into the bytes of a part.

#include "columnar/part_format.h"
#include "columnar/part_rows.h"

#include <string>
#include <vector>

namespace weir::columnar {

/// One part, written in this order: the rows, then every property column ascending by (property,
/// type), then finish. The same input gives the same bytes.
class PartWriter {
 public:
  /// `rows` are sorted, one run per subject; at least one row.
  explicit PartWriter(const PartRows& rows);
  void add_column(const ColumnRows& column);
  std::string finish();

 private:
  SectionRef& add_section(SectionKind kind, const std::string& bytes);
  void write_runs(const PartRows& rows);
  void write_events(const PartRows& rows);

  std::string out_;
  PartFooter footer_;
  std::vector<uint16_t> local_event_;  // per row
};

}  // namespace weir::columnar
