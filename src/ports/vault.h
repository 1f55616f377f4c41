#pragma once
// Personal values: sealed before the log, opened only to show or to send (ADR 0003). Implemented by
// privacy/. Thread-safe.

#include "base/result.h"
#include "model/envelope.h"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir {

struct TextToSeal {
  std::string owner;  // whatever may be destroyed by itself
  std::string field;
  std::string_view clear;
};
/// Whose key seals such a text: what destroy_keys takes.
inline Identity text_owner(std::string owner) {
  return {IdentityKind::Other, "text", std::move(owner)};
}

class Vault {
 public:
  virtual ~Vault() = default;

  /// Replaces every personal value of each envelope (traits, properties, also inside JsonText, and
  /// the values of personal identities) under the key of its first non-personal identity, else of
  /// its first. New keys are on disk when this returns, so that an acknowledged record can always
  /// be opened. Personal by field name (phone, mobile, name, address, email, content, 手机号 …) or
  /// by value shape (a mainland mobile number, an e-mail address). May block on a sync: call from
  /// an executor.
  virtual Status seal(std::span<Envelope> batch) = 0;
  /// True when `seal` would change something: callers skip the executor hop for the common case.
  virtual bool needs_seal(const Envelope& envelope) const = 0;

  /// Seals whole texts (quarantined inputs), each under a key of its own: that of
  /// `text_owner(owner)`. New keys are on disk when this returns, in one write for all.
  virtual Result<std::vector<Sealed>> seal_texts(std::span<const TextToSeal> texts) = 0;

  /// NotFound: the key was destroyed, the value is gone for good. DataLoss: damaged.
  virtual Result<std::string> open(const Sealed& sealed) const = 0;

  /// Look-up token (hex HMAC) of a personal identity value, after normalising it ("+86
  /// 138-0013-8000" and "13800138000" are one phone). InvalidArgument when it is not a phone number
  /// / e-mail address.
  virtual Result<std::string> token(IdentityKind kind, std::string_view clear) const = 0;

  /// "138****8000", "张*", "a***@b.cn": what the console shows without the reveal permission.
  virtual std::string masked(const Sealed& sealed) const = 0;

  /// Destroys the keys of these identities; what was sealed under them can never be read again,
  /// also from the log and from backups of it. Durable and purged from the key store when it
  /// returns.
  virtual Status destroy_keys(std::span<const Identity> identities) = 0;
};

}  // namespace weir
