#include "adapters/embedded/log/tail_cache.h"

#include <algorithm>

namespace weir::embedded {

void TailCache::push(std::shared_ptr<const CachedFrame> frame) {
  bytes_ += frame->bytes.size();
  frames_.push_back(std::move(frame));
  while (bytes_ > bytes_max_ && frames_.size() > 1) {
    bytes_ -= frames_.front()->bytes.size();
    frames_.pop_front();
  }
}

std::vector<std::shared_ptr<const CachedFrame>> TailCache::find(Position from,
                                                                size_t bytes_max) const {
  std::vector<std::shared_ptr<const CachedFrame>> found;
  auto it = std::partition_point(frames_.begin(), frames_.end(), [&](const auto& frame) {
    return frame->header.first_position + frame->header.records <= from;
  });
  if (it == frames_.end() || (*it)->header.first_position > from) return found;
  for (size_t bytes = 0; it != frames_.end() && (found.size() < 2 || bytes < bytes_max); ++it) {
    bytes += (*it)->bytes.size();
    found.push_back(*it);
  }
  return found;
}

}  // namespace weir::embedded
