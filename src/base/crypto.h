#pragma once
// Cryptography over OpenSSL 3; the only owner of its headers. Byte strings are std::string.

#include "base/result.h"

#include <memory>
#include <string>
#include <string_view>

namespace weir::crypto {

std::string md5(std::string_view data);
std::string sha1(std::string_view data);
std::string sha256(std::string_view data);

/// SHA-256 of bytes that come in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void update(std::string_view data);
  std::string finish();  // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string hmac_sha1(std::string_view key, std::string_view data);
std::string hmac_sha256(std::string_view key, std::string_view data);
/// HKDF-SHA256 (RFC 5869) with an empty salt.
std::string hkdf_sha256(std::string_view key, std::string_view info, size_t size);

std::string to_hex(std::string_view data);  // lower case
Result<std::string> from_hex(std::string_view text);
std::string base64(std::string_view data);      // standard alphabet, padded
std::string base64_url(std::string_view data);  // URL alphabet, no padding
/// Accepts both alphabets, missing padding, and non-zero spare bits (vendors' keys have them).
Result<std::string> from_base64(std::string_view text);

/// Same time for equal-length inputs whatever they hold.
bool equal_constant_time(std::string_view a, std::string_view b);

/// AES-256-GCM. `nonce` is 12 bytes and must never repeat under one key. Output = cipher ‖ tag of
/// 16 bytes.
Result<std::string> seal_gcm(std::string_view key, std::string_view nonce, std::string_view clear,
                             std::string_view aad);
/// DataLoss when the tag does not fit (wrong key, wrong aad or damaged bytes).
Result<std::string> open_gcm(std::string_view key, std::string_view nonce, std::string_view sealed,
                             std::string_view aad);

/// AES-CBC without padding; key 16 or 32 bytes, input a multiple of 16.
Result<std::string> encrypt_cbc(std::string_view key, std::string_view iv, std::string_view clear);
Result<std::string> decrypt_cbc(std::string_view key, std::string_view iv, std::string_view cipher);
/// AES-256-ECB without padding.
Result<std::string> decrypt_ecb(std::string_view key, std::string_view cipher);

/// scrypt (RFC 7914) with N=2^15, r=8, p=1: "scrypt$<base64 salt>$<base64 hash>".
std::string hash_password(std::string_view password, std::string_view salt16);
bool verify_password(std::string_view password, std::string_view stored);

}  // namespace weir::crypto
