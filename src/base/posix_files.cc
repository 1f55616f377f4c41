#include "base/posix_files.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace weir {
namespace {

ErrorCode code_of(int error) {
  switch (error) {
    case ENOENT: return ErrorCode::NotFound;
    case EEXIST: return ErrorCode::AlreadyExists;
    case EACCES:
    case EPERM:
    case EROFS: return ErrorCode::PermissionDenied;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE: return ErrorCode::ResourceExhausted;
    case ENOTDIR:
    case EISDIR:
    case ENOTEMPTY:
    case ENAMETOOLONG: return ErrorCode::InvalidArgument;
    default: return ErrorCode::Unavailable;
  }
}

std::unexpected<Error> io_error(std::string_view what, const std::string& path, int error) {
  return fail(code_of(error), fmt::format("cannot {} \"{}\": {}", what, path,
                                          std::generic_category().message(error)));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Result<Descriptor> open_descriptor(const std::string& path, int flags, std::string_view what,
                                   mode_t mode = 0640) {
  int fd;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return io_error(what, path, errno);
  return Descriptor(fd);
}

Result<uint64_t> size_of(int fd, const std::string& path) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) return io_error("measure", path, errno);
  return static_cast<uint64_t>(info.st_size);
}

class PosixFile : public File {
 public:
  PosixFile(Descriptor descriptor, std::string path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  Status append(std::string_view data) override {
    WEIR_CHECK_OK(check_trusted());
    while (!data.empty()) {
      ssize_t written = ::write(descriptor_.get(), data.data(), data.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return io_error("append to", path_, errno);
      data.remove_prefix(static_cast<size_t>(written));
    }
    return {};
  }

  Status sync() override {
    WEIR_CHECK_OK(check_trusted());
    if (::fdatasync(descriptor_.get()) == 0) return {};
    // After one failure the kernel marks the lost pages clean: a second call would report success.
    int error = errno;
    poisoned_ = true;
    auto failure = io_error("sync", path_, error);
    failure.error().code = ErrorCode::Unavailable;
    return failure;
  }

  Result<std::string> read_at(uint64_t offset, size_t size) const override {
    // The file may be shorter than asked: memory follows the file, not the request.
    WEIR_TRY(uint64_t end, size_of(descriptor_.get(), path_));
    if (offset >= end) return std::string();
    std::string out(std::min<uint64_t>(size, end - offset), '\0');
    size_t used = 0;
    while (used < out.size()) {
      ssize_t got = ::pread(descriptor_.get(), out.data() + used, out.size() - used,
                            static_cast<off_t>(offset + used));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return io_error("read", path_, errno);
      if (got == 0) break;
      used += static_cast<size_t>(got);
    }
    out.resize(used);
    return out;
  }

  Result<uint64_t> size() const override { return size_of(descriptor_.get(), path_); }

  Status truncate(uint64_t size) override {
    WEIR_CHECK_OK(check_trusted());
    if (::ftruncate(descriptor_.get(), static_cast<off_t>(size)) == 0) return {};
    return io_error("truncate", path_, errno);
  }

 private:
  Status check_trusted() const {
    if (!poisoned_) return {};
    return fail(ErrorCode::Unavailable,
                fmt::format("file \"{}\" is not trusted after a failed sync; open it again and "
                            "check what it holds",
                            path_));
  }

  Descriptor descriptor_;
  std::string path_;
  bool poisoned_ = false;
};

class PosixMap : public MappedFile {
 public:
  PosixMap(void* data, size_t size) : data_(data), size_(size) {}
  PosixMap(const PosixMap&) = delete;
  PosixMap& operator=(const PosixMap&) = delete;
  ~PosixMap() override {
    if (data_ != nullptr) ::munmap(data_, size_);
  }
  std::string_view bytes() const override { return {static_cast<const char*>(data_), size_}; }

 private:
  void* data_;  // null for an empty file, which cannot be mapped
  size_t size_;
};

class PosixLock : public FileLock {
 public:
  explicit PosixLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  Descriptor descriptor_;  // closing it releases the lock
};

Status sync_directory(const std::string& dir) {
  WEIR_TRY(Descriptor descriptor, open_descriptor(dir, O_RDONLY | O_DIRECTORY, "open directory"));
  if (::fsync(descriptor.get()) != 0) return io_error("sync directory", dir, errno);
  return {};
}

class PosixFileSystem : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    int flags = O_RDONLY;
    bool create = mode == OpenMode::Create || mode == OpenMode::CreatePrivate;
    if (create) flags = O_RDWR | O_APPEND | O_CREAT | O_EXCL;
    if (mode == OpenMode::Append) flags = O_RDWR | O_APPEND;
    std::string_view what = create ? "create" : "open";
    WEIR_TRY(Descriptor descriptor,
             open_descriptor(path, flags, what, mode == OpenMode::CreatePrivate ? 0600 : 0640));
    return std::make_unique<PosixFile>(std::move(descriptor), path);
  }

