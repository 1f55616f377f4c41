#pragma once
// Turns sorted rows into the bytes of a part.

#include "columnar/part_format.h"
#include "columnar/part_rows.h"

#include <string>
#include <vector>

namespace weir::columnar {

/// One part, written in this order: the rows, then every property ascending by (property, type),
/// then finish. The same input gives the same bytes.
class PartWriter {
 public:
  /// `rows` are sorted, one run per subject; at least one row. Positions are kept on request.
  PartWriter(const PartRows& rows, bool keep_positions);
  void add_property(const PropertyValues& property);
  std::string finish();

 private:
  SectionRef& add_section(SectionKind kind, const std::string& bytes);
  void write_runs(const PartRows& rows);
  void write_events(const PartRows& rows);
  void write_ordinals(const std::vector<uint16_t>& local);
  size_t local_of(uint32_t event) const;
  bool usual_per_run(const PropertyValues& property, std::vector<uint64_t>& usual);

  std::string out_;
  PartFooter footer_;
  std::vector<uint32_t> run_of_row_;
  // Per event (local code): where its rows begin in run_of_ordinal_.
  std::vector<size_t> event_begin_;
  std::vector<uint32_t> run_of_ordinal_;
};

}  // namespace weir::columnar
