#pragma once
// What the pipeline keeps in the StateStore. Everything is a function of the log and of the cursor.
//
//   cC                       cursor row: version, cursor, log time
//   cD <day u32> <seq u64>   dedupe entries of a day: id hash 16 bytes, body digest 4 bytes, each
//   cF <file 16> <page u64>  rows of an imported file that were folded (ports/resident_bits.h)
//   cH <hour u32>            first position of that hour of log time, for retention
//   cT <owner> 00 <key>      timer: due
//   cX <position u64>        dead letter: what happened
//
// Numbers in keys are big-endian, so that byte order is number order.

#include "model/key_space.h"

#include <string>

namespace weir::pipeline {

inline std::string pipeline_key(char kind) {
  return {key_space::kPipeline, kind};
}

inline constexpr char kCursorRow = 'C';
inline constexpr char kDedupeRow = 'D';
inline constexpr char kFileRows = 'F';
inline constexpr char kHourRow = 'H';
inline constexpr char kTimerRow = 'T';
inline constexpr char kDeadLetterRow = 'X';

}  // namespace weir::pipeline
