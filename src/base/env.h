#pragma once
// The seam between Weir and the world: clock, randomness, files, executors and outbound HTTP. The
// program builds a real Env (base/real_env.h); tests and the simulator build a SimEnv
// (base/sim_env.h), which owns time, order and faults. House rules forbid going round it.

#include "base/http.h"
#include "base/result.h"
#include "base/time.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimeMs now() = 0;            // wall clock; may jump
  virtual int64_t monotonic_us() = 0;  // never goes back; for measuring lengths
};

class Random {
 public:
  virtual ~Random() = default;
  /// Cryptographically strong in the real Env; a function of the seed in the simulated one.
  virtual void fill(char* data, size_t size) = 0;
  uint64_t next() {
    uint64_t value;
    fill(reinterpret_cast<char*>(&value), sizeof(value));
    return value;
  }
  /// Uniform in [0, bound), without modulo bias worth caring about (bound < 2^48).
  uint64_t below(uint64_t bound) { return next() % bound; }
  std::string bytes(size_t size) {
    std::string out(size, '\0');
    fill(out.data(), size);
    return out;
  }
};

/// Runs tasks in order on its own thread (or interleaved by the simulator). Never blocks in post().
class Executor {
 public:
  virtual ~Executor() = default;
  virtual void post(std::function<void()> task) = 0;
  virtual void post_after(DurationMs delay, std::function<void()> task) = 0;
  /// Runs what was posted, refuses more, joins the thread. Delayed tasks not yet due are dropped.
  virtual void stop() = 0;
};

/// An open file. Not thread-safe except read_at.
class File {
 public:
  virtual ~File() = default;
  /// ResourceExhausted when the disk is full. After a failure a part of `data` may be in the file.
  virtual Status append(std::string_view data) = 0;
  /// fdatasync. A failure means unsynced bytes may be gone: never retry and trust (RELIABILITY P3).
  /// From then on this handle refuses to write.
  virtual Status sync() = 0;
  /// Shorter than `size` only at the end of the file.
  virtual Result<std::string> read_at(uint64_t offset, size_t size) const = 0;
  virtual Result<uint64_t> size() const = 0;
  virtual Status truncate(uint64_t size) = 0;
};

/// Read-only bytes of a file, mapped; valid while the object lives.
class MappedFile {
 public:
  virtual ~MappedFile() = default;
  virtual std::string_view bytes() const = 0;
};

/// Held while the object lives; a second lock of the same path fails.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

/// Create fails when the file exists, Append and Read when it does not (AlreadyExists, NotFound).
/// Create and Append can read, too. CreatePrivate is Create for the owner's eyes only (mode 0600).
enum class OpenMode { Create, CreatePrivate, Append, Read };

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  virtual Result<std::shared_ptr<MappedFile>> map(const std::string& path) = 0;
  virtual Result<std::vector<std::string>> list(const std::string& dir) = 0;  // names, sorted
  /// Also the missing parents; the new directories are durable.
  virtual Status make_dirs(const std::string& dir) = 0;
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  virtual Status remove(const std::string& path) = 0;  // a file or an empty directory
  /// Makes creations, renames and removals in `dir` durable.
  virtual Status sync_dir(const std::string& dir) = 0;
  virtual bool exists(const std::string& path) = 0;  // file or directory
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
  virtual Result<uint64_t> free_bytes(const std::string& dir) = 0;

  Result<std::string> read_all(const std::string& path);
  /// Writes beside, syncs, renames over, syncs the directory: a reader sees old or new, never half.
  Status write_atomic(const std::string& path, std::string_view data);
};

/// Outbound calls (vendors). `done` once, on any thread. DeadlineExceeded and Unavailable leave the
/// outcome unknown, unless Error::field is "connection": then the request was never written.
class HttpClient {
 public:
  using Done = std::function<void(Result<HttpResponse>)>;
  virtual ~HttpClient() = default;
  /// `url` is absolute; request.target is ignored. Redirects are not followed.
  virtual void send(std::string url, HttpRequest request, DurationMs timeout_ms, Done done) = 0;
};

class Env {
 public:
  virtual ~Env() = default;
  virtual Clock& clock() = 0;
  virtual Random& random() = 0;
  virtual FileSystem& files() = 0;
  virtual HttpClient& http() = 0;
  /// A new executor; `name` becomes the thread's name (≤ 15 bytes).
  virtual std::unique_ptr<Executor> make_executor(std::string_view name) = 0;
};

}  // namespace weir
