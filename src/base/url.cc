#include "base/url.h"

#include "base/crypto.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace weir {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_unreserved(char c) {
  return is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

// The host part of "host", "host:port", "[v6]" or "[v6]:port"; false when it has another shape.
bool split_authority(std::string_view authority, Url& url) {
  std::string_view host = authority, port;
  if (authority.starts_with('[')) {
    size_t end = authority.find(']');
    if (end == std::string_view::npos) return false;
    host = authority.substr(1, end - 1);
    std::string_view rest = authority.substr(end + 1);
    if (!rest.empty() && !rest.starts_with(':')) return false;
    if (!rest.empty()) port = rest.substr(1);
    auto is_address = [](char c) { return hex_digit(c) >= 0 || c == ':' || c == '.'; };
    if (!std::ranges::all_of(host, is_address)) return false;
  } else {
    size_t colon = authority.find(':');
    host = authority.substr(0, colon);
    if (colon != std::string_view::npos) port = authority.substr(colon + 1);
    if (!std::ranges::all_of(host, is_unreserved)) return false;
  }
  auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (host.empty() || port.size() > 5 || !std::ranges::all_of(port, is_digit)) return false;
  if (!port.empty() && std::stoi(std::string(port)) > 65535) return false;
  url.host = lower(host);
  if (!port.empty()) url.port = port;
  return true;
}

}  // namespace

std::string percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
        hex_digit(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])));
      i += 2;
    } else {
      out.push_back(c == '+' && plus_is_space ? ' ' : c);
    }
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size() + text.size() / 2);
  for (char c : text) {
    if (is_unreserved(c)) {
      out.push_back(c);
    } else {
      auto byte = static_cast<uint8_t>(c);
      out.push_back('%');
      out.push_back(kDigits[byte >> 4]);
      out.push_back(kDigits[byte & 15]);
    }
  }
  return out;
}

QueryString::QueryString(std::string_view text) {
  while (!text.empty()) {
    size_t end = text.find('&');
    std::string_view pair = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (pair.empty()) continue;
    size_t equals = pair.find('=');
    std::string_view value =
        equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    items_.emplace_back(percent_decode(pair.substr(0, equals), true), percent_decode(value, true));
  }
}

std::string_view QueryString::get(std::string_view name) const {
  for (const auto& [key, value] : items_) {
    if (key == name) return value;
  }
  return {};
}

bool QueryString::has(std::string_view name) const {
  return std::ranges::any_of(items_, [&](const auto& item) { return item.first == name; });
}

Result<Url> parse_url(std::string_view text) {
  // The text itself stays out of the message: query strings carry tokens.
  auto bad = [](std::string_view why) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("URL {}; write it like https://host/path", why));
  };
  auto is_control = [](char c) { return static_cast<uint8_t>(c) <= 0x20 || c == 0x7f; };
  if (std::ranges::any_of(text, is_control)) return bad("holds a space or control character");
  size_t mark = text.find("://");
  if (mark == std::string_view::npos) return bad("has no scheme");
  Url url;
  url.scheme = lower(text.substr(0, mark));
  if (url.scheme != "http" && url.scheme != "https") return bad("is neither http nor https");
  url.port = url.scheme == "https" ? "443" : "80";
  std::string_view rest = text.substr(mark + 3);
  rest = rest.substr(0, rest.find('#'));
  size_t end = rest.find_first_of("/?");
  std::string_view authority = rest.substr(0, end);
  // "user@host" is refused: it serves only to make a host look like another.
  if (!split_authority(authority, url)) return bad("has no valid host");
  url.target = end == std::string_view::npos ? "/" : std::string(rest.substr(end));
  if (url.target.starts_with('?')) url.target.insert(0, "/");
  return url;
}

std::pair<std::string, std::string> parse_basic_auth(std::string_view header) {
  if (header.size() < 6 || lower(header.substr(0, 6)) != "basic ") return {};
  std::string_view encoded = header.substr(6);
  while (encoded.starts_with(' ')) encoded.remove_prefix(1);
  auto decoded = crypto::from_base64(encoded);
  if (!decoded) return {};
  size_t colon = decoded->find(':');
  if (colon == std::string::npos) return {*decoded, ""};
  return {decoded->substr(0, colon), decoded->substr(colon + 1)};
}

}  // namespace weir
