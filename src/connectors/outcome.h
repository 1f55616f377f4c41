#pragma once
// Outcomes of a send in the words of JN10.

#include "ports/sending.h"

#include <string>
#include <string_view>

namespace weir::connectors {

inline DeliveryOutcome accepted(std::string vendor_id) {
  DeliveryOutcome outcome;
  outcome.state = DeliveryState::Accepted;
  outcome.vendor_id = std::move(vendor_id);
  return outcome;
}

enum class Retry : uint8_t { No, Yes };

/// A definite refusal: nothing was sent.
inline DeliveryOutcome failed(std::string_view reason, std::string detail,
                              Retry retry = Retry::No) {
  DeliveryOutcome outcome;
  outcome.state = DeliveryState::Failed;
  outcome.reason = reason;
  outcome.detail = std::move(detail);
  outcome.retryable = retry == Retry::Yes;
  return outcome;
}

/// Nobody can tell whether it was sent.
inline DeliveryOutcome unknown_outcome(std::string detail) {
  DeliveryOutcome outcome;
  outcome.state = DeliveryState::Unknown;
  outcome.detail = std::move(detail);
  return outcome;
}

/// What one vendor code means for a send.
struct CodeMeaning {
  int64_t code;
  std::string_view reason;
  std::string_view text;
  Retry retry = Retry::No;
};

/// True when a failed call leaves the outcome open (RELIABILITY §1): the request may have arrived.
inline bool leaves_outcome_open(const Error& error) {
  return error.code == ErrorCode::DeadlineExceeded || error.code == ErrorCode::Unavailable;
}

}  // namespace weir::connectors
