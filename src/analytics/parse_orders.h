#pragma once
// Orders in questions, and questions that look back from a date.

#include "analytics/parse_fields.h"
#include "model/query_parts.h"

namespace weir::analytics {

/// The object called `key`: event or events (order_paid), filter, value, id, refund. Absent means
/// all defaults. "revenue":"gross" of the question leaves refunds out.
Result<OrderDef> parse_orders(const json::object& query, std::string_view key);

/// parse_common for questions without a range. An as_of that is a bare date is the end of that
/// local day; an absent one is the end of the day `days_back` days before today, of all that is
/// known now. "known_at" says otherwise: what came later is not seen.
Status parse_common_as_of(const json::object& query, const ParseInput& input, int days_back,
                          QueryCommon& out);
/// The same rule for a question with a range; absent stays now.
Result<json::object> with_end_of_as_of(const json::object& query, const ParseInput& input);

/// One to `most` ascending numbers.
Result<std::vector<double>> parse_ascending(const json::value& v, const std::string& where,
                                            size_t most);

}  // namespace weir::analytics
