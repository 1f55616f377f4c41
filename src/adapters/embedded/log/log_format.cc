#include "adapters/embedded/log/log_format.h"

#include "base/bytes.h"
#include "base/hash.h"

#include <charconv>
#include <cstring>

namespace weir::embedded {
namespace {

constexpr uint64_t kFileMagic = 0x31474f4c52494557;  // "WEIRLOG1"
constexpr uint32_t kFrameMagic = 0x31524657;         // "WFR1"
constexpr uint64_t kMarkMagic = 0x314b524d52494557;  // "WEIRMRK1"
constexpr size_t kMarkBytes = 44;

uint32_t header_checksum(std::string_view header, uint32_t salt) {
  return crc32c(header.substr(8, kFrameHeaderBytes - 8), salt);
}

}  // namespace

std::string FileHeader::encode() const {
  std::string out;
  ByteWriter w(out);
  w.u64(kFileMagic);
  w.u64(first_position);
  w.u64(previous_first_position);
  w.u64(previous_bytes);
  w.u64(static_cast<uint64_t>(previous_append_time));
  w.u32(chain);
  w.u32(0);
  w.u32(salt);
  w.u32(crc32c(out));
  WEIR_ASSERT(out.size() == kFileHeaderBytes);
  return out;
}

std::optional<FileHeader> FileHeader::parse(std::string_view bytes) {
  if (bytes.size() < kFileHeaderBytes) return std::nullopt;
  bytes = bytes.substr(0, kFileHeaderBytes);
  ByteReader r(bytes);
  FileHeader header;
  if (r.u64() != kFileMagic) return std::nullopt;
  header.first_position = r.u64();
  header.previous_first_position = r.u64();
  header.previous_bytes = r.u64();
  header.previous_append_time = static_cast<TimeMs>(r.u64());
  header.chain = r.u32();
  r.u32();
  header.salt = r.u32();
  if (r.u32() != crc32c(bytes.substr(0, kFileHeaderBytes - 4))) return std::nullopt;
  return header;
}

std::optional<FrameHeader> FrameHeader::parse(std::string_view bytes, uint32_t salt) {
  if (bytes.size() < kFrameHeaderBytes) return std::nullopt;
  bytes = bytes.substr(0, kFrameHeaderBytes);
  ByteReader r(bytes);
  if (r.u32() != kFrameMagic) return std::nullopt;
  FrameHeader header;
  header.checksum = r.u32();
  if (header.checksum != header_checksum(bytes, salt)) return std::nullopt;
  header.previous_checksum = r.u32();
  header.payload_crc = r.u32();
  header.payload_bytes = r.u32();
  header.records = r.u32();
  header.first_position = r.u64();
  header.append_time = static_cast<TimeMs>(r.u64());
  if (header.payload_bytes > kFramePayloadBytesMax || header.records == 0) return std::nullopt;
  return header;
}

std::string_view ChainState::mismatch(const FrameHeader& header) const {
  if (header.previous_checksum != checksum) return "it does not follow the frame before it";
  if (header.first_position != next_position) return "records are missing before it";
  if (header.append_time < append_time) return "its time is before the frame before it";
  return {};
}

void ChainState::advance(const FrameHeader& header) {
  checksum = header.checksum;
  next_position += header.records;
  append_time = header.append_time;
}

void append_record(std::string_view record, std::string& payload) {
  ByteWriter(payload).string(record);
}

FrameHeader seal_frame(std::string& frame, uint32_t records, TimeMs append_time,
                       ChainState& chain) {
  WEIR_ASSERT(frame.size() > kFrameHeaderBytes && records > 0);
  WEIR_ASSERT(frame.size() - kFrameHeaderBytes <= kFramePayloadBytesMax);
  FrameHeader header;
  header.previous_checksum = chain.checksum;
  header.payload_crc = crc32c(std::string_view(frame).substr(kFrameHeaderBytes));
  header.payload_bytes = static_cast<uint32_t>(frame.size() - kFrameHeaderBytes);
  header.records = records;
  header.first_position = chain.next_position;
  header.append_time = append_time;
  std::string bytes;
  ByteWriter w(bytes);
  w.u32(kFrameMagic);
  w.u32(0);
  w.u32(header.previous_checksum);
  w.u32(header.payload_crc);
  w.u32(header.payload_bytes);
  w.u32(header.records);
  w.u64(header.first_position);
  w.u64(static_cast<uint64_t>(header.append_time));
  header.checksum = header_checksum(bytes, chain.salt);
  std::memcpy(bytes.data() + 4, &header.checksum, sizeof(header.checksum));
  std::memcpy(frame.data(), bytes.data(), kFrameHeaderBytes);
  chain.advance(header);
  return header;
}

bool decode_records(const FrameHeader& header, std::string_view payload, Position from,
                    int64_t& bytes_left, std::vector<LogRecord>& out) {
  ByteReader r(payload);
  for (uint32_t i = 0; i < header.records; ++i) {
    std::string_view record = r.string();
    if (!r.ok()) return false;
    Position position = header.first_position + i;
    if (position < from) continue;
    if (bytes_left <= 0 && !out.empty()) return true;
    bytes_left -= static_cast<int64_t>(record.size());
    out.push_back({position, header.append_time, std::string(record)});
  }
  return r.at_end();
}

bool contains_frame(std::string_view bytes, uint32_t salt) {
  const char first = static_cast<char>(kFrameMagic & 0xff);
  size_t at = bytes.find(first);
  while (at != std::string_view::npos) {
    if (FrameHeader::parse(bytes.substr(at), salt)) return true;
    at = bytes.find(first, at + 1);
  }
  return false;
}

std::string SyncedMark::encode() const {
  std::string out;
  ByteWriter w(out);
  w.u64(kMarkMagic);
  w.u64(begin);
  w.u64(file);
  w.u64(file_bytes);
  w.u64(end);
  w.u32(crc32c(out));
  WEIR_ASSERT(out.size() == kMarkBytes);
  return out;
}

std::optional<SyncedMark> SyncedMark::parse(std::string_view bytes) {
  if (bytes.size() != kMarkBytes) return std::nullopt;
  ByteReader r(bytes);
  SyncedMark mark;
  if (r.u64() != kMarkMagic) return std::nullopt;
  mark.begin = r.u64();
  mark.file = r.u64();
  mark.file_bytes = r.u64();
  mark.end = r.u64();
  if (r.u32() != crc32c(bytes.substr(0, kMarkBytes - 4))) return std::nullopt;
  return mark;
}

std::string log_file_name(Position first_position) {
  std::string digits = std::to_string(first_position);
  return std::string(20 - digits.size(), '0') + digits + ".log";
}

std::optional<Position> parse_log_file_name(std::string_view name) {
  if (name.size() != 24 || !name.ends_with(".log")) return std::nullopt;
  Position position = 0;
  auto [end, error] = std::from_chars(name.data(), name.data() + 20, position);
  if (error != std::errc() || end != name.data() + 20) return std::nullopt;
  return position;
}

}  // namespace weir::embedded
