#include "base/hash.h"

#include <fmt/format.h>
#include <nmmintrin.h>
#include <xxhash.h>

#include <cstring>

namespace weir {

uint64_t hash64(std::string_view data, uint64_t seed) {
  return XXH3_64bits_withSeed(data.data(), data.size(), seed);
}

Hash128 hash128(std::string_view data) {
  XXH128_hash_t hash = XXH3_128bits(data.data(), data.size());
  return {hash.low64, hash.high64};
}

std::string to_hex(const Hash128& hash) {
  return fmt::format("{:016x}{:016x}", hash.high, hash.low);
}

uint32_t crc32c(std::string_view data, uint32_t crc) {
  // SSE4.2 has the instruction; the build's baseline is x86-64-v2.
  uint64_t sum = ~crc;
  const char* p = data.data();
  size_t n = data.size();
  for (; n >= 8; n -= 8, p += 8) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    sum = _mm_crc32_u64(sum, word);
  }
  for (; n > 0; --n, ++p) sum = _mm_crc32_u8(static_cast<uint32_t>(sum), static_cast<uint8_t>(*p));
  return ~static_cast<uint32_t>(sum);
}

namespace {

uint64_t rotate(uint64_t value, int bits) {
  return (value << bits) | (value >> (64 - bits));
}

struct SipState {
  uint64_t v0 = 0x736f6d6570736575, v1 = 0x646f72616e646f6d;
  uint64_t v2 = 0x6c7967656e657261, v3 = 0x7465646279746573;
  void round() {
    v0 += v1;
    v1 = rotate(v1, 13);
    v1 ^= v0;
    v0 = rotate(v0, 32);
    v2 += v3;
    v3 = rotate(v3, 16);
    v3 ^= v2;
    v0 += v3;
    v3 = rotate(v3, 21);
    v3 ^= v0;
    v2 += v1;
    v1 = rotate(v1, 17);
    v1 ^= v2;
    v2 = rotate(v2, 32);
  }
  void block(uint64_t m) {
    v3 ^= m;
    round();
    round();
    v0 ^= m;
  }
};

}  // namespace

// SipHash-2-4, Aumasson and Bernstein 2012, with an all-zero key.
uint64_t siphash64(std::string_view data) {
  SipState state;
  size_t full = data.size() / 8 * 8;
  for (size_t i = 0; i < full; i += 8) {
    uint64_t m;
    std::memcpy(&m, data.data() + i, 8);
    state.block(m);
  }
  uint64_t last = static_cast<uint64_t>(data.size()) << 56;
  for (size_t i = full; i < data.size(); ++i) {
    last |= static_cast<uint64_t>(static_cast<uint8_t>(data[i])) << (8 * (i - full));
  }
  state.block(last);
  state.v2 ^= 0xff;
  for (int i = 0; i < 4; ++i) state.round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

int bucket_of(std::string_view salt, std::string_view id) {
  std::string text;
  text.reserve(salt.size() + id.size() + 1);
  text.append(salt).append(":").append(id);
  return static_cast<int>(siphash64(text) % 10000);
}

}  // namespace weir
