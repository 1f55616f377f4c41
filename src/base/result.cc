#include "base/result.h"

namespace weir {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidArgument: return "invalid_argument";
    case ErrorCode::NotFound: return "not_found";
    case ErrorCode::AlreadyExists: return "already_exists";
    case ErrorCode::Unauthenticated: return "unauthenticated";
    case ErrorCode::PermissionDenied: return "permission_denied";
    case ErrorCode::ResourceExhausted: return "resource_exhausted";
    case ErrorCode::FailedPrecondition: return "failed_precondition";
    case ErrorCode::Unavailable: return "unavailable";
    case ErrorCode::DataLoss: return "data_loss";
    case ErrorCode::DeadlineExceeded: return "deadline_exceeded";
    case ErrorCode::Internal: return "internal";
  }
  return "internal";
}

void assert_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "weir: broken invariant: %s (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace weir
