#include "columnar/column_writer.h"

#include "base/bytes.h"
#include "columnar/bit_pack.h"
#include "columnar/time_block.h"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace weir::columnar {
namespace {

constexpr std::array<double, 5> kScales = {1, 10, 100, 1000, 10000};
constexpr int kZstdLevel = 3;

uint32_t block_count(size_t rows) {
  return static_cast<uint32_t>((rows + kBlockRows - 1) / kBlockRows);
}

/// Descriptors in front, payload behind; offsets are filled in as blocks are added.
class SectionWriter {
 public:
  SectionWriter(uint32_t blocks, std::string front = {})
      : front_(std::move(front)),
        refs_(blocks),
        header_(front_.size() + blocks * sizeof(BlockRef)) {}

  BlockRef& start(uint32_t block) {
    refs_[block].offset = static_cast<uint32_t>((header_ + payload_.size()) / 8);
    return refs_[block];
  }
  std::string& payload() { return payload_; }
  void align() { payload_.resize((payload_.size() + 7) / 8 * 8); }

  std::string finish() {
    std::string out = std::move(front_);
    out.append(reinterpret_cast<const char*>(refs_.data()), refs_.size() * sizeof(BlockRef));
    align();
    out += payload_;
    out.append(kPackPadding, '\0');
    return out;
  }

 private:
  std::string front_;  // before the descriptors
  std::vector<BlockRef> refs_;
  size_t header_;
  std::string payload_;
};

/// Packs values as differences to the smallest one (as signed numbers, wrapping).
void pack_block(std::span<uint64_t> values, BlockRef& ref, std::string& out) {
  auto as_signed = [](uint64_t a, uint64_t b) {
    return static_cast<int64_t>(a) < static_cast<int64_t>(b);
  };
  uint64_t base = *std::min_element(values.begin(), values.end(), as_signed);
  uint64_t max = 0;
  for (uint64_t& v : values) {
    v -= base;
    max = std::max(max, v);
  }
  ref.base = static_cast<int64_t>(base);
  ref.width = static_cast<uint8_t>(pack_width(max));
  pack(values, ref.width, out);
}

/// The decimal scale at which every value is an exact integer; kRawDouble when there is none.
uint8_t decimal_scale(std::span<const uint64_t> values) {
  for (size_t s = 0; s < kScales.size(); ++s) {
    auto exact = [&](uint64_t bits) {
      double v = std::bit_cast<double>(bits), scaled = std::nearbyint(v * kScales[s]);
      // Negative zero would come back as zero.
      return std::fabs(scaled) < 9e15 && std::bit_cast<uint64_t>(scaled / kScales[s]) == bits;
    };
    if (std::all_of(values.begin(), values.end(), exact)) return static_cast<uint8_t>(s);
  }
  return kRawDouble;
}

void pack_doubles(std::span<uint64_t> values, BlockRef& ref, std::string& out) {
  uint8_t scale = decimal_scale(values);
  ref.kind |= static_cast<uint8_t>(scale << 4);
  if (scale == kRawDouble) {
    ref.width = 64;
    pack(values, 64, out);
    return;
  }
  for (uint64_t& v : values) {
    double scaled = std::nearbyint(std::bit_cast<double>(v) * kScales[scale]);
    v = static_cast<uint64_t>(static_cast<int64_t>(scaled));
  }
  pack_block(values, ref, out);
}

void put_bytes(std::span<const std::string_view> values, std::string& out) {
  std::string raw;
  ByteWriter w(raw);
  uint32_t end = 0;
  for (std::string_view v : values) w.u32(end += static_cast<uint32_t>(v.size()));
  for (std::string_view v : values) raw += v;
  std::string packed(ZSTD_compressBound(raw.size()), '\0');
  size_t size = ZSTD_compress(packed.data(), packed.size(), raw.data(), raw.size(), kZstdLevel);
  bool smaller = ZSTD_isError(size) == 0 && size < raw.size();
  ByteWriter header(out);
  header.u32(static_cast<uint32_t>(raw.size()));
  header.u32(static_cast<uint32_t>(smaller ? size : raw.size()));
  out.append(smaller ? packed.data() : raw.data(), smaller ? size : raw.size());
}

/// Presence of `rows` (numbers within the block) among `block_rows`.
void put_presence(std::span<const uint16_t> rows, uint32_t block_rows, BlockRef& ref,
                  SectionWriter& out) {
  ref.count = static_cast<uint16_t>(rows.size());
  if (rows.size() == block_rows) {
    ref.kind = static_cast<uint8_t>(Presence::All);
  } else if (rows.size() * 16 < kBlockRows) {
    ref.kind = static_cast<uint8_t>(Presence::List);
    out.payload().append(reinterpret_cast<const char*>(rows.data()), rows.size_bytes());
  } else {
    ref.kind = static_cast<uint8_t>(Presence::Bitmap);
    std::array<uint64_t, kBlockRows / 64> bits{};
    for (uint16_t r : rows) bits[r / 64] |= uint64_t{1} << (r % 64);
    out.payload().append(reinterpret_cast<const char*>(bits.data()), sizeof(bits));
  }
  out.align();
}

/// Encodes one value column.
class ValueColumn {
 public:
  ValueColumn(const EventValues& column, CellType type, uint32_t rows, const RunBase* base)
      : column_(column), type_(type), rows_(rows), base_(base), out_(block_count(rows), codes()) {}

