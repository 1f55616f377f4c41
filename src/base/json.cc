#include "base/json.h"

#include <fmt/format.h>

namespace weir::json {
namespace {

std::string path(std::string_view where, std::string_view key) {
  return where.empty() ? std::string(key) : fmt::format("{}.{}", where, key);
}

std::unexpected<Error> wrong(std::string_view where, std::string_view key, std::string_view what,
                             const value* found) {
  std::string field = path(where, key);
  std::string got = "missing";
  if (found != nullptr) got = std::string(boost::json::to_string(found->kind()));
  return fail(ErrorCode::InvalidArgument,
              fmt::format("\"{}\" must be {}; it is {}", field, what, got), field);
}

}  // namespace

Result<value> parse(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = 32;
  boost::json::error_code error;
  boost::json::stream_parser parser({}, options);
  size_t used = parser.write_some(text.data(), text.size(), error);
  if (!error && used < text.size()) {
    size_t rest = text.find_first_not_of(" \t\r\n", used);
    if (rest != std::string_view::npos) {
      return fail(ErrorCode::InvalidArgument, fmt::format("JSON: extra text at byte {}", rest));
    }
  }
  if (!error) parser.finish(error);
  if (error) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("JSON is not valid near byte {}: {}", used, error.message()));
  }
  return parser.release();
}

std::string to_text(const value& v) {
  return boost::json::serialize(v);
}

const value* find(const object& o, std::string_view key) {
  return o.if_contains(key);
}

Result<std::string> required_string(const object& o, std::string_view key, std::string_view where) {
  const value* v = find(o, key);
  if (v == nullptr || !v->is_string()) return wrong(where, key, "a string", v);
  return std::string(view(v->get_string()));
}

std::string optional_string(const object& o, std::string_view key, std::string_view fallback) {
  const value* v = find(o, key);
  return std::string(v != nullptr && v->is_string() ? view(v->get_string()) : fallback);
}

Result<int64_t> required_int(const object& o, std::string_view key, std::string_view where) {
  const value* v = find(o, key);
  if (v == nullptr) return wrong(where, key, "an integer", v);
  if (v->is_int64()) return v->get_int64();
  if (v->is_uint64() && v->get_uint64() <= INT64_MAX) return static_cast<int64_t>(v->get_uint64());
  return wrong(where, key, "an integer", v);
}

int64_t optional_int(const object& o, std::string_view key, int64_t fallback) {
  auto v = required_int(o, key);
  return v ? *v : fallback;
}

bool optional_bool(const object& o, std::string_view key, bool fallback) {
  const value* v = find(o, key);
  return v != nullptr && v->is_bool() ? v->get_bool() : fallback;
}

Result<const object*> required_object(const object& o, std::string_view key,
                                      std::string_view where) {
  const value* v = find(o, key);
  if (v == nullptr || !v->is_object()) return wrong(where, key, "an object", v);
  return &v->get_object();
}

Result<const array*> required_array(const object& o, std::string_view key, std::string_view where) {
  const value* v = find(o, key);
  if (v == nullptr || !v->is_array()) return wrong(where, key, "an array", v);
  return &v->get_array();
}

Result<const object*> as_object(const value& v, std::string_view where) {
  if (!v.is_object()) return wrong({}, where, "an object", &v);
  return &v.get_object();
}

std::string_view view(const boost::json::string& s) {
  return {s.data(), s.size()};
}

}  // namespace weir::json
