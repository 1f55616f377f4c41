#pragma once
// The one owner of the JSON library. Parsing is strict and bounded (RELIABILITY E1): depth 32,
// 512 keys in an object, none of them twice, valid UTF-8, exact int64. Accessors return errors that
// name the field.

#include "base/result.h"

#include <boost/json.hpp>

#include <string>
#include <string_view>

namespace weir::json {

using boost::json::array;
using boost::json::object;
using boost::json::value;

/// Parses a whole document. Errors say where; depth > 32 and a key twice in one object are errors.
Result<value> parse(std::string_view text);

/// Compact text; non-ASCII stays raw UTF-8.
std::string to_text(const value& v);

/// Lookups. `where` is the path of `object` for messages, e.g. "steps[2]".
const value* find(const object& o, std::string_view key);
Result<std::string> required_string(const object& o, std::string_view key,
                                    std::string_view where = {});
std::string optional_string(const object& o, std::string_view key, std::string_view fallback = {});
Result<int64_t> required_int(const object& o, std::string_view key, std::string_view where = {});
int64_t optional_int(const object& o, std::string_view key, int64_t fallback);
bool optional_bool(const object& o, std::string_view key, bool fallback);
Result<const object*> required_object(const object& o, std::string_view key,
                                      std::string_view where = {});
Result<const array*> required_array(const object& o, std::string_view key,
                                    std::string_view where = {});
/// The value itself as an object, or an error that names `where`.
Result<const object*> as_object(const value& v, std::string_view where);

std::string_view view(const boost::json::string& s);

}  // namespace weir::json