  std::string encode() {
    for (uint32_t b = 0; b < block_count(rows_); ++b) encode_block(b);
    return out_.finish();
  }

 private:
  static bool is_bytes(CellType type) { return type == CellType::List || type == CellType::Json; }

  /// The codes of a text column, ascending, in front of its descriptors.
  std::string codes() {
    if (type_ != CellType::Text) return {};
    codes_.assign(column_.values.begin(), column_.values.end());
    std::sort(codes_.begin(), codes_.end());
    codes_.erase(std::unique(codes_.begin(), codes_.end()), codes_.end());
    std::string front;
    ByteWriter w(front);
    w.u32(static_cast<uint32_t>(codes_.size()));
    w.u32(0);
    for (uint64_t code : codes_) w.u32(static_cast<uint32_t>(code));
    front.resize((front.size() + 7) / 8 * 8);
    return front;
  }
  uint64_t index_of(uint64_t code) const {
    return static_cast<uint64_t>(std::lower_bound(codes_.begin(), codes_.end(), code) -
                                 codes_.begin());
  }

  void encode_block(uint32_t block) {
    uint32_t first = block * kBlockRows, end = std::min(rows_, first + kBlockRows);
    size_t begin = next_;
    present_.clear();
    while (next_ < column_.ordinals.size() && column_.ordinals[next_] < end)
      present_.push_back(static_cast<uint16_t>(column_.ordinals[next_++] - first));
    if (present_.empty()) return;  // a zero BlockRef says None
    BlockRef& ref = out_.start(block);
    put_presence(present_, end - first, ref, out_);
    if (is_bytes(type_)) {
      put_bytes(std::span(column_.bytes).subspan(begin, next_ - begin), out_.payload());
      out_.align();
      return;
    }
    if (type_ == CellType::Present) return;
    bool run_based = base_ != nullptr && put_changes(begin, ref);
    if (!run_based) {
      values_.assign(column_.values.begin() + static_cast<ptrdiff_t>(begin),
                     column_.values.begin() + static_cast<ptrdiff_t>(next_));
    }
    if (ref.width == kAsRun) return;
    if (type_ == CellType::Text) {
      for (uint64_t& v : values_) v = index_of(v);
    }
    type_ == CellType::Double ? pack_doubles(values_, ref, out_.payload())
                              : pack_block(values_, ref, out_.payload());
    if (run_based) ref.width |= kRunBased;
  }

  /// Bits of the values that are not their run's, and those values; false when it does not pay.
  bool put_changes(size_t begin, BlockRef& ref) {
    std::array<uint64_t, kBlockRows / 64> bits{};
    values_.clear();
    for (size_t i = begin; i < next_; ++i) {
      uint64_t value = column_.values[i];
      if (value == base_->value[base_->run_of[column_.ordinals[i]]]) continue;
      bits[(i - begin) / 64] |= uint64_t{1} << ((i - begin) % 64);
      values_.push_back(value);
    }
    if (values_.empty()) {
      ref.width = kAsRun;
      return true;
    }
    if (values_.size() * 4 > (next_ - begin) * 3) return false;
    size_t words = (next_ - begin + 63) / 64;
    out_.payload().append(reinterpret_cast<const char*>(bits.data()), words * sizeof(uint64_t));
    return true;
  }

  const EventValues& column_;
  const CellType type_;
  const uint32_t rows_;
  const RunBase* const base_;
  std::vector<uint64_t> codes_, values_;
  std::vector<uint16_t> present_;
  size_t next_ = 0;
  SectionWriter out_;  // after codes_, which its first bytes are made of
};

}  // namespace

std::string encode_packed(std::span<const uint64_t> values) {
  SectionWriter out(block_count(values.size()));
  std::vector<uint64_t> block;
  for (uint32_t b = 0; b < block_count(values.size()); ++b) {
    auto part =
        values.subspan(size_t{b} * kBlockRows,
                       std::min<size_t>(kBlockRows, values.size() - size_t{b} * kBlockRows));
    block.assign(part.begin(), part.end());
    BlockRef& ref = out.start(b);
    ref.count = static_cast<uint16_t>(part.size());
    ref.kind = static_cast<uint8_t>(Presence::All);
    pack_block(block, ref, out.payload());
  }
  return out.finish();
}

std::string encode_time_column(std::span<const int64_t> times) {
  SectionWriter out(block_count(times.size()));
  for (uint32_t b = 0; b < block_count(times.size()); ++b) {
    auto part = times.subspan(size_t{b} * kBlockRows,
                              std::min<size_t>(kBlockRows, times.size() - size_t{b} * kBlockRows));
    BlockRef& ref = out.start(b);
    ref.count = static_cast<uint16_t>(part.size());
    encode_times(part, ref, out.payload());
    out.align();
  }
  return out.finish();
}

std::string encode_values(const EventValues& column, CellType type, uint32_t rows,
                          const RunBase* base) {
  return ValueColumn(column, type, rows, base).encode();
}

}  // namespace weir::columnar
