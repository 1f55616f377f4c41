#include "tags/orders.h"

#include "model/condition_events.h"

#include <algorithm>
#include <unordered_map>

namespace weir::tags {
namespace {

double number_of(const Properties& properties, const std::string& name) {
  const Value* value = find_property(properties, name);
  double number = 0;
  return value != nullptr && as_number(*value, number) ? number : 0;
}

}  // namespace

std::vector<PersonOrder> orders_of(const OrderFields& fields, const ConditionSubject& subject,
                                   TimeMs from, TimeMs to) {
  std::vector<PersonOrder> orders;
  std::vector<double> refunded;                   // as orders
  std::unordered_map<std::string, size_t> by_id;  // index of the order
  std::vector<std::string_view> reads{fields.value, fields.id, fields.discount};
  reads.insert(reads.end(), fields.promo.begin(), fields.promo.end());
  const std::string names[2] = {fields.paid, fields.refund};
  HistoryQuery paid{from, to, std::span(names, 1), reads};
  subject.events(paid, [&](TimeMs time, const Properties& p) {
    const Value* id = find_property(p, fields.id);
    if (id != nullptr && !by_id.try_emplace(equality_key(*id), orders.size()).second) return true;
    bool promo = std::ranges::any_of(
        fields.promo, [&](const std::string& name) { return find_property(p, name) != nullptr; });
    double discount = std::max(0.0, number_of(p, fields.discount));
    orders.push_back({time, number_of(p, fields.value), discount, promo || discount > 0});
    return true;
  });
  refunded.resize(orders.size());
  HistoryQuery back{from, to, std::span(names).subspan(1), reads};
  subject.events(back, [&](TimeMs, const Properties& p) {
    const Value* id = find_property(p, fields.id);
    auto order = id == nullptr ? by_id.end() : by_id.find(equality_key(*id));
    if (order != by_id.end()) refunded[order->second] += number_of(p, fields.value);
    return true;
  });
  size_t kept = 0;
  for (size_t i = 0; i < orders.size(); ++i) {
    if (refunded[i] > 0 && refunded[i] >= orders[i].net) continue;
    orders[i].net = std::max(0.0, orders[i].net - refunded[i]);
    orders[kept++] = orders[i];
  }
  orders.resize(kept);
  return orders;
}

}  // namespace weir::tags
