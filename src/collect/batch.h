#pragma once
// The items of one request, one by one: a bad one goes to quarantine and the others are taken.

#include "collect/protocol.h"

#include <functional>

namespace weir::collect {

struct BatchLimits {
  size_t item_bytes_max = 32 << 10;
  size_t items_max = 10'000;  // each may become a record of the quarantine
};

using ReadItem = std::function<Verdict(Json, const ItemContext&, ReadCounts&, Envelope&)>;

/// Reads `item` with `read` under the common bounds and the clock rules (G8); adds it to
/// `intake.accepted` or `intake.refused`.
void take_item(const ReadItem& read, Json item, const ItemContext& context,
               const BatchLimits& limits, Intake& intake);

/// Refuses a request of too many items as a whole.
Verdict check_count(size_t items, const BatchLimits& limits);

/// All items of `items`, whose count was checked.
void take_items(const ReadItem& read, const JsonArray& items, const ItemContext& context,
                const BatchLimits& limits, Intake& intake);

/// For a body that is not valid JSON as a whole: items found by brackets are parsed one by one.
/// Returns false when there is no such array or it is too long, and nothing was taken.
bool take_split_items(const ReadItem& read, std::string_view text, std::string_view key,
                      const ItemContext& context, const BatchLimits& limits, Intake& intake);

/// For a message id: the sender's own when it has one, else 32 hex digits of what was sent and the
/// minute it came, so that an immediate retry is recognised.
std::string message_id_or_hash(std::string_view given, Json item, TimeMs received_time);

}  // namespace weir::collect
