#include "collect/import/order_group.h"

#include "collect/import/cells.h"
#include "collect/import/item_reader.h"
#include "model/facts.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::collect {
namespace {

constexpr size_t kTextBytesMax = 8 << 10;

const Value& cell_of(const TableRow& row, int column) {
  static const Value kMissing;
  return column < 0 ? kMissing : row.cells[static_cast<size_t>(column)];
}

std::string_view name_of(const TableFile& file, int column) {
  return column < 0 ? std::string_view{}
                    : std::string_view(file.columns()[static_cast<size_t>(column)]);
}

Decimal absolute(Decimal d) {
  return {d.micros < 0 ? -d.micros : d.micros};
}

}  // namespace

void OrderGroup::add(const TableRow& row, const ImportMapping& mapping, const TableFile& file) {
  if (rows_++ == 0) first_row_ = row.number;
  if (text_.size() + row.text.size() < kTextBytesMax) {
    if (!text_.empty()) text_ += '\n';
    text_ += row.text;
  }
  if (refused_) return;
  refused_ = read_line(row, mapping, file);
  if (refused_) refused_->message = fmt::format("row {}: {}", row.number, refused_->message);
}

Verdict OrderGroup::read_line(const TableRow& row, const ImportMapping& mapping,
                              const TableFile& file) {
  if (!row.error.empty()) return refuse(reason::kBadRow, "", row.error);
  if (rows_ == 1) {
    if (auto bad = read_head(row, mapping, file)) return bad;
  }
  bool takes_back = !mapping.refund_prefix.empty() && order_id_.starts_with(mapping.refund_prefix);
  Decimal amount;
  json::object line;
  std::string sku = cell_text(cell_of(row, mapping.word("sku_id")));
  if (!sku.empty()) line["sku_id"] = sku;
  if (auto bad = read_amount(row, mapping, file, takes_back, amount, line)) return bad;
  Side& side = takes_back ? taken_back_ : sold_;
  auto sum = collect::add(side.amount, absolute(amount));
  if (!sum) return refuse(reason::kBadNumber, "", sum.error().message);
  side.amount = *sum;
  if (side.rows++ == 0) side.first_row = row.number;
  if (!sku.empty() && std::ranges::find(side.sku_ids, sku) == side.sku_ids.end())
    side.sku_ids.push_back(sku);
  side.items.push_back(std::move(line));
  return {};
}

// Customer, time and properties are those of the first line.
Verdict OrderGroup::read_head(const TableRow& row, const ImportMapping& mapping,
                              const TableFile& file) {
  int column = mapping.word("time");
  auto time = parse_file_time(cell_text(cell_of(row, column)), mapping.time_zone);
  if (!time) return refuse(reason::kBadTime, name_of(file, column), time.error().message);
  time_ = *time;
  for (const NamedColumn& named : mapping.properties) {
    auto value = cell_value(cell_of(row, named.column), named.type, mapping.time_zone);
    if (!value) return refuse(reason::kBadType, name_of(file, named.column), value.error().message);
    if (!value->is_null()) properties_[named.name] = *std::move(value);
  }
  return read_row_ids(row, mapping, file, ids_);
}

Verdict OrderGroup::read_amount(const TableRow& row, const ImportMapping& mapping,
                                const TableFile& file, bool& takes_back, Decimal& amount,
                                json::object& line) {
  auto number = [&](std::string_view word, Decimal& out) -> Verdict {
    int column = mapping.word(word);
    auto parsed = parse_decimal(cell_text(cell_of(row, column)));
    if (!parsed) return refuse(reason::kBadNumber, name_of(file, column), parsed.error().message);
    out = *parsed;
    return {};
  };
  Decimal quantity{1'000'000}, price;
  if (mapping.word("quantity") >= 0) {
    if (auto bad = number("quantity", quantity)) return bad;
    line["quantity"] = quantity.micros % 1'000'000 == 0
                           ? json::value(absolute(quantity).micros / 1'000'000)
                           : json::value(to_text(absolute(quantity)));
  }
  if (mapping.word("unit_price") >= 0) {
    if (auto bad = number("unit_price", price)) return bad;
    line["unit_price"] = to_text(absolute(price));
  }
  // An order's total wins over a line's, a line's over quantity times price.
  bool has_total = mapping.word("amount") >= 0, has_line = mapping.word("line_amount") >= 0;
  if (has_total || has_line) {
    if (auto bad = number(has_total ? "amount" : "line_amount", amount)) return bad;
    if (has_total && rows_ > 1) amount = {};  // every line repeats it
  } else {
    auto product = multiply(quantity, price);
    if (!product)
      return refuse(reason::kBadNumber, name_of(file, mapping.word("unit_price")),
                    product.error().message);
    amount = *product;
  }
  takes_back = takes_back || quantity.micros < 0 || price.micros < 0 || amount.micros < 0;
  return {};
}

json::object OrderGroup::to_item(const Side& side, std::string_view name, std::string_view prefix,
                                 const ImportMapping& mapping) const {
  json::object properties = properties_;
  properties["order_id"] = order_id_;
  properties["amount_fen"] = to_minor_units(side.amount);
  properties["currency"] = mapping.currency;
  json::object item{{"row", side.first_row},
                    {"rows", side.rows},
                    {"name", name},
                    {"time", time_},
                    {"message_id", fmt::format("{}:{}", prefix, order_id_)}};
  if (!side.sku_ids.empty()) {
    properties["sku_ids"] = json::array(side.sku_ids.begin(), side.sku_ids.end());
    item["json"] = json::object{{"items", json::to_text(side.items)}};
  }
  item["ids"] = ids_;
  item["properties"] = std::move(properties);
  return item;
}

void OrderGroup::finish(const ImportMapping& mapping, std::deque<json::object>& out) {
  if (!refused_ && ids_.empty()) {
    bool money = sold_.amount.micros != 0 || taken_back_.amount.micros != 0;
    if (mapping.guest_scope.empty() || !money) {
      refused_ = refuse(reason::kNoIdentity, "",
                        money ? "the order names no customer"
                              : "neither a customer nor money: a movement of stock");
    } else {
      ids_.push_back(
          json::object{{"kind", "other"}, {"scope", mapping.guest_scope}, {"value", order_id_}});
    }
  }
  if (refused_) {
    out.push_back(refused_item(first_row_, rows_, *refused_, text_));
    return;
  }
  if (sold_.rows > 0) out.push_back(to_item(sold_, facts::kOrderPaid, "order", mapping));
  if (taken_back_.rows > 0)
    out.push_back(to_item(taken_back_, facts::kOrderRefunded, "refund", mapping));
}

}  // namespace weir::collect
