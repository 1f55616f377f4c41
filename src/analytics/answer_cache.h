#pragma once
// Answers kept while nothing changed: the same definition, as of the same instant, over the same
// data.

#include "analytics/lru_cache.h"
#include "base/json.h"
#include "base/metrics.h"
#include "base/time.h"

#include <optional>
#include <string>

namespace weir::analytics {

/// Thread-safe.
class AnswerCache {
 public:
  static constexpr size_t kBytesMax = 64 << 20;
  /// A question without as_of means now. While nothing was recorded since, the answer of this long
  /// ago is today's answer still, but for windows that closed meanwhile; it says its as_of.
  static constexpr DurationMs kNowMeansMs = 60 * kSecondMs;

  /// `metrics` may be null.
  explicit AnswerCache(Metrics* metrics);

  /// When a question is asked that does not say its as_of, and where.
  struct Now {
    TimeMs time;
    const Calendar& calendar;  // in which its relative dates move
  };
  /// `canonical` is the text of a definition (definition.h) as it was asked; `now` is empty when it
  /// says its as_of.
  std::optional<json::object> find(const std::string& canonical, uint64_t data_version,
                                   const std::optional<Now>& now);
  /// `data_version` was read before the question was asked.
  void put(std::string canonical, uint64_t data_version, TimeMs as_of, const json::object& answer);

 private:
  struct Answer {
    std::string text;
    uint64_t data_version;
    TimeMs as_of;
  };
  LruCache<Answer> answers_{kBytesMax};
  Counter *hits_ = nullptr, *misses_ = nullptr;
  Gauge* bytes_ = nullptr;
};

}  // namespace weir::analytics
