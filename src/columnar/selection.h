#pragma once
// What questions have in common: which events they mean, and by what they break answers down.

#include "columnar/scan.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::columnar {

/// A condition on one event. Immutable; used by several threads at once.
class Predicate {
 public:
  virtual ~Predicate() = default;
  virtual bool matches(const Hit& hit, uint32_t group, RowReader& reader) const = 0;
};

/// A set of events: names (dictionary codes), and a condition (null = none).
struct EventSelection {
  std::vector<uint32_t> events;
  std::shared_ptr<const Predicate> predicate;
};

/// One part of a breakdown key (SEMANTICS calls it so; here it is any text of an event or a group).
struct KeyDef {
  uint32_t property = kNone;  // of the event
  /// Of the group instead, when set; nullopt = it has none.
  std::function<std::optional<std::string>(uint32_t group)> of_group;
  std::vector<double> bins;  // lower bounds, ascending: numbers become ranges
};

/// Text of a cell as a key; nullopt when missing. With bins, only numbers have one.
std::optional<std::string> key_text(const Cell& cell, const std::vector<double>& bins,
                                    const Dictionary& dictionary);
std::string bin_text(double value, const std::vector<double>& bins);
std::string number_text(double value);

/// The masks of a scan that puts bit i on the events of selection i; at most 32 selections.
std::vector<uint32_t> event_masks(const std::vector<const EventSelection*>& selections);

}  // namespace weir::columnar