  Result<std::shared_ptr<MappedFile>> map(const std::string& path) override {
    WEIR_TRY(Descriptor descriptor, open_descriptor(path, O_RDONLY, "open"));
    WEIR_TRY(uint64_t size, size_of(descriptor.get(), path));
    if (size == 0) return std::make_shared<PosixMap>(nullptr, 0);
    void* data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor.get(), 0);
    if (data == MAP_FAILED) return io_error("map", path, errno);
    return std::make_shared<PosixMap>(data, size);
  }

  Result<std::vector<std::string>> list(const std::string& dir) override {
    std::error_code error;
    std::vector<std::string> names;
    std::filesystem::directory_iterator entry(dir, error), end;
    while (!error && entry != end) {
      names.push_back(entry->path().filename().string());
      entry.increment(error);
    }
    if (error) return io_error("list", dir, error.value());
    std::ranges::sort(names);
    return names;
  }

  Status make_dirs(const std::string& dir) override {
    std::error_code error;
    if (dir.empty() || std::filesystem::is_directory(dir, error)) return {};
    std::string parent = std::filesystem::path(dir).parent_path().string();
    WEIR_CHECK_OK(make_dirs(parent));
    if (::mkdir(dir.c_str(), 0750) != 0 && errno != EEXIST) {
      return io_error("create directory", dir, errno);
    }
    if (!std::filesystem::is_directory(dir, error)) return io_error("enter", dir, ENOTDIR);
    return sync_directory(parent.empty() ? "." : parent);
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) == 0) return {};
    return io_error("rename", from, errno);
  }

  Status remove(const std::string& path) override {
    if (::remove(path.c_str()) == 0) return {};
    return io_error("remove", path, errno);
  }

  Status sync_dir(const std::string& dir) override { return sync_directory(dir); }

  bool exists(const std::string& path) override {
    struct stat info{};
    return ::stat(path.c_str(), &info) == 0;
  }

  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    WEIR_TRY(Descriptor descriptor, open_descriptor(path, O_RDWR | O_CREAT, "lock"));
    if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) == 0) {
      return std::make_unique<PosixLock>(std::move(descriptor));
    }
    if (errno != EWOULDBLOCK) return io_error("lock", path, errno);
    return fail(ErrorCode::FailedPrecondition,
                fmt::format("\"{}\" is locked; another weir uses this directory", path));
  }

  Result<uint64_t> free_bytes(const std::string& dir) override {
    struct statvfs info{};
    if (::statvfs(dir.c_str(), &info) != 0) return io_error("measure", dir, errno);
    return static_cast<uint64_t>(info.f_bavail) * info.f_frsize;
  }
};

}  // namespace

std::unique_ptr<FileSystem> make_posix_files() {
  return std::make_unique<PosixFileSystem>();
}

}  // namespace weir
