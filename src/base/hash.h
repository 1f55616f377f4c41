#pragma once
// Hashes. None of these is for secrets: keyed look-up tokens are in crypto.h.

#include <cstdint>
#include <string>
#include <string_view>

namespace weir {

struct Hash128 {
  uint64_t low = 0, high = 0;
  auto operator<=>(const Hash128&) const = default;
  template <class H>
  friend H AbslHashValue(H state, const Hash128& h) {
    return H::combine(std::move(state), h.low, h.high);
  }
};

uint64_t hash64(std::string_view data, uint64_t seed = 0);  // XXH3
Hash128 hash128(std::string_view data);                     // XXH3
std::string to_hex(const Hash128& hash);                    // 32 lower-case digits

/// CRC-32C (Castagnoli), as used in log frames. `crc` continues an earlier sum.
uint32_t crc32c(std::string_view data, uint32_t crc = 0);

/// SipHash-2-4 with a zero key: the bucket hash of SEMANTICS G18.
uint64_t siphash64(std::string_view data);
/// `bucket(salt, id)` of G18: 0…9999, stable for ever.
int bucket_of(std::string_view salt, std::string_view id);

}  // namespace weir
