#pragma once
// Pieces that several questions are made of.

#include "model/event_set.h"
#include "model/query.h"

namespace weir {

/// What an order is (AT1, RF1): the first event with its id; its worth is `value` less what refunds
/// with the same id gave back up to as_of, never below nothing. An event without id is an order of
/// its own.
struct OrderDef {
  EventSet paid, refund;                   // no refund events = gross
  std::string value = "event.amount_fen";  // a number; missing counts as 0
  std::string id = "event.order_id";       // empty = every event is an order
  std::string refund_value = "event.amount_fen";
  std::string refund_id = "event.order_id";
};

}  // namespace weir
