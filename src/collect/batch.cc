#include "collect/batch.h"

#include "base/hash.h"
#include "collect/trait_check.h"
#include "model/clock_rules.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::collect {
namespace {

constexpr size_t kMessageIdBytesMax = 128;

Verdict read_one(const ReadItem& read, Json item, const ItemContext& context,
                 const BatchLimits& limits, ReadCounts& counts, Envelope& out) {
  if (!item.is_object()) return refuse(reason::kBadType, "", "an item must be a JSON object");
  if (auto bad = check_shape(item, limits.item_bytes_max)) return bad;
  out.source = context.source.name;
  out.trust = context.source.trust;
  out.sent_time = context.sent_time;
  out.historical = context.historical;
  if (auto bad = read(item, context, counts, out)) return bad;
  if (context.source.traits != nullptr) {
    if (auto bad = check_traits(out, *context.source.traits)) return bad;
  }
  if (auto timely = apply_clock_rules(out, context.received_time); !timely) {
    return refuse(reason::kTooOld, timely.error().field, timely.error().message);
  }
  return {};
}

}  // namespace

void take_item(const ReadItem& read, Json item, const ItemContext& context,
               const BatchLimits& limits, Intake& intake) {
  Envelope& envelope = intake.accepted.emplace_back();
  Verdict bad = read_one(read, item, context, limits, intake.counts, envelope);
  if (!bad) return;
  intake.accepted.pop_back();
  bad->payload = json_text(item);
  intake.refused.push_back(*std::move(bad));
}

Verdict check_count(size_t items, const BatchLimits& limits) {
  if (items <= limits.items_max) return {};
  return refuse(
      reason::kTooLarge, "",
      fmt::format("the request has {} items; at most {} are taken", items, limits.items_max));
}

void take_items(const ReadItem& read, const JsonArray& items, const ItemContext& context,
                const BatchLimits& limits, Intake& intake) {
  intake.accepted.reserve(items.size());
  for (Json item : items) take_item(read, item, context, limits, intake);
}

bool take_split_items(const ReadItem& read, std::string_view text, std::string_view key,
                      const ItemContext& context, const BatchLimits& limits, Intake& intake) {
  std::vector<std::string_view> items = split_items(text, key);
  if (items.empty() || check_count(items.size(), limits)) return false;
  for (std::string_view raw : items) {
    Json item;
    Verdict bad = thread_json_reader().read(raw, item);
    if (!bad) {
      take_item(read, item, context, limits, intake);
    } else {
      bad->payload = raw;
      intake.refused.push_back(*std::move(bad));
    }
  }
  return true;
}

std::string message_id_or_hash(std::string_view given, Json item, TimeMs received_time) {
  if (given.size() > kMessageIdBytesMax) return to_hex(hash128(given));
  if (!given.empty()) return std::string(given);
  return to_hex(hash128(fmt::format("{}:{}", received_time / kMinuteMs, json_text(item))));
}

}  // namespace weir::collect
