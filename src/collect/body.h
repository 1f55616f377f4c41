#pragma once
// Bodies of requests, whatever their Content-Type claims (collection-protocols §2).

#include "base/http.h"
#include "base/result.h"

#include <string>
#include <string_view>

namespace weir::collect {

inline constexpr size_t kSingleBytesMax = 1 << 20;  // body of a route for one event
inline constexpr size_t kBatchBytesMax = 4 << 20;   // body of a batch route
inline constexpr size_t kInflatedBytesMax = 16 << 20;

/// The body, inflated when it starts like gzip. ResourceExhausted: too large; InvalidArgument:
/// damaged.
Result<std::string> plain_body(const HttpRequest& request, size_t bytes_max);

enum class BodyForm { Empty, Document, Fields };
/// By the first character: a document starts with a bracket, a form with a name.
BodyForm body_form(std::string_view body);

/// Base64 as it arrives: '+' turned into spaces by form decoding, no padding, the URL alphabet, or
/// percent-encoded twice. Inflated when it holds gzip.
Result<std::string> decode_form_value(std::string_view value);

/// {"error":{"code","message","field"}} with `status`.
HttpResponse error_answer(int status, std::string_view code, std::string_view message,
                          std::string_view field = {});
/// 429 for a full queue, 503 for a broken disk, both with Retry-After.
HttpResponse busy_answer(const Error& error);

/// Allows a browser page of any origin to send: mirrored origin and headers (§2). Write keys are
/// public.
void allow_origin(const HttpRequest& request, HttpResponse& response);
HttpResponse preflight_answer(const HttpRequest& request);

}  // namespace weir::collect
