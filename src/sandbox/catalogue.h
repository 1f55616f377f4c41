#pragma once
// What the demo brand sells. The first five are on promotion (examples/demo/lists/promo_skus.json).

#include <array>
#include <cstdint>
#include <string_view>

namespace weir::sandbox {

struct Product {
  std::string_view sku, title;
  int64_t price_fen;
};
inline constexpr std::array kProducts = {
    Product{"SKU-TEA-01", "明前龙井 100g", 16'800}, Product{"SKU-TEA-02", "茉莉花茶 150g", 8'900},
    Product{"SKU-CUP-03", "手绘盖碗", 12'900},      Product{"SKU-GIFT-04", "春茶礼盒", 39'900},
    Product{"SKU-MUG-05", "随行泡茶杯", 9'900},     Product{"SKU-POT-06", "紫砂壶", 58'000},
    Product{"SKU-MAT-07", "竹制茶盘", 21'500},      Product{"SKU-SET-08", "旅行茶具套装", 26'900},
};

/// The first product when the sku is unknown.
inline const Product& product_of(std::string_view sku) {
  for (const Product& product : kProducts) {
    if (product.sku == sku) return product;
  }
  return kProducts[0];
}

}  // namespace weir::sandbox
