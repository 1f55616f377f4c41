#include "analytics/recent_questions.h"

#include "analytics/definition.h"

namespace weir::analytics {

std::string RecentQuestions::remember(const json::object& definition) {
  std::string text = canonical_text(definition);
  std::string hash = query_hash(text);
  std::lock_guard lock(mutex_);
  if (auto it = by_hash_.find(hash); it != by_hash_.end()) {
    entries_.splice(entries_.begin(), entries_, it->second);
    return hash;
  }
  bytes_ += text.size();
  entries_.push_front({hash, std::move(text)});
  by_hash_[hash] = entries_.begin();
  while (bytes_ > kBytesMax && entries_.size() > 1) {
    bytes_ -= entries_.back().text.size();
    by_hash_.erase(entries_.back().hash);
    entries_.pop_back();
  }
  return hash;
}

Result<json::object> RecentQuestions::find(std::string_view hash) {
  std::string text;
  {
    std::lock_guard lock(mutex_);
    auto it = by_hash_.find(hash);
    if (it == by_hash_.end()) {
      return fail(ErrorCode::NotFound,
                  "question \"" + std::string(hash) +
                      "\" is not remembered any more; ask it again, or send it as \"query\"",
                  "of.query_hash");
    }
    entries_.splice(entries_.begin(), entries_, it->second);
    text = it->second->text;
  }
  WEIR_TRY(json::value parsed, json::parse(text));
  return std::move(parsed.get_object());
}

}  // namespace weir::analytics
