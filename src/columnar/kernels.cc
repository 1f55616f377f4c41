#include "columnar/kernels.h"

#include "columnar/bit_pack.h"

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace weir::columnar {
namespace plain {

void unpack_u8(const char* data, int width, uint32_t count, uint8_t* out) {
  for (uint32_t i = 0; i < count; ++i) out[i] = static_cast<uint8_t>(unpack_one(data, width, i));
}

void match_bytes(const uint8_t* values, uint32_t count, const ByteSet& set, BlockBits& out) {
  out.fill(0);
  for (uint32_t i = 0; i < count; ++i) out[i / 64] |= uint64_t{set.has(values[i])} << (i % 64);
}

void sum_deltas(const char* data, uint32_t count, uint32_t* out) {
  const char* next = data + (count + 3) / 4;
  uint32_t sum = 0;
  for (uint32_t i = 0; i < count; ++i) {
    uint32_t length = (static_cast<uint8_t>(data[i / 4]) >> 2 * (i % 4) & 3) + 1, word;
    std::memcpy(&word, next, sizeof(word));
    next += length;
    sum += length == 4 ? word : word & ((1u << 8 * length) - 1);
    out[i] = sum;
  }
}

}  // namespace plain

#if defined(__x86_64__)
namespace {

/// For each control byte: how four differences spread over four lanes, and their length.
struct Shuffles {
  alignas(16) std::array<std::array<uint8_t, 16>, 256> lanes;
  std::array<uint8_t, 256> length;

  Shuffles() {
    for (size_t control = 0; control < 256; ++control) {
      uint8_t at = 0;
      for (size_t lane = 0; lane < 4; ++lane) {
        size_t bytes = (control >> 2 * lane & 3) + 1;
        for (size_t b = 0; b < 4; ++b)
          lanes[control][lane * 4 + b] = b < bytes ? at++ : uint8_t{0x80};
      }
      length[control] = at;
    }
  }
};

const Shuffles kShuffles;
const bool kVector = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");

__attribute__((target("avx2,bmi2"))) void unpack_u8_vector(const char* data, int width,
                                                           uint32_t count, uint8_t* out) {
  if (width == 0) {
    std::memset(out, 0, count);
    return;
  }
  uint64_t mask = 0x0101010101010101u * ((1u << width) - 1);
  for (uint32_t i = 0; i < count; i += 8, data += width) {
    uint64_t word;
    std::memcpy(&word, data, sizeof(word));
    word = _pdep_u64(word, mask);
    std::memcpy(out + i, &word, sizeof(word));
  }
}

__attribute__((target("avx2"))) void match_bytes_vector(const uint8_t* values, uint32_t count,
                                                        const ByteSet& set, BlockBits& out) {
  alignas(16) static constexpr uint8_t kBits[16] = {1, 2, 4, 8, 16, 32, 64, 128,
                                                    1, 2, 4, 8, 16, 32, 64, 128};
  const auto* lows = reinterpret_cast<const __m128i*>(set.low());
  const auto* highs = reinterpret_cast<const __m128i*>(set.high());
  const __m256i low = _mm256_broadcastsi128_si256(_mm_load_si128(lows));
  const __m256i high = _mm256_broadcastsi128_si256(_mm_load_si128(highs));
  const __m256i bits =
      _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(kBits)));
  const __m256i nibble = _mm256_set1_epi8(15), zero = _mm256_setzero_si256();
  for (uint32_t i = 0; i < kBlockRows; i += 64) {
    uint64_t word = 0;
    for (uint32_t half = 0; half < 2 && i < count; ++half) {
      __m256i v =
          _mm256_loadu_si256(reinterpret_cast<const __m256i*>(values + i + half * size_t{32}));
      __m256i lo = _mm256_and_si256(v, nibble);
      __m256i hi = _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble);
      __m256i sets =
          _mm256_blendv_epi8(_mm256_shuffle_epi8(low, lo), _mm256_shuffle_epi8(high, lo), v);
      __m256i hit = _mm256_and_si256(sets, _mm256_shuffle_epi8(bits, hi));
      auto missed = static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(hit, zero)));
      word |= uint64_t{~missed} << (32 * half);
    }
    if (i + 64 > count) word &= i >= count ? 0 : (uint64_t{1} << (count - i)) - 1;
    out[i / 64] = word;
  }
}

__attribute__((target("avx2"))) void sum_deltas_vector(const char* data, uint32_t count,
                                                       uint32_t* out) {
  auto* to = reinterpret_cast<__m128i*>(out);
  const uint32_t groups = (count + 3) / 4;
  const char* next = data + groups;
  __m256i sum = _mm256_setzero_si256();
  const __m256i last = _mm256_set1_epi32(7);
  uint32_t g = 0;
  for (; g + 2 <= groups; g += 2) {
    auto low = static_cast<uint8_t>(data[g]), high = static_cast<uint8_t>(data[g + 1]);
    const char* middle = next + kShuffles.length[low];
    __m256i lanes = _mm256_shuffle_epi8(
        _mm256_loadu2_m128i(reinterpret_cast<const __m128i*>(middle),
                            reinterpret_cast<const __m128i*>(next)),
        _mm256_loadu2_m128i(reinterpret_cast<const __m128i*>(kShuffles.lanes[high].data()),
                            reinterpret_cast<const __m128i*>(kShuffles.lanes[low].data())));
    next = middle + kShuffles.length[high];
    lanes = _mm256_add_epi32(lanes, _mm256_slli_si256(lanes, 4));
    lanes = _mm256_add_epi32(lanes, _mm256_slli_si256(lanes, 8));
    // The low half's total onto the high half.
    __m256i total = _mm256_shuffle_epi32(lanes, 0xff);
    lanes = _mm256_add_epi32(lanes, _mm256_permute2x128_si256(total, total, 0x08));
    lanes = _mm256_add_epi32(lanes, sum);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + g), lanes);
    sum = _mm256_permutevar8x32_epi32(lanes, last);
  }
  if (g == groups) return;
  auto control = static_cast<uint8_t>(data[g]);
  __m128i lanes = _mm_shuffle_epi8(
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(next)),
      _mm_load_si128(reinterpret_cast<const __m128i*>(kShuffles.lanes[control].data())));
  lanes = _mm_add_epi32(lanes, _mm_slli_si128(lanes, 4));
  lanes = _mm_add_epi32(lanes, _mm_slli_si128(lanes, 8));
  _mm_storeu_si128(to + g, _mm_add_epi32(lanes, _mm256_castsi256_si128(sum)));
}

}  // namespace

void unpack_u8(const char* data, int width, uint32_t count, uint8_t* out) {
  kVector ? unpack_u8_vector(data, width, count, out) : plain::unpack_u8(data, width, count, out);
}
void match_bytes(const uint8_t* values, uint32_t count, const ByteSet& set, BlockBits& out) {
  kVector ? match_bytes_vector(values, count, set, out)
          : plain::match_bytes(values, count, set, out);
}
void sum_deltas(const char* data, uint32_t count, uint32_t* out) {
  kVector ? sum_deltas_vector(data, count, out) : plain::sum_deltas(data, count, out);
}
#else
void unpack_u8(const char* data, int width, uint32_t count, uint8_t* out) {
  plain::unpack_u8(data, width, count, out);
}
void match_bytes(const uint8_t* values, uint32_t count, const ByteSet& set, BlockBits& out) {
  plain::match_bytes(values, count, set, out);
}
void sum_deltas(const char* data, uint32_t count, uint32_t* out) {
  plain::sum_deltas(data, count, out);
}
#endif

}  // namespace weir::columnar
