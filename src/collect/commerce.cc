#include "collect/commerce.h"

#include "base/json.h"
#include "collect/decimal.h"
#include "model/facts.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::collect {
namespace {

// Clients send money as JSON numbers or text. The shortest text of a double is the decimal the
// client wrote, as long as it has at most 15 digits, which money has.
Result<Decimal> money(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return parse_decimal(*text);
  if (const auto* whole = std::get_if<int64_t>(&value))
    return parse_decimal(fmt::format("{}", *whole));
  if (const auto* real = std::get_if<double>(&value))
    return parse_decimal(fmt::format("{}", *real));
  return fail(ErrorCode::InvalidArgument, "not a number");
}

void rename(Properties& properties, std::string_view from, std::string_view to) {
  if (find_property(properties, to) != nullptr) return;
  for (Property& p : properties) {
    if (p.name == from) p.name = to;
  }
}

void erase_property(Properties& properties, std::string_view name) {
  std::erase_if(properties, [&](const Property& p) { return p.name == name; });
}

std::string sku_of(const json::object& product) {
  for (std::string_view key : {"sku", "sku_id", "product_id", "variant"}) {
    const json::value* v = json::find(product, key);
    if (v == nullptr) continue;
    if (v->is_string() && !v->get_string().empty()) return std::string(json::view(v->get_string()));
    if (v->is_int64()) return fmt::format("{}", v->get_int64());
  }
  return {};
}

// One line of an order. `title` instead of `name`: a field called name is taken for a person's.
json::object order_item(const json::object& product, const std::string& sku) {
  json::object item;
  item["sku_id"] = sku;
  if (const json::value* quantity = json::find(product, "quantity")) item["quantity"] = *quantity;
  if (const json::value* price = json::find(product, "price")) item["unit_price"] = *price;
  std::string title = json::optional_string(product, "name");
  if (!title.empty()) item["title"] = title;
  return item;
}

void map_products(Properties& properties) {
  const Value* products = find_property(properties, "products");
  const auto* text = products == nullptr ? nullptr : std::get_if<JsonText>(products);
  if (text == nullptr) return;
  auto parsed = json::parse(text->text);
  if (!parsed || !parsed->is_array()) return;
  StringList skus;
  json::array items;
  for (const json::value& product : parsed->get_array()) {
    if (!product.is_object()) continue;
    std::string sku = sku_of(product.get_object());
    if (!sku.empty() && std::ranges::find(skus, sku) == skus.end()) skus.push_back(sku);
    items.push_back(order_item(product.get_object(), sku));
  }
  erase_property(properties, "products");
  if (find_property(properties, "sku_ids") == nullptr)
    set_property(properties, "sku_ids", std::move(skus));
  set_property(properties, "items", JsonText{json::to_text(items)});
}

Verdict map_order(Envelope& e, std::string_view fact) {
  const Value* id = find_property(e.properties, "order_id");
  if (id == nullptr || display_text(*id).empty()) {
    return refuse(reason::kMissing, "properties.order_id", "an order needs an order_id");
  }
  set_property(e.properties, "order_id", display_text(*id));
  if (find_property(e.properties, "amount_fen") == nullptr) {
    const Value* amount = nullptr;
    std::string_view field;
    for (std::string_view name : {"total", "revenue", "value"}) {
      if (amount == nullptr) amount = find_property(e.properties, field = name);
    }
    if (amount == nullptr) {
      return refuse(reason::kMissing, "properties.total", "an order needs total or revenue");
    }
    auto exact = money(*amount);
    if (!exact)
      return refuse(reason::kBadNumber, fmt::format("properties.{}", field), exact.error().message);
    set_property(e.properties, "amount_fen", to_minor_units(*exact));
  }
  if (find_property(e.properties, "currency") == nullptr) {
    set_property(e.properties, "currency", std::string("CNY"));
  }
  map_products(e.properties);
  e.name = fact;
  return {};
}

}  // namespace

Verdict map_commerce(Envelope& e) {
  if (e.name == "Order Completed") return map_order(e, facts::kOrderPaid);
  if (e.name == "Order Refunded") return map_order(e, facts::kOrderRefunded);
  if (e.name == "Product Added" || e.name == "Product Removed") {
    e.name = e.name == "Product Added" ? facts::kAddToCart : facts::kRemoveFromCart;
    rename(e.properties, "sku", "sku_id");
    rename(e.properties, "product_id", "sku_id");
    rename(e.properties, "name", "title");
  }
  return {};
}

}  // namespace weir::collect
