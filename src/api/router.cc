#include "api/router.h"

#include "base/url.h"

#include <algorithm>
#include <charconv>

namespace weir::api {
namespace {

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    size_t slash = path.find('/');
    if (slash != 0) parts.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return parts;
}

bool is_parameter(std::string_view part) {
  return part.starts_with('{') && part.ends_with('}');
}

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidArgument: return 400;
    case ErrorCode::Unauthenticated: return 401;
    case ErrorCode::PermissionDenied: return 403;
    case ErrorCode::NotFound: return 404;
    case ErrorCode::AlreadyExists: return 409;
    case ErrorCode::FailedPrecondition: return 409;
    case ErrorCode::ResourceExhausted: return 429;
    case ErrorCode::Unavailable: return 503;
    case ErrorCode::DeadlineExceeded: return 504;
    case ErrorCode::DataLoss: return 500;
    case ErrorCode::Internal: return 500;
  }
  return 500;
}

}  // namespace

std::string_view Request::param(std::string_view name) const {
  auto it = params.find(name);
  return it == params.end() ? std::string_view{} : std::string_view(it->second);
}

std::string Request::query(std::string_view name) const {
  return std::string(QueryString(http.query()).get(name));
}

size_t Request::limit(size_t fallback, size_t max) const {
  std::string text = query("limit");
  size_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value == 0) return fallback;
  return std::min(value, max);
}

Result<TimeMs> Request::time(std::string_view name, const Calendar& zone, TimeMs fallback) const {
  std::string text = query(name);
  if (text.empty()) return fallback;
  TimeMs time = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), time);
  if (error == std::errc() && end == text.data() + text.size()) return time;
  auto parsed = parse_time(text, zone.name());
  if (!parsed) return fail(ErrorCode::InvalidArgument, parsed.error().message, std::string(name));
  return *parsed;
}

Result<json::object> Request::body() const {
  WEIR_TRY(json::value parsed, json::parse(http.body));
  if (!parsed.is_object()) {
    return fail(ErrorCode::InvalidArgument, "the body must be a JSON object");
  }
  return std::move(parsed.get_object());
}

void Router::add(std::string method, std::string pattern, Permission permission, Handler handler) {
  routes_.push_back({std::move(method), std::move(pattern), permission, std::move(handler)});
}

Router::Match Router::find(std::string_view method, std::string_view path) const {
  std::vector<std::string_view> parts = split(path);
  Match match;
  for (const Route& route : routes_) {
    std::vector<std::string_view> pattern = split(route.pattern);
    if (pattern.size() != parts.size()) continue;
    std::map<std::string, std::string, std::less<>> params;
    bool fits = true;
    for (size_t i = 0; fits && i < parts.size(); ++i) {
      if (is_parameter(pattern[i])) {
        std::string_view name = pattern[i].substr(1, pattern[i].size() - 2);
        params.emplace(name, percent_decode(parts[i], false));
      } else {
        fits = pattern[i] == parts[i];
      }
    }
    if (!fits) continue;
    match.path_known = true;
    if (route.method != method) continue;
    match.route = &route;
    match.params = std::move(params);
    return match;
  }
  return match;
}

HttpResponse error_response(const Error& error) {
  json::object inner{{"code", std::string(to_string(error.code))}, {"message", error.message}};
  if (!error.field.empty()) inner["field"] = error.field;
  HttpResponse response =
      HttpResponse::json(status_of(error.code), json::to_text(json::object{{"error", inner}}));
  if (error.code == ErrorCode::ResourceExhausted) response.headers.set("retry-after", "1");
  return response;
}

}  // namespace weir::api
