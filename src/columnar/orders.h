#pragma once
// Orders of a group: amounts with an id, less what was given back (SEMANTICS AT1, RF1).

#include "columnar/cell_value.h"
#include "columnar/day_clock.h"
#include "columnar/selection.h"

#include <absl/container/flat_hash_map.h>

#include <span>
#include <vector>

namespace weir::columnar {

struct OrderSpec {
  EventSelection paid, refunds;             // no refund events: gross
  std::shared_ptr<const Predicate> filter;  // on paid events
  uint32_t value = kNone;                   // a number; missing counts as 0
  uint32_t id = kNone;                      // kNone: every event is an order of its own
  uint32_t refund_value = kNone, refund_id = kNone;
  bool per_day = false;  // orders of one local day are one
};

struct Order {
  int64_t time = 0;
  double net = 0;       // never below 0
  uint32_t hit = 0;     // index among the hits
  bool whole = true;    // made of whole numbers only
  bool voided = false;  // all of it was given back
};

/// Bits of the scan's masks that mean paid events and refunds.
struct OrderBits {
  uint32_t paid, refund;
};

class OrderReader {
 public:
  /// `spec` outlives the reader. The calendar is for per_day.
  OrderReader(const OrderSpec& spec, OrderBits bits, const Calendar& calendar)
      : spec_(spec), bits_(bits), clock_(calendar) {}

  /// In order of time. An id counts once: its first event. Valid until the next call.
  std::span<const Order> read(uint32_t group, std::span<const Hit> hits, RowReader& reader);

 private:
  struct Slot {
    CellValue id;
    double paid = 0, refunded = 0;
    bool has_id = false;
  };

  void read_without_ids(uint32_t group, std::span<const Hit> hits, RowReader& reader);
  void add_paid(uint32_t at, const Hit& hit, RowReader& reader);
  void add_refund(const Hit& hit, RowReader& reader);
  void merge_days();
  /// Index of the order with this id; kNone when there is none.
  uint32_t find(const CellValue& id);

  const OrderSpec& spec_;
  OrderBits bits_;
  DayClock clock_;
  std::vector<Order> orders_;
  std::vector<Slot> slots_;  // as orders_
  std::vector<uint32_t> refunds_;
  absl::flat_hash_map<CellValue, uint32_t> index_;  // of groups with many orders
};

}  // namespace weir::columnar
