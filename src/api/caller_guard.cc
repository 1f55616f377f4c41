#include "api/caller_guard.h"

#include "api/router.h"
#include "base/net_address.h"

#include <utility>

namespace weir::api {
namespace {

// A proxy may add its own header line instead of lengthening the one that the caller sent.
std::string forwarded_for(const HttpRequest& request) {
  std::string all;
  for (const auto& [name, value] : request.headers.items) {
    if (name != "x-forwarded-for") continue;
    if (!all.empty()) all += ',';
    all += value;
  }
  return all;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

CallerGuard::CallerGuard(Clock& clock, const CallerLimits& limits)
    : buckets_(clock, limits.failed_per_minute) {
  for (const std::string& proxy : limits.trusted_proxies) trusted_.insert(canonical_address(proxy));
}

bool CallerGuard::is_trusted(std::string_view address) const {
  return trusted_.contains(canonical_address(address));
}

// Read from the right: only what trusted proxies appended is known, the caller wrote the rest.
std::string CallerGuard::caller(const HttpRequest& request) const {
  std::string hops = forwarded_for(request);
  std::string_view rest = hops;
  std::string_view nearest = request.peer;
  while (is_trusted(nearest) && !rest.empty()) {
    size_t comma = rest.rfind(',');
    std::string_view hop = trimmed(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(0, comma);
    if (canonical_address(hop).empty()) break;
    nearest = hop;
  }
  return address_group(nearest);
}

HttpResponder CallerGuard::counted(std::string caller, HttpResponder respond) {
  return [this, caller = std::move(caller), respond = std::move(respond)](HttpResponse answer) {
    // 403 answers a forged push and a session without its CSRF token: neither is a mistake of
    // typing.
    if (answer.status == 401 || answer.status == 403) buckets_.spend(caller);
    respond(std::move(answer));
  };
}

HttpResponse CallerGuard::too_many() {
  return error_response({ErrorCode::ResourceExhausted,
                         "too many refused requests from this address: its write key, token, "
                         "password or signature is wrong; correct it and try again in a minute",
                         {}});
}

}  // namespace weir::api
