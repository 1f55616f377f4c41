#pragma once
// The vendor's callback cipher ("WXBizMsgCrypt"), the same for service accounts and WeCom. Pure.
//
//   key   = base64(EncodingAESKey + "="), 32 bytes     iv = the key's first 16 bytes
//   clear = 16 random bytes ‖ size of message (4 bytes, big-endian) ‖ message ‖ receive id
//   pad   = 1…32 bytes of that value, to a multiple of 32 (AES blocks have 16: no library padding)
//   text  = base64(AES-256-CBC(clear ‖ pad))
//   signature = hex SHA-1 of token, timestamp, nonce, text, sorted as bytes and joined

#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace weir::connectors {

/// Hex SHA-1 of the parts sorted as bytes and joined without a separator.
std::string sha1_sorted(std::vector<std::string_view> parts);

struct OpenedMessage {
  std::string message;
  std::string receive_id;  // appid or corpid the sender wrote; the caller compares it with its own
};

class CallbackCipher {
 public:
  /// InvalidArgument unless the key is 43 base64 characters. Its spare bits may be anything: the
  /// vendor's own sample keys set them.
  static Result<CallbackCipher> open(std::string token, std::string_view encoding_aes_key);

  /// `msg_signature` of an encrypted text.
  std::string sign(std::string_view timestamp, std::string_view nonce,
                   std::string_view encrypted) const;
  /// Compares in constant time.
  bool verify(std::string_view signature, std::string_view timestamp, std::string_view nonce,
              std::string_view encrypted) const;

  /// Malformed base64, padding or sizes are InvalidArgument; nothing of the content is in the
  /// error.
  Result<OpenedMessage> decrypt(std::string_view encrypted) const;
  std::string encrypt(std::string_view random16, std::string_view message,
                      std::string_view receive_id) const;

  const std::string& token() const { return token_; }

 private:
  CallbackCipher(std::string token, std::string key)
      : token_(std::move(token)), key_(std::move(key)) {}

  std::string token_, key_;
};

}  // namespace weir::connectors
