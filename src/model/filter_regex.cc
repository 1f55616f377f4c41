#include "model/filter_regex.h"

#include <boost/regex.hpp>

#include <map>
#include <string>

namespace weir {
namespace {

constexpr size_t kCacheMax = 256;  // patterns a thread keeps compiled; a query names a handful

const boost::regex& compiled(std::string_view pattern) {
  thread_local std::map<std::string, boost::regex, std::less<>> cache;
  auto it = cache.find(pattern);
  if (it == cache.end()) {
    if (cache.size() >= kCacheMax) cache.clear();
    it = cache.emplace(std::string(pattern), boost::regex(pattern.begin(), pattern.end())).first;
  }
  return it->second;
}

}  // namespace

Status check_regex(std::string_view pattern) {
  if (pattern.size() > kRegexBytesMax) {
    return fail(ErrorCode::InvalidArgument,
                "regular expression is longer than " + std::to_string(kRegexBytesMax) + " bytes");
  }
  try {
    compiled(pattern);
  } catch (const std::exception& e) {
    return fail(ErrorCode::InvalidArgument, std::string("not a regular expression: ") + e.what());
  }
  return {};
}

bool regex_found(std::string_view pattern, std::string_view text) {
  try {
    return boost::regex_search(text.begin(), text.end(), compiled(pattern));
  } catch (const std::exception&) {
    return false;
  }
}

std::string regex_replaced(std::string_view pattern, const std::string& text,
                           const std::string& with) {
  try {
    return boost::regex_replace(text, compiled(pattern), with);
  } catch (const std::exception&) {
    return text;
  }
}

}  // namespace weir
