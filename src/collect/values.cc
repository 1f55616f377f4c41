#include "collect/values.h"

#include "base/string_map.h"
#include "model/facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace weir::collect {
namespace {

using simdjson::dom::element_type;

constexpr size_t kNameBytesMax = 200;
constexpr size_t kKeyBytesMax = 255;
constexpr size_t kIdentifierMax = 100;
constexpr size_t kIdBytesMax = 255;
// Longer lists stay JSON text: an envelope's list is bounded so that a damaged count cannot hurt.
constexpr size_t kListItemsMax = 1000;

bool has_control(std::string_view text) {
  return std::ranges::any_of(text,
                             [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; });
}

bool is_identifier(std::string_view key) {
  auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || static_cast<uint8_t>(c) >= 0x80;  // letters of any script
  };
  return std::ranges::all_of(key, good) && !(key[0] >= '0' && key[0] <= '9');
}

std::string path(std::string_view where, std::string_view key) {
  return where.empty() ? std::string(key.substr(0, kIdentifierMax))
                       : fmt::format("{}.{}", where, key.substr(0, kIdentifierMax));
}

// A list of strings as such; false when it holds anything else or is too long.
bool read_string_list(const JsonArray& array, StringList& list) {
  if (array.size() > kListItemsMax) return false;
  list.reserve(array.size());
  for (Json item : array) {
    std::string_view text;
    if (item.get_string().get(text)) return false;
    list.emplace_back(text);
  }
  return true;
}

Verdict read_number(Json json, std::string_view where, Value& out) {
  if (int64_t whole; !json.get_int64().get(whole)) {
    out = whole;
    return {};
  }
  double real = 0;
  if (json.type() == element_type::DOUBLE && !json.get_double().get(real) && std::isfinite(real)) {
    out = real;
    return {};
  }
  return refuse(reason::kBadNumber, where, "the number does not fit int64; send it as a string");
}

}  // namespace

std::string_view cut_utf8(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  while (bytes_max > 0 && (static_cast<uint8_t>(text[bytes_max]) & 0xc0) == 0x80) --bytes_max;
  return text.substr(0, bytes_max);
}

Verdict check_event_name(std::string_view name, std::string_view field) {
  if (name.empty()) return refuse(reason::kMissing, field, "the event has no name");
  if (name.size() > kNameBytesMax) {
    return refuse(reason::kBadName, field,
                  fmt::format("event names have at most {} bytes", kNameBytesMax));
  }
  if (has_control(name))
    return refuse(reason::kBadName, field, "the event name holds control characters");
  // What the folds conclude is never believed from outside: a forged entry would start journeys.
  static const StringSet kOurs = {
      std::string(facts::kProfilesMerged),   std::string(facts::kTagChanged),
      std::string(facts::kSegmentEntered),   std::string(facts::kSegmentLeft),
      std::string(facts::kJourneyEntered),   std::string(facts::kJourneyExited),
      std::string(facts::kMessageSent),      std::string(facts::kMessageFailed),
      std::string(facts::kMessageSuppressed)};
  if (name[0] == '$' && kOurs.contains(name)) {
    return refuse(reason::kReservedName, field, "only Weir itself writes events of this name");
  }
  return {};
}

Verdict check_key(std::string_view key, std::string_view where, const ValueRules& rules) {
  if (key.empty()) return refuse(reason::kBadName, where, "a key is empty");
  if (rules.identifier_keys && (key.size() > kIdentifierMax || !is_identifier(key))) {
    return refuse(reason::kBadName, path(where, key),
                  "keys are letters, digits, _ and $, at most 100, not starting with a digit");
  }
  if (key.size() > kKeyBytesMax) {
    return refuse(reason::kBadName, path(where, key),
                  fmt::format("keys have at most {} bytes", kKeyBytesMax));
  }
  if (has_control(key)) return refuse(reason::kBadName, where, "a key holds control characters");
  return {};
}

