#pragma once
// Percent-encoding, query strings and form bodies.

#include "base/result.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir {

/// Decodes %XX; with `plus_is_space` also '+'. Bad escapes stay as they are.
std::string percent_decode(std::string_view text, bool plus_is_space);
/// RFC 3986: everything but unreserved characters is encoded.
std::string percent_encode(std::string_view text);

/// Pairs in order, decoded with plus_is_space. The first of a repeated name wins in get().
class QueryString {
 public:
  explicit QueryString(std::string_view text);
  std::string_view get(std::string_view name) const;  // empty when absent
  bool has(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& items() const { return items_; }

 private:
  std::vector<std::pair<std::string, std::string>> items_;
};

struct Url {
  std::string scheme, host, target;  // target = path and query, at least "/"
  std::string port;                  // explicit or by scheme
};
Result<Url> parse_url(std::string_view text);

/// "Basic d2s6" → user and password; empty pair when the header is something else.
std::pair<std::string, std::string> parse_basic_auth(std::string_view header);

}  // namespace weir
