#include "analytics/answer_cache.h"

namespace weir::analytics {

AnswerCache::AnswerCache(Metrics* metrics) {
  if (metrics == nullptr) return;
  hits_ = &metrics->counter("weir_query_cache_total", "outcome=\"hit\"");
  misses_ = &metrics->counter("weir_query_cache_total", "outcome=\"miss\"");
  bytes_ = &metrics->gauge("weir_query_cache_bytes");
}

std::optional<json::object> AnswerCache::find(const std::string& canonical, uint64_t data_version,
                                              const std::optional<Now>& now) {
  std::shared_ptr<const Answer> kept = answers_.find(canonical);
  bool fresh = kept != nullptr && kept->data_version == data_version;
  if (fresh && now) {
    TimeMs age = now->time - kept->as_of;
    fresh = age >= 0 && age <= kNowMeansMs &&
            now->calendar.day_number(now->time) == now->calendar.day_number(kept->as_of);
  }
  if (Counter* outcome = fresh ? hits_ : misses_; outcome != nullptr) outcome->add();
  if (!fresh) return std::nullopt;
  auto parsed = json::parse(kept->text);
  if (!parsed) return std::nullopt;
  return std::move(parsed->get_object());
}

void AnswerCache::put(std::string canonical, uint64_t data_version, TimeMs as_of,
                      const json::object& answer) {
  auto kept = std::make_shared<Answer>(Answer{json::to_text(answer), data_version, as_of});
  size_t bytes = kept->text.size();
  answers_.put(std::move(canonical), std::move(kept), bytes);
  if (bytes_ != nullptr) bytes_->set(static_cast<int64_t>(answers_.bytes()));
}

}  // namespace weir::analytics
