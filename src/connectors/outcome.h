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
/// A connection that never came about, and a queue that was full, are definite: nothing was sent.
inline bool leaves_outcome_open(const Error& error) {
  if (error.field == "connection") return false;
  return error.code == ErrorCode::DeadlineExceeded || error.code == ErrorCode::Unavailable;
}

/// The outcome of a call that failed before or beside the vendor's own codes.
inline DeliveryOutcome outcome_of_error(const Error& error) {
  if (leaves_outcome_open(error)) return unknown_outcome(error.message);
  // A request that the vendor could not read stays unreadable; everything else may work later.
  bool hopeless = error.code == ErrorCode::InvalidArgument;
  return failed("provider_error", error.message, hopeless ? Retry::No : Retry::Yes);
}

}  // namespace weir::connectors
