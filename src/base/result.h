#pragma once
// Errors as values. One small set of codes, numbered for ever, mapped to HTTP in one place (api).

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace weir {

enum class ErrorCode : uint8_t {
  InvalidArgument = 1,  // the caller must change the request
  NotFound = 2,
  AlreadyExists = 3,
  Unauthenticated = 4,
  PermissionDenied = 5,
  ResourceExhausted = 6,   // a limit was reached; try later or smaller
  FailedPrecondition = 7,  // the thing is not in a state that allows this
  Unavailable = 8,         // the environment failed; the same call may work later
  DataLoss = 9,            // stored bytes are damaged; never treated as "empty"
  DeadlineExceeded = 10,   // the outcome is unknown
  Internal = 11,           // a bug of ours
};

/// Stable name of a code as the API shows it, e.g. "invalid_argument".
std::string_view to_string(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::Internal;
  std::string message;  // names the thing, the value and the next step; never personal data
  std::string field;    // path of the offending input field, empty when there is none
};

/// A value or an Error. Unlike std::expected, dropping one is a compile error.
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
};

using Status = Result<void>;

inline std::unexpected<Error> fail(ErrorCode code, std::string message, std::string field = {}) {
  return std::unexpected<Error>(Error{code, std::move(message), std::move(field)});
}

/// Adds context in front of an error's message while it travels up.
inline Error with_context(Error error, std::string_view context) {
  error.message = std::string(context) + ": " + error.message;
  return error;
}

[[noreturn]] void assert_failed(const char* expression, const char* file, int line);

}  // namespace weir

#define WEIR_CONCAT_(a, b) a##b
#define WEIR_CONCAT(a, b) WEIR_CONCAT_(a, b)

/// WEIR_TRY(auto x, f());  returns the error of f(), or declares x as its value.
#define WEIR_TRY(declaration, expression) \
  WEIR_TRY_(declaration, expression, WEIR_CONCAT(weir_try_, __LINE__))
#define WEIR_TRY_(declaration, expression, name)                             \
  auto name = (expression);                                                  \
  if (!name) return std::unexpected<::weir::Error>(std::move(name).error()); \
  declaration = *std::move(name)

/// WEIR_CHECK_OK(f());  returns the error of a Status.
#define WEIR_CHECK_OK(expression)                                            \
  do {                                                                       \
    if (auto weir_status = (expression); !weir_status)                       \
      return std::unexpected<::weir::Error>(std::move(weir_status).error()); \
  } while (false)

/// A broken invariant is a bug: it stops the process in every build, before it can damage data.
#define WEIR_ASSERT(expression) \
  ((expression) ? void(0) : ::weir::assert_failed(#expression, __FILE__, __LINE__))
