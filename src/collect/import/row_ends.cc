#include "collect/import/row_ends.h"

#include <algorithm>

namespace weir::collect {
namespace {

constexpr size_t kNone = std::string_view::npos;

size_t quoted_row_end(std::string_view text, size_t at, char separator) {
  while (at < text.size()) {
    if (text[at] == '"') {
      ++at;
      while (true) {
        size_t quote = text.find('"', at);
        if (quote == kNone) return kNone;
        at = quote + 1;
        if (at >= text.size() || text[at] != '"') break;
        ++at;
      }
    }
    while (at < text.size() && text[at] != separator && text[at] != '\n') ++at;
    if (at >= text.size()) return kNone;
    if (text[at++] == '\n') return at;
  }
  return kNone;
}

}  // namespace

size_t csv_row_end(std::string_view text, size_t at, char separator) {
  size_t line = text.find('\n', at);
  std::string_view row = text.substr(at, line == kNone ? kNone : line - at);
  if (row.find('"') != kNone) return quoted_row_end(text, at, separator);
  return line == kNone ? kNone : line + 1;
}

size_t skip_blank_rows(std::string_view text, size_t at, bool json) {
  if (!json) {
    while (at < text.size() && (text[at] == '\n' || text[at] == '\r')) ++at;
    return at;
  }
  while (at < text.size()) {
    size_t word = text.find_first_not_of(" \t\r", at);
    if (word == kNone) return text.size();
    if (text[word] != '\n') return at;
    at = word + 1;
  }
  return at;
}

}  // namespace weir::collect
