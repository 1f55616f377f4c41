#pragma once
// JSON of untrusted senders (RELIABILITY E1). Uses simdjson's DOM: it checks a whole document
// before we look at it (On-Demand leaves what we skip unchecked), and its kernels are chosen at run
// time, while On-Demand is compiled for the baseline CPU of the build.

#include "collect/refusal.h"

#include <simdjson.h>

#include <string>
#include <string_view>
#include <vector>

namespace weir::collect {

using Json = simdjson::dom::element;
using JsonObject = simdjson::dom::object;
using JsonArray = simdjson::dom::array;

inline constexpr size_t kDepthMax = 32;
inline constexpr size_t kKeysMax = 512;

/// One parser per thread: its buffers are reused, and a parsed document lives until the next parse.
class JsonReader {
 public:
  /// Values point into the reader. `text` gains capacity for padding; its bytes do not change.
  Verdict read(std::string& text, Json& out);
  /// For text inside a larger one; copies.
  Verdict read(std::string_view text, Json& out);

 private:
  void shrink();
  simdjson::dom::parser parser_;
  std::string copy_;
};
JsonReader& thread_json_reader();

/// The items of the array called `key` of the outer object (or of the outer array, when `key` is
/// empty), found by brackets only. Used when the document as a whole is not valid JSON, so that one
/// bad item does not cost the others. Empty when the shape is not that.
std::vector<std::string_view> split_items(std::string_view text, std::string_view key);
/// The text of `text` without the items of that array: what remains is parsed for the write key.
std::string without_items(std::string_view text, std::string_view key);

/// Checks the keys (count, duplicates) of a document around its items: which "batch" of two would
/// we take? Inner objects are left to check_shape.
Verdict check_frame(Json document);
/// Checks keys (count, duplicates, depth) of a whole item and estimates its size in bytes.
Verdict check_shape(Json item, size_t bytes_max);

/// Compact text of a value.
std::string json_text(Json value);

/// Null-like when absent: look-ups return false.
bool find(const JsonObject& object, std::string_view key, Json& out);
/// False when absent or not a string.
bool find_string(const JsonObject& object, std::string_view key, std::string_view& out);
bool find_object(const JsonObject& object, std::string_view key, JsonObject& out);

}  // namespace weir::collect
