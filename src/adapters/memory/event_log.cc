#include "adapters/memory/memory.h"

#include <algorithm>

namespace weir::memory {

MemoryEventLog::MemoryEventLog(Env& env) : env_(env), executor_(env.make_executor("log")) {}
MemoryEventLog::~MemoryEventLog() {
  executor_->stop();
}

void MemoryEventLog::append(std::vector<std::string> records, AppendDone done) {
  size_t bytes = 0;
  for (const std::string& record : records) bytes += record.size();
  std::scoped_lock lock(mutex_);
  if (records.empty()) {
    executor_->post([done = std::move(done)] {
      done(fail(ErrorCode::InvalidArgument, "a batch has at least one record"));
    });
    return;
  }
  if (queued_bytes_ + bytes > kQueueBytesMax) {
    executor_->post([done = std::move(done)] {
      done(fail(ErrorCode::ResourceExhausted, "the queue of the log is full: resend later"));
    });
    return;
  }
  queued_bytes_ += bytes;
  executor_->post([this, bytes, records = std::move(records), done = std::move(done)]() mutable {
    store(std::move(records), bytes, done);
  });
}

void MemoryEventLog::store(std::vector<std::string> records, size_t bytes, const AppendDone& done) {
  Position first;
  std::vector<std::function<void()>> listeners;
  {
    std::scoped_lock lock(mutex_);
    first = begin_ + records_.size();
    TimeMs time = env_.clock().now();
    if (!records_.empty()) time = std::max(time, records_.back().append_time);
    for (std::string& record : records) {
      records_.push_back({begin_ + records_.size(), time, std::move(record)});
    }
    queued_bytes_ -= bytes;
    bytes_ += bytes;
    listeners = listeners_;
  }
  done(first);
  for (const auto& listener : listeners) listener();
}

Result<std::vector<LogRecord>> MemoryEventLog::read(Position from, size_t bytes_max) const {
  std::scoped_lock lock(mutex_);
  std::vector<LogRecord> out;
  if (from >= begin_ + records_.size()) return out;
  if (from < begin_) {
    return fail(ErrorCode::NotFound,
                "position " + std::to_string(from) + " was trimmed from the log");
  }
  size_t bytes = 0;
  for (size_t i = from - begin_; i < records_.size() && (out.empty() || bytes < bytes_max); ++i) {
    bytes += records_[i].bytes.size();
    out.push_back(records_[i]);
  }
  return out;
}

Position MemoryEventLog::begin() const {
  std::scoped_lock lock(mutex_);
  return begin_;
}

Position MemoryEventLog::end() const {
  std::scoped_lock lock(mutex_);
  return begin_ + records_.size();
}

void MemoryEventLog::on_append(std::function<void()> listener) {
  std::scoped_lock lock(mutex_);
  listeners_.push_back(std::move(listener));
}

Status MemoryEventLog::trim(Position before) {
  std::scoped_lock lock(mutex_);
  // Like files: the newest record always stays, so that append times go on from it.
  if (before <= begin_ || records_.size() < 2) return {};
  size_t count = std::min<size_t>(before - begin_, records_.size() - 1);
  for (size_t i = 0; i < count; ++i) bytes_ -= records_[i].bytes.size();
  records_.erase(records_.begin(), records_.begin() + static_cast<ptrdiff_t>(count));
  begin_ += count;
  return {};
}

uint64_t MemoryEventLog::disk_bytes() const {
  std::scoped_lock lock(mutex_);
  return bytes_;
}

bool MemoryEventLog::writable() const {
  return true;
}

}  // namespace weir::memory
