#pragma once
// Times of files, fast for the way in which nearly all of them are written.

#include "base/time.h"

#include <absl/container/flat_hash_map.h>

#include <optional>
#include <string>
#include <string_view>

namespace weir::collect {

/// Reads "2026-03-02 08:30[:00[.123]]", also with a T, as parse_file_time does; nullopt for every
/// other form, which is left to it. One per thread.
class TimeReader {
 public:
  explicit TimeReader(std::string time_zone) : time_zone_(std::move(time_zone)) {}

  std::optional<TimeMs> read(std::string_view text);

 private:
  std::optional<TimeMs> quarter_start(uint32_t key, std::string_view text, int minute);

  const std::string time_zone_;
  // Zones change their offset on quarters of an hour.
  absl::flat_hash_map<uint32_t, TimeMs> quarters_;
  uint32_t last_key_ = 0;  // 0 is no key
  TimeMs last_start_ = 0;
};

}  // namespace weir::collect
