#include "tags/tags.h"

#include <array>

namespace weir::tags {

std::span<const TagTemplate> tag_templates() {
  static constexpr std::array<TagTemplate, 8> kTemplates = {{
      {"rfm_cell",
       "按最近一次购买、次数和金额把一年内的买家分成八格（阈值 30 天、3 单、500 元），退款已扣除。",
       R"json({"name": "RFM 分层", "category": "value", "value_type": "enum",
  "refresh": {"schedule": "0 2 * * *"},
  "rule": {"orders": "rfm", "last": 365, "r": 30, "f": 3, "m": 50000}})json"},
      {"stage", "从未购到流失：按距上次购买 30、90、180 天分段；变化时发出 $stage_changed。",
       R"json({"name": "生命周期", "category": "value", "value_type": "enum",
  "refresh": {"schedule": "0 2 * * *"}, "rule": {"orders": "stage", "days": [30, 90, 180]}})json"},
      {"revived", "沉睡或流失后又来买的客户，保留 30 天。",
       R"json({"name": "回流", "category": "value", "value_type": "bool",
  "refresh": {"schedule": "0 2 * * *"}, "rule": {"orders": "revived", "days": [30, 90, 180]}})json"},
      {"purchase_power", "一年内单均净额在买家中的位置：前两成为高，后两成为低。",
       R"json({"name": "购买力", "category": "value", "value_type": "enum",
  "refresh": {"schedule": "0 2 * * *"}, "rule": {"orders": "average", "last": 365,
    "tiers": {"by": "percentile", "steps": [{"gte": 0.8, "value": "高"}, {"gte": 0.2, "value": "中"}],
      "default": "低"}}})json"},
      {"promo_preference", "一年内用券或优惠下单的比例；不足三单为未知。",
       R"json({"name": "促销偏好", "category": "value", "value_type": "enum",
  "refresh": {"schedule": "0 2 * * *"}, "rule": {"orders": "promo_share", "last": 365,
    "min_count": 3, "tiers": {"steps": [{"gte": 0.7, "value": "强"}, {"gte": 0.3, "value": "中"}],
      "default": "弱", "none": "未知"}}})json"},
      {"promo_depth", "一年内优惠金额占原价的比例。",
       R"json({"name": "优惠深度", "category": "value", "value_type": "number",
  "refresh": {"schedule": "0 2 * * *"}, "rule": {"orders": "promo_depth", "last": 365}})json"},
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
