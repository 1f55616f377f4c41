#include "base/json.h"

#include <fmt/format.h>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>

#include <algorithm>
#include <vector>

namespace weir::json {
namespace {

constexpr size_t kDepthMax = 32;
constexpr size_t kKeysMax = 512;

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

/// Receives what the parser reads and builds the document, as the library's own handler does, but
/// remembers the keys of every open object.
class Builder {
 public:
  static constexpr size_t max_object_size = kKeysMax;
  static constexpr size_t max_array_size = SIZE_MAX;
  static constexpr size_t max_key_size = SIZE_MAX;
  static constexpr size_t max_string_size = SIZE_MAX;

  using Text = boost::json::string_view;
  using Code = boost::json::error_code;

  boost::json::value_stack stack;
  std::string twice;  // the key that ended the parse

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code&) {
    objects_.push_back(keys_.size());
    return true;
  }
  bool on_object_end(size_t size, Code& code) {
    auto first = keys_.begin() + static_cast<std::ptrdiff_t>(objects_.back());
    objects_.pop_back();
    std::sort(first, keys_.end());
    if (auto same = std::adjacent_find(first, keys_.end()); same != keys_.end()) {
      twice = same->empty() ? "(empty)" : *same;
      code = boost::json::error::syntax;
      return false;
    }
    keys_.erase(first, keys_.end());
    stack.push_object(size);
    return true;
  }
  bool on_array_begin(Code&) { return true; }
  bool on_array_end(size_t size, Code&) {
    stack.push_array(size);
    return true;
  }
  bool on_key_part(Text part, size_t, Code&) {
    key_.append(part.data(), part.size());
    stack.push_chars(part);
    return true;
  }
  bool on_key(Text part, size_t, Code&) {
    key_.append(part.data(), part.size());
    keys_.push_back(std::move(key_));
    key_.clear();
    stack.push_key(part);
    return true;
  }
  bool on_string_part(Text part, size_t, Code&) {
    stack.push_chars(part);
    return true;
  }
  bool on_string(Text part, size_t, Code&) {
    stack.push_string(part);
    return true;
  }
  bool on_number_part(Text, Code&) { return true; }
  bool on_int64(int64_t v, Text, Code&) {
    stack.push_int64(v);
    return true;
  }
  bool on_uint64(uint64_t v, Text, Code&) {
    stack.push_uint64(v);
    return true;
  }
  bool on_double(double v, Text, Code&) {
    stack.push_double(v);
    return true;
  }
  bool on_bool(bool v, Code&) {
    stack.push_bool(v);
    return true;
  }
  bool on_null(Code&) {
    stack.push_null();
    return true;
  }
  bool on_comment_part(Text, Code&) { return true; }
  bool on_comment(Text, Code&) { return true; }

 private:
  std::vector<std::string> keys_;  // of all open objects, outermost first
  std::vector<size_t> objects_;    // where each open object's keys begin
  std::string key_;                // the part of a key that came before
};

}  // namespace

Result<value> parse(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = kDepthMax;
  boost::json::basic_parser<Builder> parser(options);
  parser.handler().stack.reset();
  boost::json::error_code error;
  size_t used = parser.write_some(false, text.data(), text.size(), error);
  if (const std::string& twice = parser.handler().twice; !twice.empty()) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("JSON: the key \"{}\" appears twice in one object", twice), twice);
  }
  if (error == boost::json::error::object_too_large) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("JSON: an object has more than {} keys", kKeysMax));
  }
  if (error) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("JSON is not valid near byte {}: {}", used, error.message()));
  }
  if (used < text.size()) {
    return fail(ErrorCode::InvalidArgument, fmt::format("JSON: extra text at byte {}", used));
  }
  return parser.handler().stack.release();
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
