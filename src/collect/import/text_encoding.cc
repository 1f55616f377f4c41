#include "collect/import/text_encoding.h"

#include <fmt/format.h>
#include <iconv.h>
#include <simdjson.h>

#include <cerrno>

namespace weir::collect {

bool is_utf8(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

std::string_view guess_encoding(std::string_view bytes) {
  if (bytes.starts_with("\xff\xfe")) return "utf-16le";
  if (bytes.starts_with("\xef\xbb\xbf") || is_utf8(bytes)) return "utf-8";
  return "gb18030";
}

Result<std::string> to_utf8(std::string_view bytes, std::string_view encoding) {
  if (encoding == "gbk") encoding = "gb18030";
  if (encoding == "utf-8") {
    if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
    if (!is_utf8(bytes))
      return fail(ErrorCode::InvalidArgument, "the file is not UTF-8; name its encoding",
                  "encoding");
    return std::string(bytes);
  }
  if (encoding != "utf-16le" && encoding != "gb18030") {
    return fail(
        ErrorCode::InvalidArgument,
        fmt::format("encoding \"{}\" is not auto, utf-8, utf-16le, gbk or gb18030", encoding),
        "encoding");
  }
  if (bytes.starts_with("\xff\xfe")) bytes.remove_prefix(2);
  iconv_t converter = iconv_open("UTF-8", std::string(encoding).c_str());
  if (converter == reinterpret_cast<iconv_t>(-1)) {  // NOLINT(performance-no-int-to-ptr)
    return fail(ErrorCode::Unavailable, fmt::format("this system cannot convert {}", encoding),
                "encoding");
  }
  std::string out;
  std::string buffer(64 << 10, '\0');
  char* in = const_cast<char*>(bytes.data());
  size_t left = bytes.size();
  bool good = true;
  while (left > 0 && good) {
    char* to = buffer.data();
    size_t room = buffer.size();
    size_t result = iconv(converter, &in, &left, &to, &room);
    out.append(buffer.data(), buffer.size() - room);
    good = result != static_cast<size_t>(-1) || errno == E2BIG;
  }
  iconv_close(converter);
  if (good) return out;
  return fail(ErrorCode::InvalidArgument,
              fmt::format("byte {} of the file is not {}", bytes.size() - left, encoding),
              "encoding");
}

}  // namespace weir::collect
