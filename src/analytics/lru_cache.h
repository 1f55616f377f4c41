#pragma once
// The values used last, within a number of bytes. For answers that are asked for again.

#include "base/string_map.h"

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace weir::analytics {

/// Thread-safe. Values are immutable and may outlive their place here.
template <class T>
class LruCache {
 public:
  explicit LruCache(size_t bytes_max) : bytes_max_(bytes_max) {}

  /// Null when it is not there.
  std::shared_ptr<const T> find(std::string_view key) {
    std::lock_guard lock(mutex_);
    auto it = by_key_.find(key);
    if (it == by_key_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, it->second);
    return it->second->value;
  }

  /// `bytes` is what the value takes. One that takes more than a quarter of all room is not kept:
  /// it would push out everything else.
  void put(std::string key, std::shared_ptr<const T> value, size_t bytes) {
    bytes += key.size() + sizeof(Entry);
    if (bytes > bytes_max_ / 4) return;
    std::lock_guard lock(mutex_);
    if (auto it = by_key_.find(key); it != by_key_.end()) drop(it->second);
    entries_.push_front({key, std::move(value), bytes});
    by_key_[std::move(key)] = entries_.begin();
    bytes_ += bytes;
    while (bytes_ > bytes_max_) drop(std::prev(entries_.end()));
  }

  size_t bytes() const {
    std::lock_guard lock(mutex_);
    return bytes_;
  }

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const T> value;
    size_t bytes;
  };
  using At = typename std::list<Entry>::iterator;

  void drop(At at) {
    bytes_ -= at->bytes;
    by_key_.erase(at->key);
    entries_.erase(at);
  }

  const size_t bytes_max_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // last used first
  StringMap<At> by_key_;
  size_t bytes_ = 0;
};

}  // namespace weir::analytics
