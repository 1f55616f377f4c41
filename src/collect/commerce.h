#pragma once
// Well-known e-commerce events of the Segment specification as Weir's own facts (model/facts.h), so
// that orders mean the same whoever sent them. Our own names pass as they are.

#include "collect/refusal.h"
#include "model/envelope.h"

namespace weir::collect {

/// "Order Completed" → order_paid with order_id, amount_fen, currency, sku_ids, items;
/// "Order Refunded" → order_refunded; "Product Added" → add_to_cart; "Product Removed" →
/// remove_from_cart. Other events are left alone. Refuses an order without id or amount: money that
/// is not known must not be counted as zero.
Verdict map_commerce(Envelope& envelope);

}  // namespace weir::collect
