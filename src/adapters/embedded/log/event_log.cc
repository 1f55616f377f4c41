#include "adapters/embedded/log/event_log.h"

#include "adapters/embedded/log/log_writer.h"
#include "adapters/embedded/log/recover.h"
#include "adapters/embedded/log/tail_cache.h"
#include "adapters/embedded/log/verify.h"
#include "base/log.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>

namespace weir::embedded {
namespace {

class FileEventLog : public EmbeddedEventLog {
 public:
  FileEventLog(Env& env, EventLogOptions options, std::unique_ptr<FileLock> lock)
      : env_(env),
        options_(std::move(options)),
        lock_(std::move(lock)),
        cache_(options_.cache_bytes_max),
        executor_(env.make_executor("log")) {}
  ~FileEventLog() override { stop(); }

  Status start(Recovered found);

  void append(std::vector<std::string> records, AppendDone done) override;
  Result<std::vector<LogRecord>> read(Position from, size_t bytes_max) const override;
  Position begin() const override { return begin_.load(); }
  Position end() const override { return end_.load(); }
  void on_append(std::function<void()> listener) override;
  Status trim(Position before) override;
  uint64_t disk_bytes() const override;
  bool writable() const override { return writable_.load(); }
  Status close() override;
  Status verify() const override;

 private:
  struct Batch {
    std::string payload;
    uint32_t records = 0;
    AppendDone done;
  };

  void stop();
  void refuse(AppendDone done, std::unexpected<Error> error);
  void write_groups();
  bool write_group();
  std::vector<Batch> take_group(size_t& payload_bytes);
  Result<Position> write_batches(const std::vector<Batch>& group, size_t payload_bytes);
  Status make_room();
  void publish(const FrameHeader& header, std::string frame);
  Status write_mark(Position begin);
  std::shared_ptr<LogFile> file_of(Position position, uint64_t& durable_bytes) const;

  Env& env_;
  const EventLogOptions options_;
  const std::unique_ptr<FileLock> lock_;
  std::unique_ptr<LogWriter> writer_;  // executor only

  mutable std::mutex mutex_;
  std::deque<Batch> queue_;
  size_t queued_bytes_ = 0;
  bool write_posted_ = false;
  bool closed_ = false;
  std::vector<std::shared_ptr<LogFile>> files_;
  uint64_t newest_bytes_ = 0;  // durable bytes of files_.back()
  TailCache cache_;
  std::vector<std::function<void()>> listeners_;

