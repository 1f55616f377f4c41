#include "tags/tags.h"

#include <array>

namespace weir::tags {

// R, F, M and the stages count local days before the run's midnight: "30 days" are 31 dates with
// the day of the last order (RF1, LC1).
std::span<const TagTemplate> tag_templates() {
  static constexpr std::array<TagTemplate, 6> kTemplates = {{
      {"rfm_cell", "按最近一次购买、次数和金额把一年内的买家分成八格（阈值 30 天、3 单、500 元）。",
       R"json({"name": "RFM 分层", "category": "value", "value_type": "enum",
  "refresh": {"schedule": "0 2 * * *"}, "rule": {"layers": [
    {"if": {"and": [{"done": {"event": "order_paid", "window": {"last": 31, "unit": "day"}}},
     {"done": {"event": "order_paid", "op": "gte", "value": 3, "window": {"last": 365, "unit": "day"}}},
     {"done": {"event": "order_paid", "agg": "sum", "prop": "event.amount_fen", "op": "gte", "value": 50000, "window": {"last": 365, "unit": "day"}}}]},
     "value": "111 重要价值"},
    {"if": {"and": [{"done": {"event": "order_paid", "op": "gte", "value": 3, "window": {"last": 365, "unit": "day"}}},
     {"done": {"event": "order_paid", "agg": "sum", "prop": "event.amount_fen", "op": "gte", "value": 50000, "window": {"last": 365, "unit": "day"}}}]},
     "value": "011 重要保持"},
    {"if": {"and": [{"done": {"event": "order_paid", "window": {"last": 31, "unit": "day"}}},
     {"done": {"event": "order_paid", "agg": "sum", "prop": "event.amount_fen", "op": "gte", "value": 50000, "window": {"last": 365, "unit": "day"}}}]},
     "value": "101 重要发展"},
    {"if": {"and": [{"done": {"event": "order_paid", "window": {"last": 31, "unit": "day"}}},
     {"done": {"event": "order_paid", "op": "gte", "value": 3, "window": {"last": 365, "unit": "day"}}}]},
     "value": "110 一般价值"},
    {"if": {"and": [{"done": {"event": "order_paid", "agg": "sum", "prop": "event.amount_fen", "op": "gte", "value": 50000, "window": {"last": 365, "unit": "day"}}}]},
     "value": "001 重要挽留"},
    {"if": {"and": [{"done": {"event": "order_paid", "op": "gte", "value": 3, "window": {"last": 365, "unit": "day"}}}]},
     "value": "010 一般保持"},
    {"if": {"and": [{"done": {"event": "order_paid", "window": {"last": 31, "unit": "day"}}}]},
     "value": "100 一般发展"},
    {"if": {"and": [{"done": {"event": "order_paid", "window": {"last": 365, "unit": "day"}}}]},
     "value": "000 一般挽留"}]}})json"},
      {"stage", "从未购到流失：按距上次购买 30、90、180 天分段。",
       R"json({"name": "生命周期", "category": "value", "value_type": "enum",
  "refresh": {"schedule": "0 2 * * *"}, "rule": {"layers": [
    {"if": {"not_done": {"event": "order_paid", "window": "ever"}}, "value": "未购"},
    {"if": {"and": [{"done": {"event": "order_paid", "op": "eq", "value": 1, "window": "ever"}},
      {"done": {"event": "order_paid", "window": {"last": 31, "unit": "day"}}}]}, "value": "新客"},
    {"if": {"done": {"event": "order_paid", "window": {"last": 31, "unit": "day"}}}, "value": "活跃"},
    {"if": {"done": {"event": "order_paid", "window": {"last": 91, "unit": "day"}}}, "value": "沉默"},
    {"if": {"done": {"event": "order_paid", "window": {"last": 181, "unit": "day"}}}, "value": "沉睡"}], "default": "流失"}})json"},
      {"purchase_power", "一年内单均金额在买家中的位置：前两成为高，后两成为低。",
       R"json({"name": "购买力", "category": "value", "value_type": "enum",
  "refresh": {"schedule": "0 2 * * *"}, "rule": {"agg": "avg", "event": "order_paid",
    "prop": "event.amount_fen", "window": {"last": 365, "unit": "day"},
    "tiers": {"by": "percentile", "steps": [{"gte": 0.8, "value": "高"}, {"gte": 0.2, "value": "中"}],
      "default": "低"}}})json"},
      {"promo_preference", "一年内用券下单的比例；不足三单为未知。",
       R"json({"name": "促销偏好", "category": "value", "value_type": "enum",
  "refresh": {"schedule": "0 2 * * *"}, "rule": {"agg": "share", "event": "order_paid",
    "of": {"prop": "event.coupon_id", "op": "is_set"}, "window": {"last": 365, "unit": "day"},
    "min_count": 3, "tiers": {"steps": [{"gte": 0.7, "value": "强"}, {"gte": 0.3, "value": "中"}],
      "default": "弱", "none": "未知"}}})json"},
      {"activity_level", "近 30 天行为加权、七天减半，按人群位置分高中低。",
       R"json({"name": "活跃度", "category": "behaviour", "value_type": "enum",
  "refresh": {"schedule": "0 2 * * *"}, "rule": {"agg": "heat",
    "weights": {"$pageview": 1, "mp_menu_click": 2, "mp_message": 3, "add_to_cart": 2, "order_paid": 8},
    "half_life_days": 7, "window": {"last": 30, "unit": "day"},
    "tiers": {"by": "percentile", "steps": [{"gte": 0.8, "value": "高"}, {"gte": 0.4, "value": "中"}],
      "default": "低", "none": "无"}}})json"},
      {"favourite_sku", "近 30 天加购最多的商品；并列取最近的。",
       R"json({"name": "偏好商品", "category": "behaviour", "value_type": "enum",
  "refresh": {"schedule": "0 2 * * *"}, "rule": {"agg": "most", "event": "add_to_cart",
    "prop": "event.sku_id", "window": {"last": 30, "unit": "day"}, "min_count": 2}})json"},
  }};
  return kTemplates;
}

}  // namespace weir::tags