Verdict read_value(Json json, std::string_view where, const ValueRules& rules, ReadCounts& counts,
                   Value& out) {
  switch (json.type()) {
    case element_type::NULL_VALUE: out = std::monostate{}; return {};
    case element_type::BOOL: {
      bool flag = false;
      if (!json.get_bool().get(flag)) out = flag;
      return {};
    }
    case element_type::INT64:
    case element_type::UINT64:
    case element_type::DOUBLE: return read_number(json, where, out);
    case element_type::STRING: {
      std::string_view text;
      if (json.get_string().get(text)) return {};
      std::string_view kept = cut_utf8(text, rules.string_bytes_max);
      if (kept.size() < text.size()) ++counts.strings_cut;
      out.emplace<std::string>(kept);
      return {};
    }
    case element_type::ARRAY: {
      JsonArray array;
      StringList list;
      if (!json.get_array().get(array) && array.size() > 0 && read_string_list(array, list)) {
        out = std::move(list);
        return {};
      }
      out = JsonText{json_text(json)};
      return {};
    }
    case element_type::OBJECT: out = JsonText{json_text(json)}; return {};
  }
  return {};
}

Verdict read_properties(const JsonObject& object, std::string_view where, const ValueRules& rules,
                        ReadCounts& counts, Properties& out,
                        const std::function<bool(std::string_view)>& skip) {
  for (auto [key, json] : object) {
    if (skip && skip(key)) continue;
    if (auto bad = check_key(key, where, rules)) return bad;
    if (json.is_null()) continue;
    Property& property = out.emplace_back();
    property.name = key;
    if (auto bad = read_value(json, {}, rules, counts, property.value)) {
      bad->field = path(where, key);
      return bad;
    }
  }
  return {};
}

Verdict read_traits(const JsonObject& object, TraitOp op, std::string_view where,
                    const ValueRules& rules, ReadCounts& counts, std::vector<TraitChange>& out) {
  for (auto [key, json] : object) {
    if (auto bad = check_key(key, where, rules)) return bad;
    if (json.is_null() && op != TraitOp::Set) continue;
    TraitChange& change = out.emplace_back();
    change.name = key;
    change.op = json.is_null() ? TraitOp::Unset : op;
    if (auto bad = read_value(json, {}, rules, counts, change.value)) {
      bad->field = path(where, key);
      return bad;
    }
    double number = 0;
    if (op == TraitOp::Increment && !as_number(change.value, number)) {
      return refuse(reason::kBadType, path(where, key), "only numbers can be incremented");
    }
  }
  return {};
}

bool id_text(Json json, std::string& out) {
  std::string_view text;
  int64_t whole = 0;
  if (!json.get_string().get(text)) {
    out = text;
  } else if (!json.get_int64().get(whole)) {
    out = fmt::format("{}", whole);
  } else if (json.type() == element_type::DOUBLE) {
    out = json_text(json);
  } else {
    return false;
  }
  return !out.empty() && out.size() <= kIdBytesMax && !has_control(out);
}

Verdict read_time(Json json, std::string_view field, TimeMs& out) {
  constexpr double kSecondsMin = 1e8, kSecondsMax = 1e11;
  constexpr double kMillisMax = 4e12;  // the year 2096
  std::string_view text;
  if (!json.get_string().get(text)) {
    auto time = parse_time(text);
    if (!time) return refuse(reason::kBadTime, field, "the time is not ISO 8601");
    out = *time;
    return {};
  }
  double number = 0;
  if (json.get_double().get(number)) {
    return refuse(reason::kBadTime, field, "the time is neither text nor a number");
  }
  if (number > kSecondsMin && number < kSecondsMax) number *= 1000;
  if (!(number > 0 && number < kMillisMax)) {
    return refuse(reason::kBadTime, field, "the time is not epoch milliseconds");
  }
  out = static_cast<TimeMs>(number);
  return {};
}

}  // namespace weir::collect
