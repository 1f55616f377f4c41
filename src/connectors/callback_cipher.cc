#include "connectors/callback_cipher.h"

#include "base/crypto.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace weir::connectors {
namespace {

constexpr size_t kKeyCharacters = 43;
constexpr size_t kRandomBytes = 16;
constexpr size_t kSizeBytes = 4;
constexpr size_t kPadBlock = 32;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

uint32_t read_big_endian(std::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < kSizeBytes; ++i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

std::unexpected<Error> damaged(std::string_view what) {
  return fail(ErrorCode::InvalidArgument,
              fmt::format("encrypted callback has {}; check EncodingAESKey", what));
}

}  // namespace

std::string sha1_sorted(std::vector<std::string_view> parts) {
  std::ranges::sort(parts);
  std::string joined;
  for (std::string_view part : parts) joined += part;
  return crypto::to_hex(crypto::sha1(joined));
}

Result<CallbackCipher> CallbackCipher::open(std::string token, std::string_view encoding_aes_key) {
  auto bad = [&](std::string_view why) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("EncodingAESKey {}; copy the 43 characters from the console", why),
                "aes_key");
  };
  if (encoding_aes_key.size() != kKeyCharacters) {
    return bad(fmt::format("has {} characters", encoding_aes_key.size()));
  }
  // 43 characters and no padding: "=" inside would shorten the key.
  auto key = crypto::from_base64(encoding_aes_key);
  if (!key || key->size() != 32) return bad("is not base64");
  return CallbackCipher(std::move(token), *std::move(key));
}

std::string CallbackCipher::sign(std::string_view timestamp, std::string_view nonce,
                                 std::string_view encrypted) const {
  return sha1_sorted({token_, timestamp, nonce, trimmed(encrypted)});
}

bool CallbackCipher::verify(std::string_view signature, std::string_view timestamp,
                            std::string_view nonce, std::string_view encrypted) const {
  return crypto::equal_constant_time(sign(timestamp, nonce, encrypted), signature);
}

Result<OpenedMessage> CallbackCipher::decrypt(std::string_view encrypted) const {
  auto cipher = crypto::from_base64(trimmed(encrypted));
  if (!cipher || cipher->empty() || cipher->size() % 16 != 0) return damaged("no whole blocks");
  auto clear = crypto::decrypt_cbc(key_, std::string_view(key_).substr(0, 16), *cipher);
  if (!clear) return damaged("no readable text");
  size_t pad = static_cast<uint8_t>(clear->back());
  if (pad < 1 || pad > kPadBlock || pad > clear->size()) return damaged("a wrong padding");
  std::string_view text = std::string_view(*clear).substr(0, clear->size() - pad);
  if (text.size() < kRandomBytes + kSizeBytes) return damaged("too few bytes");
  size_t size = read_big_endian(text.substr(kRandomBytes, kSizeBytes));
  text.remove_prefix(kRandomBytes + kSizeBytes);
  if (size > text.size()) return damaged("a wrong message size");
  return OpenedMessage{std::string(text.substr(0, size)), std::string(text.substr(size))};
}

std::string CallbackCipher::encrypt(std::string_view random16, std::string_view message,
                                    std::string_view receive_id) const {
  WEIR_ASSERT(random16.size() == kRandomBytes);
  auto size = static_cast<uint32_t>(message.size());
  std::string clear(random16);
  for (int shift = 24; shift >= 0; shift -= 8) clear.push_back(static_cast<char>(size >> shift));
  clear += message;
  clear += receive_id;
  size_t pad = kPadBlock - clear.size() % kPadBlock;
  clear.append(pad, static_cast<char>(pad));
  auto cipher = crypto::encrypt_cbc(key_, std::string_view(key_).substr(0, 16), clear);
  WEIR_ASSERT(cipher.has_value());  // sizes are ours
  return crypto::base64(*cipher);
}

}  // namespace weir::connectors
