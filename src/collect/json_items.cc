#include "collect/json_items.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::collect {
namespace {

using simdjson::dom::element_type;

// The parser's buffers are a dozen times the text. After a rare large body they are given back.
constexpr size_t kBuffersKept = 1 << 20;
// The parser needs up to 30 bytes for each value: "1,1,1,…" of 16 MiB would take 200 MiB.
constexpr size_t kCountedBytes = 1 << 20;
constexpr std::ptrdiff_t kValuesMax = 1'000'000;

Verdict from_error(simdjson::error_code error) {
  switch (error) {
    case simdjson::DEPTH_ERROR:
      return refuse(reason::kTooDeep, "",
                    fmt::format("JSON is nested deeper than {} levels", kDepthMax));
    case simdjson::UTF8_ERROR: return refuse(reason::kBadJson, "", "text is not valid UTF-8");
    case simdjson::NUMBER_ERROR:
      return refuse(reason::kBadNumber, "", "a number is malformed or outside int64 and double");
    case simdjson::STRING_ERROR:
      return refuse(reason::kBadJson, "", "a string has a bad escape or half of a surrogate pair");
    case simdjson::EMPTY: return refuse(reason::kBadJson, "", "the body is empty");
    case simdjson::CAPACITY: return refuse(reason::kTooLarge, "", "the document is too large");
    default: return refuse(reason::kBadJson, "", "text is not valid JSON");
  }
}

// Position after the value that starts at `at`, by brackets and quotes only.
size_t skip_value(std::string_view text, size_t at) {
  int depth = 0;
  bool quoted = false;
  for (; at < text.size(); ++at) {
    char c = text[at];
    if (quoted) {
      if (c == '\\')
        ++at;
      else if (c == '"')
        quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      if (depth == 0) return at;
      --depth;
    } else if (c == ',' && depth == 0) {
      return at;
    }
  }
  return std::string_view::npos;
}

size_t skip_space(std::string_view text, size_t at) {
  return std::min(text.find_first_not_of(" \t\r\n", at), text.size());
}

// Where the wanted array starts ('['), or npos.
size_t find_array(std::string_view text, std::string_view key) {
  size_t at = skip_space(text, 0);
  if (at == text.size()) return std::string_view::npos;
  if (key.empty()) return text[at] == '[' ? at : std::string_view::npos;
  if (text[at] != '{') return std::string_view::npos;
  std::string wanted = fmt::format("\"{}\"", key);
  for (++at; at < text.size(); ++at) {
    at = skip_space(text, at);
    bool found = text.substr(at).starts_with(wanted);
    size_t end = skip_value(text, at);
    if (found) {
      size_t colon = text.find(':', at + wanted.size());
      if (colon == std::string_view::npos) return colon;
      size_t value = skip_space(text, colon + 1);
      return value < text.size() && text[value] == '[' ? value : std::string_view::npos;
    }
    if (end == std::string_view::npos) return end;
    at = end;
  }
  return std::string_view::npos;
}

struct Shape {
  size_t keys = 0;
  size_t bytes = 2;
};

bool has_duplicates(const JsonObject& object, size_t count, std::string_view& which) {
  std::string_view small[16];
  if (count <= 16) {
    size_t n = 0;
    for (auto field : object) {
      for (size_t i = 0; i < n; ++i) {
        if (small[i] == field.key) {
          which = field.key;
          return true;
        }
      }
      small[n++] = field.key;
    }
    return false;
  }
  std::vector<std::string_view> keys;
  keys.reserve(count);
  for (auto field : object) keys.push_back(field.key);
  std::ranges::sort(keys);
  auto twice = std::ranges::adjacent_find(keys);
  if (twice == keys.end()) return false;
  which = *twice;
  return true;
}

Verdict check_keys(const JsonObject& object, Shape& shape) {
  size_t count = object.size();
  shape.keys += count;
  if (shape.keys > kKeysMax) {
    return refuse(reason::kTooManyKeys, "",
                  fmt::format("the item has more than {} keys", kKeysMax));
  }
  std::string_view twice;
  if (!has_duplicates(object, count, twice)) return {};
  return refuse(reason::kDuplicateKey, twice.substr(0, 100), "the key appears twice in one object");
}

Verdict check(Json value, Shape& shape, size_t depth) {
  if (depth > kDepthMax) {
    return refuse(reason::kTooDeep, "",
                  fmt::format("the item is nested deeper than {} levels", kDepthMax));
  }
  switch (value.type()) {
    case element_type::OBJECT: {
      JsonObject object;
      if (value.get_object().get(object)) return {};
      if (auto bad = check_keys(object, shape)) return bad;
      for (auto field : object) {
        shape.bytes += field.key.size() + 4;
        if (auto bad = check(field.value, shape, depth + 1)) return bad;
      }
      shape.bytes += 2;
      return {};
    }
    case element_type::ARRAY: {
      JsonArray array;
      if (value.get_array().get(array)) return {};
      for (Json child : array) {
        shape.bytes += 1;
        if (auto bad = check(child, shape, depth + 1)) return bad;
      }
      shape.bytes += 2;
      return {};
    }
    case element_type::STRING: {
      std::string_view text;
      if (value.get_string().get(text)) return {};
      shape.bytes += text.size() + 2;
      return {};
    }
    default: shape.bytes += 5; return {};
  }
}

}  // namespace

