#pragma once
// Bytes of the embedded log. docs/internals/log-format.md explains why it looks like this.
//
// A log directory:
//
//   lock                        held by the process that writes
//   synced                      SyncedMark: what was durable when it was last written
//   00000000000000000000.log    log files, named by the position of their first record
//   00000000000000181250.log
//
// A log file is a FileHeader and then frames, each the records of one group commit. All numbers are
// little-endian. Every header is covered by a checksum, and every header holds the checksum of the
// header before it, across files too: a hole, a swap or a stale tail breaks the chain.
//
//   FileHeader, 56 bytes                          Frame header, 40 bytes
//    0 u64 magic "WEIRLOG1"                        0 u32 magic "WFR1"
//    8 u64 position of the first record            4 u32 checksum: CRC32C of 8…39, salted
//   16 u64 the same of the file before            8 u32 checksum of the header before (chain)
//   24 u64 bytes of the file before              12 u32 CRC32C of the payload
//   32 i64 append time of the record before      16 u32 payload bytes
//   40 u32 chain: checksum of the last header    20 u32 records
//   44 u32 reserved, 0                            24 u64 position of the first record
//   48 u32 salt, random                           32 i64 append time, epoch ms
//   52 u32 CRC32C of 0…51                         40 payload: each record's length
//                                                    as a varint, and its bytes
//
// The first file has itself as "the file before" (bytes 0, time 0). The salt keeps bytes that a
// client sends inside a record from ever looking like a frame of ours to the search of
// `contains_frame`.

#include "base/result.h"
#include "base/time.h"
#include "model/ids.h"
#include "ports/event_log.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::embedded {

inline constexpr size_t kFileHeaderBytes = 56;
inline constexpr size_t kFrameHeaderBytes = 40;
/// Bounds the memory of a reader and how far a torn tail can reach: one write is one frame.
inline constexpr size_t kFramePayloadBytesMax = 16 << 20;

struct FileHeader {
  Position first_position = 0;
  Position previous_first_position = 0;
  uint64_t previous_bytes = 0;
  TimeMs previous_append_time = 0;
  uint32_t chain = 0;
  uint32_t salt = 0;

  std::string encode() const;
  static std::optional<FileHeader> parse(std::string_view bytes);
};

struct FrameHeader {
  uint32_t checksum = 0;
  uint32_t previous_checksum = 0;
  uint32_t payload_crc = 0;
  uint32_t payload_bytes = 0;
  uint32_t records = 0;
  Position first_position = 0;
  TimeMs append_time = 0;

  /// Parses and checks the header's own checksum; nothing when it is not a frame header of this
  /// file.
  static std::optional<FrameHeader> parse(std::string_view bytes, uint32_t salt);
};

/// Where a writer or reader stands in the chain of frames.
struct ChainState {
  uint32_t checksum = 0;  // of the header before
  uint32_t salt = 0;      // of the file
  Position next_position = 0;
  TimeMs append_time = 0;

  /// Empty when `header` may follow here, otherwise what does not fit.
  std::string_view mismatch(const FrameHeader& header) const;
  void advance(const FrameHeader& header);
};

/// Adds one record to a payload.
void append_record(std::string_view record, std::string& payload);

/// Fills in the first kFrameHeaderBytes of `frame`, whose payload follows them, and moves `chain`
/// on.
FrameHeader seal_frame(std::string& frame, uint32_t records, TimeMs append_time, ChainState& chain);

/// Appends the records of a checked payload with position ≥ `from` to `out`, at least one, until
/// `bytes_left` is used up. False when the payload does not hold what its header says.
bool decode_records(const FrameHeader& header, std::string_view payload, Position from,
                    int64_t& bytes_left, std::vector<LogRecord>& out);

/// True when a frame header of the file with this salt starts anywhere in `bytes`: then what comes
/// before it is not a torn tail but damage to synced data.
bool contains_frame(std::string_view bytes, uint32_t salt);

/// What is known to be durable. A file shorter than its mark has lost acknowledged records.
struct SyncedMark {
  Position begin = 0;       // oldest record kept
  Position file = 0;        // newest log file, by its first position
  uint64_t file_bytes = 0;  // synced bytes of it
  Position end = 0;         // one past the newest durable record

  std::string encode() const;
  static std::optional<SyncedMark> parse(std::string_view bytes);
};

std::string log_file_name(Position first_position);
/// Nothing when `name` is not a log file's name.
std::optional<Position> parse_log_file_name(std::string_view name);

}  // namespace weir::embedded
