#pragma once
// The XML of vendor callbacks, read defensively: no DOCTYPE, bounded size and depth, text nodes
// trimmed (samples put spaces around CDATA). Pure; pugixml stays in the .cc.

#include "base/result.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::connectors {

class CallbackXml {
 public:
  /// InvalidArgument: not XML, a DOCTYPE, deeper than 16 elements, larger than 64 KiB, or another
  /// root than <xml>.
  static Result<CallbackXml> parse(std::string_view text);

  /// Trimmed text of the first element at `path` below the root, e.g. "ScanCodeInfo/ScanType".
  /// Empty when absent. Names are case-sensitive: MsgId and MsgID are two things.
  std::string_view get(std::string_view path) const;
  bool has(std::string_view path) const;
  /// The text as a decimal int64; 0 when absent or something else.
  int64_t integer(std::string_view path) const;

  /// Hex SHA-256 over every element and its trimmed text, in order: the dedupe key of events. The
  /// vendor's own rule (sender and second) merges different events of one second.
  std::string digest() const;

 private:
  std::vector<std::pair<std::string, std::string>> elements_;  // path, trimmed text
};

}  // namespace weir::connectors
