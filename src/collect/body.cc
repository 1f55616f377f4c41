#include "collect/body.h"

#include "base/crypto.h"
#include "base/gzip.h"
#include "base/json.h"
#include "base/url.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::collect {

Result<std::string> plain_body(const HttpRequest& request, size_t bytes_max) {
  if (request.body.size() > bytes_max) {
    return fail(ErrorCode::ResourceExhausted,
                fmt::format("the body has {} bytes; at most {} are taken, send smaller batches",
                            request.body.size(), bytes_max));
  }
  std::string body;
  // Some proxies and SDKs compress twice; more often than that nobody does.
  bool packed = looks_like_gzip(request.body);
  if (packed) {
    WEIR_TRY(body, inflate(request.body, kInflatedBytesMax));
    if (looks_like_gzip(body)) {
      WEIR_TRY(body, inflate(body, kInflatedBytesMax));
    }
  } else {
    body.reserve(request.body.size() + 64);  // room for the parser's padding
    body = request.body;
  }
  if (body.starts_with("\xef\xbb\xbf")) body.erase(0, 3);
  return body;
}

BodyForm body_form(std::string_view body) {
  size_t at = body.find_first_not_of(" \t\r\n");
  if (at == std::string_view::npos) return BodyForm::Empty;
  if (body[at] == '{' || body[at] == '[') return BodyForm::Document;
  size_t end = body.find_first_of("=&{[\"");
  return end != std::string_view::npos && body[end] == '=' ? BodyForm::Fields : BodyForm::Document;
}

Result<std::string> decode_form_value(std::string_view value) {
  std::string text(value);
  for (int i = 0; i < 2 && text.find('%') != std::string::npos; ++i)
    text = percent_decode(text, false);
  std::ranges::replace(text, ' ', '+');
  std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
  if (body_form(value) == BodyForm::Document &&
      (value.starts_with('{') || value.starts_with('['))) {
    return std::string(value);  // not encoded at all
  }
  WEIR_TRY(std::string bytes, crypto::from_base64(text));
  if (!looks_like_gzip(bytes)) return bytes;
  return inflate(bytes, kInflatedBytesMax);
}

HttpResponse error_answer(int status, std::string_view code, std::string_view message,
                          std::string_view field) {
  json::object error{{"code", code}, {"message", message}};
  if (!field.empty()) error["field"] = field;
  return HttpResponse::json(status, json::to_text(json::object{{"error", std::move(error)}}));
}

HttpResponse busy_answer(const Error& error) {
  bool full = error.code == ErrorCode::ResourceExhausted;
  HttpResponse response = error_answer(full ? 429 : 503, to_string(error.code), error.message);
  response.headers.set("retry-after", "1");
  return response;
}

void allow_origin(const HttpRequest& request, HttpResponse& response) {
  std::string_view origin = request.headers.get("origin");
  if (origin.empty()) return;
  response.headers.set("access-control-allow-origin", std::string(origin));
  response.headers.set("access-control-allow-credentials", "true");
  response.headers.set("vary", "Origin");
}

HttpResponse preflight_answer(const HttpRequest& request) {
  HttpResponse response;
  response.status = 204;
  allow_origin(request, response);
  std::string_view wanted = request.headers.get("access-control-request-headers");
  response.headers.set("access-control-allow-methods", "GET, POST, OPTIONS");
  if (!wanted.empty()) response.headers.set("access-control-allow-headers", std::string(wanted));
  response.headers.set("access-control-max-age", "86400");
  return response;
}

}  // namespace weir::collect
