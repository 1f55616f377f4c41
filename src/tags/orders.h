#pragma once
// A person's orders, net of refunds, as questions count them (SEMANTICS AT1, RF1): the first event
// with an id is the order, what was given back up to the same instant is taken off, and an order
// that was given back as a whole is none.

#include "model/condition.h"
#include "model/facts.h"

#include <string>
#include <vector>

namespace weir::tags {

/// Which events are orders and which properties say what about them.
struct OrderFields {
  std::string paid{facts::kOrderPaid}, refund{facts::kOrderRefunded};
  std::string value = "amount_fen", id = "order_id";
  std::string discount = "discount_fen";                       // taken off the list price
  std::vector<std::string> promo = {"coupon_id", "promo_id"};  // any of them set: a promotion
};

struct PersonOrder {
  TimeMs time = 0;
  double net = 0;  // never below 0
  double discount = 0;
  bool promo = false;
};

/// Orders with from ≤ time ≤ to, in order of time. An event without id is an order of its own.
std::vector<PersonOrder> orders_of(const OrderFields& fields, const ConditionSubject& subject,
                                   TimeMs from, TimeMs to);

}  // namespace weir::tags
