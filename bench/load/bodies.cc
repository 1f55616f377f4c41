#include "bench/load/bodies.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

namespace weir::bench {
namespace {

constexpr std::string_view kHole = "############";  // the digits of a message id

struct Product {
  const char *sku, *title;
  int price_fen;
};
// The demo brand's; the first five are on its promotion list, which its journey listens to.
constexpr std::array kProducts = {
    Product{"SKU-TEA-01", "明前龙井 100g", 16800}, Product{"SKU-TEA-02", "茉莉花茶 150g", 8900},
    Product{"SKU-CUP-03", "手绘盖碗", 12900},      Product{"SKU-GIFT-04", "春茶礼盒", 39900},
    Product{"SKU-MUG-05", "随行泡茶杯", 9900},     Product{"SKU-POT-06", "紫砂壶", 58000},
    Product{"SKU-MAT-07", "竹制茶盘", 21500},      Product{"SKU-SET-08", "旅行茶具套装", 26900},
};

class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}
  uint64_t next() {  // splitmix64
    uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  uint32_t below(uint32_t n) { return static_cast<uint32_t>(next() % n); }

 private:
  uint64_t state_;
};

std::string time_text(int64_t time_ms) {
  std::time_t seconds = time_ms / 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds), time_ms % 1000);
}

std::string properties(std::string_view event, const Product& product, Dice& dice) {
  if (event == "order_paid") {
    return fmt::format(
        R"("order_id":"SO{}","currency":"CNY","amount_fen":{},"sku_ids":["{}"],"items":[{{"sku_id":"{}",)"
        R"("quantity":1,"price_fen":{}}}])",
        kHole, product.price_fen, product.sku, product.sku, product.price_fen);
  }
  return fmt::format(
      R"("platform":"miniprogram","sku_id":"{}","title":"{}","price_fen":{},"quantity":1,)"
      R"("store_id":"store_{:04}","page":"/pages/product/index")",
      product.sku, product.title, product.price_fen, dice.below(500));
}

std::string one_event(const BodyOptions& options, const std::string& time, Dice& dice) {
  double what = dice.unit();
  const char* event = what < 0.62   ? "view_item"
                      : what < 0.80 ? "mp_launch"
                      : what < 0.88 ? "search"
                      : what < 0.97 ? "add_to_cart"
                                    : "order_paid";
  // Squared: a tenth of the people make a third of the events.
  double rank = dice.unit();
  auto person = static_cast<uint32_t>(rank * rank * options.people);
  const Product& product = kProducts[dice.below(kProducts.size())];
  // Two of three people have logged in.
  std::string who = fmt::format(R"("anonymousId":"o6_bmjrPTlm6_2sgVt7hMZOP{:08}")", person);
  if (person % 3 != 0) who += fmt::format(R"(,"userId":"member-{:08}")", person);
  return fmt::format(
      R"({{"type":"track","event":"{}","messageId":"bench-load-7d2b4ef2-{}",{},"timestamp":"{}",)"
      R"("properties":{{{}}},"context":{{"library":{{"name":"mini-program-sdk","version":"1.22.7"}},)"
      R"("campaign":{{"source":"moments_ad","medium":"cpc","name":"spring_{}"}}}}}})",
      event, kHole, who, time, properties(event, product, dice), dice.below(40));
}

}  // namespace

PreparedRequest::PreparedRequest(const Address& address, const BodyOptions& options,
                                 uint64_t number) {
  Dice dice(options.seed * 1'000'003 + number);
  std::string time = time_text(options.time_ms), items;
  for (int i = 0; i < kBatchEvents; ++i) {
    if (i > 0) items += ',';
    items += one_event(options, time, dice);
  }
  text_ = post_text(address, "/v1/batch",
                    fmt::format(R"({{"writeKey":"{}","sentAt":"{}","batch":[{}]}})",
                                options.write_key, time, items));
  for (size_t at = 0; (at = text_.find(kHole, at)) != std::string::npos; at += kHole.size()) {
    holes_.push_back(at);
  }
}

void PreparedRequest::stamp(uint64_t first) {
  // An order's number is in the same event as its message id, just after it: both get the same
  // digits.
  for (size_t at : holes_) {
    bool is_order = text_[at - 1] == 'O';
    uint64_t number = is_order ? first - 1 : first++;
    for (size_t d = kHole.size(); d-- > 0; number /= 10) {
      text_[at + d] = static_cast<char>('0' + number % 10);
    }
  }
}

}  // namespace weir::bench
