#include "columnar/orders.h"

#include <algorithm>

namespace weir::columnar {
namespace {

constexpr size_t kSearchMax = 16;  // orders that are looked through; more are indexed

bool passes(const std::shared_ptr<const Predicate>& predicate, const Hit& hit, uint32_t group,
            RowReader& reader) {
  return predicate == nullptr || predicate->matches(hit, group, reader);
}

}  // namespace

std::span<const Order> OrderReader::read(uint32_t group, std::span<const Hit> hits,
                                         RowReader& reader) {
  orders_.clear();
  if (spec_.id == kNone) {
    read_without_ids(group, hits, reader);
    if (spec_.per_day) merge_days();
    return orders_;
  }
  slots_.clear();
  refunds_.clear();
  if (!index_.empty()) index_.clear();
  for (uint32_t i = 0; i < hits.size(); ++i) {
    const Hit& hit = hits[i];
    if ((hit.mask & bits_.refund) != 0 && passes(spec_.refunds.predicate, hit, group, reader))
      refunds_.push_back(i);
    if ((hit.mask & bits_.paid) != 0 && passes(spec_.filter, hit, group, reader) &&
        passes(spec_.paid.predicate, hit, group, reader))
      add_paid(i, hit, reader);
  }
  // Refunds after all orders: clocks differ, so one may seem to come before its order.
  for (uint32_t i : refunds_) add_refund(hits[i], reader);
  for (size_t i = 0; i < orders_.size(); ++i) {
    const Slot& slot = slots_[i];
    orders_[i].net = std::max(0.0, slot.paid - slot.refunded);
    orders_[i].voided = slot.refunded > 0 && slot.refunded >= slot.paid;
  }
  if (spec_.per_day) merge_days();
  return orders_;
}

/// Every paid event is an order, and a refund belongs to none.
void OrderReader::read_without_ids(uint32_t group, std::span<const Hit> hits, RowReader& reader) {
  for (uint32_t i = 0; i < hits.size(); ++i) {
    const Hit& hit = hits[i];
    if ((hit.mask & bits_.paid) == 0 || !passes(spec_.filter, hit, group, reader) ||
        !passes(spec_.paid.predicate, hit, group, reader))
      continue;
    Order& order = orders_.emplace_back();
    order.time = hit.time;
    order.hit = i;
    if (spec_.value == kNone) continue;
    Cell value = reader.cell(hit, spec_.value);
    if (value.number(order.net)) order.whole = value.type == CellType::Int;
    order.net = std::max(0.0, order.net);
  }
}

void OrderReader::add_paid(uint32_t at, const Hit& hit, RowReader& reader) {
  Slot slot;
  Cell id = reader.cell(hit, spec_.id);
  slot.has_id = !id.missing();
  if (slot.has_id) {
    slot.id = value_of(id);
    if (find(slot.id) != kNone) return;
  }
  Order order;
  order.time = hit.time;
  order.hit = at;
  if (spec_.value != kNone) {
    Cell value = reader.cell(hit, spec_.value);
    if (value.number(slot.paid)) order.whole = value.type == CellType::Int;
  }
  orders_.push_back(order);
  slots_.push_back(slot);
  if (slot.has_id && slots_.size() > kSearchMax) {
    if (index_.empty()) {
      for (uint32_t i = 0; i + 1 < slots_.size(); ++i) {
        if (slots_[i].has_id) index_.emplace(slots_[i].id, i);
      }
    }
    index_.emplace(slot.id, static_cast<uint32_t>(slots_.size() - 1));
  }
}

void OrderReader::add_refund(const Hit& hit, RowReader& reader) {
  if (spec_.refund_id == kNone || spec_.refund_value == kNone) return;
  Cell id = reader.cell(hit, spec_.refund_id);
  if (id.missing()) return;
  uint32_t at = find(value_of(id));
  if (at == kNone) return;
  Cell value = reader.cell(hit, spec_.refund_value);
  double amount = 0;
  if (!value.number(amount)) return;
  slots_[at].refunded += amount;
  orders_[at].whole &= value.type == CellType::Int;
}

uint32_t OrderReader::find(const CellValue& id) {
  if (!index_.empty()) {
    auto it = index_.find(id);
    return it == index_.end() ? kNone : it->second;
  }
  for (uint32_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].has_id && slots_[i].id == id) return i;
  }
  return kNone;
}

void OrderReader::merge_days() {
  // Voided orders do not make a day void.
  size_t kept = 0;
  for (size_t i = 0; i < orders_.size(); ++i) {
    if (kept > 0 && clock_.day(orders_[kept - 1].time) == clock_.day(orders_[i].time)) {
      Order& day = orders_[kept - 1];
      if (day.voided && !orders_[i].voided) {
        day.time = orders_[i].time;
        day.hit = orders_[i].hit;
      }
      day.net += orders_[i].net;
      day.whole &= orders_[i].whole;
      day.voided &= orders_[i].voided;
    } else {
      orders_[kept++] = orders_[i];
    }
  }
  orders_.resize(kept);
}

}  // namespace weir::columnar
