#pragma once
// Small binary codec used by the formats we own (log frames, envelopes): little-endian fixed
// integers, LEB128 varints, zig-zag for signed, length-prefixed strings. Readers never over-read:
// after a bad read `ok()` is false and every further read returns an empty value.

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace weir {

class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  void u8(uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void u32(uint32_t value) { fixed(value); }
  void u64(uint64_t value) { fixed(value); }
  void f64(double value) { fixed(std::bit_cast<uint64_t>(value)); }
  void varint(uint64_t value) {
    while (value >= 0x80) {
      out_.push_back(static_cast<char>(value | 0x80));
      value >>= 7;
    }
    out_.push_back(static_cast<char>(value));
  }
  void zigzag(int64_t value) {
    varint((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
  }
  void string(std::string_view value) {
    varint(value.size());
    out_.append(value);
  }

 private:
  template <class T>
  void fixed(T value) {
    char buffer[sizeof(T)];
    std::memcpy(buffer, &value, sizeof(T));  // x86-64 and arm64 are little-endian
    out_.append(buffer, sizeof(T));
  }

  std::string& out_;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view data) : data_(data) {}

  bool ok() const { return ok_; }
  bool at_end() const { return data_.empty(); }
  size_t remaining() const { return data_.size(); }

  uint8_t u8() { return fixed<uint8_t>(); }
  uint32_t u32() { return fixed<uint32_t>(); }
  uint64_t u64() { return fixed<uint64_t>(); }
  double f64() { return std::bit_cast<double>(fixed<uint64_t>()); }
  uint64_t varint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !data_.empty(); shift += 7) {
      auto byte = static_cast<uint8_t>(data_.front());
      data_.remove_prefix(1);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    return bad<uint64_t>();
  }
  int64_t zigzag() {
    uint64_t value = varint();
    return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
  }
  /// A view into the reader's input; valid as long as that input is.
  std::string_view string() {
    uint64_t size = varint();
    return ok_ ? bytes(size) : std::string_view();
  }
  /// The same without a length in front.
  std::string_view bytes(uint64_t size) {
    if (size > data_.size()) return bad<std::string_view>();
    std::string_view value = data_.substr(0, size);
    data_.remove_prefix(size);
    return value;
  }

 private:
  template <class T>
  T fixed() {
    if (data_.size() < sizeof(T)) return bad<T>();
    T value;
    std::memcpy(&value, data_.data(), sizeof(T));
    data_.remove_prefix(sizeof(T));
    return value;
  }
  template <class T>
  T bad() {
    ok_ = false;
    data_ = {};
    return T{};
  }

  std::string_view data_;
  bool ok_ = true;
};

}  // namespace weir
