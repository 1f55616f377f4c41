#include "base/http_response_text.h"

#include <absl/time/time.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace weir::http_detail {
namespace {

std::string_view status_text(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "Status";
  }
}

// Formatting a date costs more than the rest of the header; it changes once a second.
std::string_view date_of(int64_t epoch_s) {
  thread_local int64_t cached_s = -1;
  thread_local std::string text;
  if (epoch_s != cached_s) {
    cached_s = epoch_s;
    text = absl::FormatTime("%a, %d %b %E4Y %H:%M:%S GMT", absl::FromUnixSeconds(epoch_s),
                            absl::UTCTimeZone());
  }
  return text;
}

// A line break in a value would start a header, or a response, of the attacker's choice.
void append_value(std::string& out, std::string_view value) {
  size_t start = out.size();
  out += value;
  std::replace_if(
      out.begin() + static_cast<std::ptrdiff_t>(start), out.end(),
      [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
}

bool is_ours(std::string_view name) {
  return name == "content-length" || name == "connection" || name == "transfer-encoding" ||
         name == "date";
}

}  // namespace

bool status_has_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

void append_response_head(std::string& out, const HttpResponse& response, size_t body_bytes,
                          ResponseFraming framing, int64_t epoch_s) {
  auto back = std::back_inserter(out);
  out += "HTTP/1.1 ";
  fmt::format_to(back, "{} ", response.status);
  out += status_text(response.status);
  out += "\r\ndate: ";
  out += date_of(epoch_s);
  for (const auto& [name, value] : response.headers.items) {
    if (is_ours(name)) continue;
    out += "\r\n";
    append_value(out, name);
    out += ": ";
    append_value(out, value);
  }
  if (status_has_body(response.status)) {
    fmt::format_to(back, "\r\ncontent-length: {}", body_bytes);
  }
  if (!framing.keep_alive) {
    out += "\r\nconnection: close";
  } else if (framing.http_1_0) {
    out += "\r\nconnection: keep-alive";
  }
  out += "\r\n\r\n";
}

}  // namespace weir::http_detail
