#pragma once
// The newest frames in memory, so that the folds, which read just behind the writers, never touch
// the disk.

#include "adapters/embedded/log/log_format.h"

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace weir::embedded {

struct CachedFrame {
  FrameHeader header;
  std::string bytes;  // header and payload as written
  std::string_view payload() const { return std::string_view(bytes).substr(kFrameHeaderBytes); }
};

/// Not thread-safe. Frames are contiguous: each starts where the one before ended.
class TailCache {
 public:
  explicit TailCache(size_t bytes_max) : bytes_max_(bytes_max) {}

  void push(std::shared_ptr<const CachedFrame> frame);
  /// The frames that hold `from` and what follows, until `bytes_max` is reached; empty when `from`
  /// is older than the cache.
  std::vector<std::shared_ptr<const CachedFrame>> find(Position from, size_t bytes_max) const;

 private:
  const size_t bytes_max_;
  size_t bytes_ = 0;
  std::deque<std::shared_ptr<const CachedFrame>> frames_;
};

}  // namespace weir::embedded