void JsonReader::shrink() {
  if (parser_.capacity() > kBuffersKept) parser_ = simdjson::dom::parser();
}

Verdict JsonReader::read(std::string& text, Json& out) {
  shrink();
  auto starts_value = [](char c) { return c == ',' || c == '[' || c == '{'; };
  if (text.size() > kCountedBytes && std::ranges::count_if(text, starts_value) > kValuesMax) {
    return refuse(reason::kTooLarge, "", "the body holds more than a million values");
  }
  // The batch and its array are two levels above the item.
  if (parser_.capacity() < text.size() || parser_.max_depth() != kDepthMax + 2) {
    if (auto error = parser_.allocate(std::max<size_t>(text.size(), 64 << 10), kDepthMax + 2)) {
      return from_error(error);
    }
  }
  text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
  if (auto error = parser_.parse(text.data(), text.size(), false).get(out))
    return from_error(error);
  return {};
}

Verdict JsonReader::read(std::string_view text, Json& out) {
  copy_.assign(text);
  return read(copy_, out);
}

JsonReader& thread_json_reader() {
  thread_local JsonReader reader;
  return reader;
}

std::vector<std::string_view> split_items(std::string_view text, std::string_view key) {
  std::vector<std::string_view> items;
  size_t at = find_array(text, key);
  if (at == std::string_view::npos) return items;
  for (++at; at < text.size();) {
    at = skip_space(text, at);
    size_t end = skip_value(text, at);
    if (end == std::string_view::npos) return {};  // the array never ends: a truncated body
    size_t last = text.find_last_not_of(" \t\r\n", end - 1);
    if (last != std::string_view::npos && last >= at)
      items.push_back(text.substr(at, last + 1 - at));
    if (text[end] != ',') return items;
    at = end + 1;
  }
  return {};
}

std::string without_items(std::string_view text, std::string_view key) {
  size_t start = find_array(text, key);
  if (start == std::string_view::npos) return std::string(text);
  size_t end = skip_value(text, start);
  if (end == std::string_view::npos) return std::string(text);
  return fmt::format("{}[]{}", text.substr(0, start), text.substr(end));
}

Verdict check_frame(Json document) {
  JsonObject object;
  if (document.get_object().get(object)) return {};
  Shape shape;
  return check_keys(object, shape);
}

Verdict check_shape(Json item, size_t bytes_max) {
  Shape shape;
  if (auto bad = check(item, shape, 1)) return bad;
  // The estimate counts escapes once and numbers as four bytes; near the limit the text decides.
  if (shape.bytes <= bytes_max / 2) return {};
  if (json_text(item).size() <= bytes_max) return {};
  return refuse(reason::kTooLarge, "", fmt::format("the item is larger than {} bytes", bytes_max));
}

std::string json_text(Json value) {
  return simdjson::minify(value);
}

bool find(const JsonObject& object, std::string_view key, Json& out) {
  return object.at_key(key).get(out) == simdjson::SUCCESS;
}

bool find_string(const JsonObject& object, std::string_view key, std::string_view& out) {
  Json value;
  return find(object, key, value) && value.get_string().get(out) == simdjson::SUCCESS;
}

bool find_object(const JsonObject& object, std::string_view key, JsonObject& out) {
  Json value;
  return find(object, key, value) && value.get_object().get(out) == simdjson::SUCCESS;
}

}  // namespace weir::collect