  std::mutex mark_mutex_;  // taken before mutex_: marks are written in the order of what they say
  Position mark_begin_ = 0;
  std::atomic<Position> begin_{0}, end_{0};
  std::atomic<bool> writable_{true};
  std::unique_ptr<Executor> executor_;  // last: its tasks use everything above
};

/// Brings the directory to the state that `found` describes and starts serving it.
Status FileEventLog::start(Recovered found) {
  FileSystem& files = env_.files();
  writer_ = std::make_unique<LogWriter>(env_, options_, found.chain);
  if (!found.unborn.empty()) WEIR_CHECK_OK(files.remove(found.unborn));
  files_ = std::move(found.files);
  // before the first file: no file is ever without a mark
  if (!found.has_mark) WEIR_CHECK_OK(write_mark(0));
  if (!files_.empty()) {
    WEIR_TRY(auto newest, files.open(files_.back()->path(), OpenMode::Append));
    if (found.torn_bytes > 0) {
      log::warn("log_tail_cut",
                {{"bytes", found.torn_bytes}, {"position", found.chain.next_position}});
      WEIR_TRY(uint64_t size, newest->size());
      if (size > found.newest_bytes) WEIR_CHECK_OK(newest->truncate(found.newest_bytes));
    }
    WEIR_CHECK_OK(newest->sync());
    newest.reset();
    WEIR_CHECK_OK(writer_->resume(files_.back(), found.newest_bytes));
  }
  newest_bytes_ = found.newest_bytes;
  end_ = found.chain.next_position;
  begin_ = files_.empty() ? 0 : files_.front()->header().first_position;
  WEIR_CHECK_OK(write_mark(std::max(found.mark.begin, begin_.load())));
  return trim(found.mark.begin);  // a kill may have come between the mark and the removal
}

void FileEventLog::append(std::vector<std::string> records, AppendDone done) {
  Batch batch;
  size_t bytes = 0;
  for (const std::string& record : records) bytes += record.size() + 5;
  if (records.empty() || bytes > kFramePayloadBytesMax) {
    return refuse(std::move(done),
                  fail(ErrorCode::InvalidArgument, "a batch has at least one record and at most " +
                                                       std::to_string(kFramePayloadBytesMax) +
                                                       " bytes, not " + std::to_string(bytes)));
  }
  batch.payload.reserve(bytes);
  for (const std::string& record : records) append_record(record, batch.payload);
  batch.records = static_cast<uint32_t>(records.size());
  batch.done = std::move(done);
  std::unique_lock lock(mutex_);
  if (closed_ || !writable_) {
    lock.unlock();
    return refuse(std::move(batch.done),
                  fail(ErrorCode::Unavailable, "the log takes no more records"));
  }
  if (queued_bytes_ + batch.payload.size() > options_.queue_bytes_max) {
    lock.unlock();
    return refuse(std::move(batch.done),
                  fail(ErrorCode::ResourceExhausted, "the queue of the log is full: resend later"));
  }
  queued_bytes_ += batch.payload.size();
  queue_.push_back(std::move(batch));
  if (write_posted_) return;
  write_posted_ = true;
  executor_->post([this] { write_groups(); });
}

void FileEventLog::refuse(AppendDone done, std::unexpected<Error> error) {
  {
    std::scoped_lock lock(mutex_);
    if (!closed_) {
      executor_->post([done = std::move(done), error = std::move(error)] { done(error); });
      return;
    }
  }
  done(std::move(error));  // the executor is gone or going
}

/// Takes what is queued, up to a group's size; at least one batch when there is one.
std::vector<FileEventLog::Batch> FileEventLog::take_group(size_t& payload_bytes) {
  std::vector<Batch> group;
  std::scoped_lock lock(mutex_);
  while (!queue_.empty()) {
    size_t bytes = queue_.front().payload.size();
    if (!group.empty() && payload_bytes + bytes > options_.group_bytes_max) break;
    payload_bytes += bytes;
    queued_bytes_ -= bytes;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  if (group.empty()) write_posted_ = false;
  return group;
}

/// One group a task, so that refusals posted meanwhile are not held up by a busy queue.
void FileEventLog::write_groups() {
  while (write_group()) {
    std::scoped_lock lock(mutex_);
    if (closed_) continue;  // the executor takes no more tasks: finish here
    executor_->post([this] { write_groups(); });
    return;
  }
}

/// False when nothing was queued.
bool FileEventLog::write_group() {
  size_t payload_bytes = 0;
  std::vector<Batch> group = take_group(payload_bytes);
  if (group.empty()) return false;
  Result<Position> first = write_batches(group, payload_bytes);
  if (first) {
    Position position = *first;
    for (Batch& batch : group) {
      batch.done(position);
      position += batch.records;
    }
    std::vector<std::function<void()>> listeners;
    {
      std::scoped_lock lock(mutex_);
      listeners = listeners_;
    }
    for (const auto& listener : listeners) listener();
  } else {
    for (Batch& batch : group) batch.done(std::unexpected(first.error()));
  }
  return true;
}

Result<Position> FileEventLog::write_batches(const std::vector<Batch>& group,
                                             size_t payload_bytes) {
  WEIR_CHECK_OK(make_room());
  std::string frame;
  frame.reserve(kFrameHeaderBytes + payload_bytes);
  frame.resize(kFrameHeaderBytes);
  uint32_t records = 0;
  for (const Batch& batch : group) {
    frame += batch.payload;
    records += batch.records;
  }
  auto header = writer_->write(frame, records);
  if (!header) {
    if (writer_->poisoned()) writable_ = false;
    return std::unexpected(header.error());
  }
  publish(*header, std::move(frame));
  return header->first_position;
}

/// Checks that the disk has room and begins a new file when it is time.
Status FileEventLog::make_room() {
  if (writer_->poisoned())
    return fail(ErrorCode::Unavailable, "the log is read-only until restart");
  WEIR_TRY(uint64_t free_bytes, env_.files().free_bytes(options_.dir));
  if (free_bytes < options_.disk_reserve_bytes) {
    return fail(ErrorCode::ResourceExhausted,
                "the disk of the log has " + std::to_string(free_bytes) +
                    " bytes left, fewer than the reserve of " +
                    std::to_string(options_.disk_reserve_bytes) + ": free space, then resend");
  }
  if (!writer_->needs_roll()) return {};
  auto file = writer_->roll();
  if (!file) {
    if (writer_->poisoned()) writable_ = false;
    return std::unexpected(file.error());
  }
  {
    std::scoped_lock lock(mutex_);
    files_.push_back(*file);
    newest_bytes_ = writer_->file_bytes();
  }
  return write_mark(begin_);
}

void FileEventLog::publish(const FrameHeader& header, std::string frame) {
  auto cached = std::make_shared<CachedFrame>(CachedFrame{header, std::move(frame)});
  std::scoped_lock lock(mutex_);
  cache_.push(std::move(cached));
  newest_bytes_ = writer_->file_bytes();
  end_ = header.first_position + header.records;
}

Result<std::vector<LogRecord>> FileEventLog::read(Position from, size_t bytes_max) const {
  std::vector<LogRecord> out;
  auto bytes_left = static_cast<int64_t>(bytes_max);
  Position end = end_;
  if (from >= end) return out;
  if (from < begin_) {
    return fail(ErrorCode::NotFound,
                "position " + std::to_string(from) + " was trimmed from the log");
  }
  std::vector<std::shared_ptr<const CachedFrame>> cached;
  {
    std::scoped_lock lock(mutex_);
    cached = cache_.find(from, bytes_max);
  }
  for (const auto& frame : cached) {
    if (bytes_left <= 0 && !out.empty()) return out;
    WEIR_ASSERT(decode_records(frame->header, frame->payload(), from, bytes_left, out));
  }
  while (out.empty() || (bytes_left > 0 && cached.empty())) {
    Position next = out.empty() ? from : out.back().position + 1;
    if (next >= end) return out;
    uint64_t durable_bytes = 0;
    auto file = file_of(next, durable_bytes);
    if (!file)
      return fail(ErrorCode::NotFound, "position " + std::to_string(from) + " was trimmed");
    size_t before = out.size();
    WEIR_CHECK_OK(file->read(next, durable_bytes, bytes_left, out));
    if (out.size() == before) {
      return fail(ErrorCode::DataLoss,
                  file->path() + ": position " + std::to_string(next) + " is missing");
    }
  }
  return out;
}

std::shared_ptr<LogFile> FileEventLog::file_of(Position position, uint64_t& durable_bytes) const {
  std::scoped_lock lock(mutex_);
  auto after = std::partition_point(files_.begin(), files_.end(), [&](const auto& file) {
    return file->header().first_position <= position;
  });
  if (after == files_.begin()) return nullptr;
  durable_bytes = after == files_.end() ? newest_bytes_ : (*after)->header().previous_bytes;
  return *std::prev(after);
}

void FileEventLog::on_append(std::function<void()> listener) {
  std::scoped_lock lock(mutex_);
  listeners_.push_back(std::move(listener));
}

Status FileEventLog::trim(Position before) {
  std::vector<std::shared_ptr<LogFile>> removed;
  Position begin = begin_;
  {
    std::scoped_lock lock(mutex_);
    for (size_t i = 0; i + 1 < files_.size(); ++i) {
      if (files_[i + 1]->header().first_position > before) break;
      removed.push_back(files_[i]);
      begin = files_[i + 1]->header().first_position;
    }
  }
  // The mark first: after it, a missing old file is a removal and not a loss.
  WEIR_CHECK_OK(write_mark(begin));
  if (removed.empty()) return {};
  {
    std::scoped_lock lock(mutex_);
    begin_ = begin;
    files_.erase(files_.begin(), files_.begin() + static_cast<ptrdiff_t>(removed.size()));
  }
  for (const auto& file : removed) WEIR_CHECK_OK(env_.files().remove(file->path()));
  return env_.files().sync_dir(options_.dir);
}

/// Writes down what is durable now, so that a later loss of it is found.
Status FileEventLog::write_mark(Position begin) {
  std::scoped_lock order(mark_mutex_);
  mark_begin_ = std::max(mark_begin_, begin);
  SyncedMark mark;
  mark.begin = mark_begin_;
  {
    std::scoped_lock lock(mutex_);
    if (!files_.empty()) mark.file = files_.back()->header().first_position;
    mark.file_bytes = newest_bytes_;
    mark.end = end_;
  }
  return env_.files().write_atomic(options_.dir + "/synced", mark.encode());
}

uint64_t FileEventLog::disk_bytes() const {
  std::scoped_lock lock(mutex_);
  uint64_t bytes = newest_bytes_;
  for (size_t i = 1; i < files_.size(); ++i) bytes += files_[i]->header().previous_bytes;
  return bytes;
}

void FileEventLog::stop() {
  {
    std::scoped_lock lock(mutex_);
    closed_ = true;
  }
  executor_->stop();
}

Status FileEventLog::close() {
  stop();
  return write_mark(begin_);
}

Status FileEventLog::verify() const {
  std::vector<std::shared_ptr<LogFile>> files;
  uint64_t newest_bytes = 0;
  {
    std::scoped_lock lock(mutex_);
    files = files_;
    newest_bytes = newest_bytes_;
  }
  LogReport report;
  return scan_files(files, newest_bytes, report);
}

}  // namespace

Result<std::unique_ptr<EmbeddedEventLog>> EmbeddedEventLog::open(Env& env,
                                                                 EventLogOptions options) {
  WEIR_CHECK_OK(env.files().make_dirs(options.dir));
  auto lock = env.files().lock(options.dir + "/lock");
  if (!lock) {
    return fail(ErrorCode::FailedPrecondition,
                options.dir + " is in use by another process: " + lock.error().message);
  }
  WEIR_TRY(Recovered found, recover(env.files(), options.dir));
  auto log = std::make_unique<FileEventLog>(env, std::move(options), *std::move(lock));
  WEIR_CHECK_OK(log->start(std::move(found)));
  return log;
}

}  // namespace weir::embedded
