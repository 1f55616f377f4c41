#include "base/sim_files.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir {
namespace {

constexpr uint64_t kFreeBytes = 1ull << 40;

// "a//b/./c/" and "a/b/c" are one path.
std::string normal(std::string_view path) {
  std::string out = path.starts_with('/') ? "/" : "";
  while (!path.empty()) {
    size_t slash = path.find('/');
    std::string_view name = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
    if (name.empty() || name == ".") continue;
    if (!out.empty() && out.back() != '/') out.push_back('/');
    out += name;
  }
  return out.empty() ? "." : out;
}

std::string parent_of(const std::string& path) {
  size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::unexpected<Error> not_found(std::string_view what, const std::string& path) {
  return fail(ErrorCode::NotFound,
              fmt::format("cannot {} \"{}\": no such file or directory", what, path));
}

class SimMap : public MappedFile {
 public:
  explicit SimMap(std::string data) : data_(std::move(data)) {}
  std::string_view bytes() const override { return data_; }

 private:
  std::string data_;  // a copy: appends to the file may move its bytes
};

}  // namespace

class SimFile : public File {
 public:
  SimFile(SimFileSystem& files, SimFileSystem::InodePtr inode, std::string path, bool writable)
      : files_(files),
        inode_(std::move(inode)),
        path_(std::move(path)),
        epoch_(files.epoch_),
        writable_(writable) {}

  Status append(std::string_view data) override {
    WEIR_CHECK_OK(check_writable());
    if (files_.take_fault(files_.faults_.fail_append_after)) {
      // A full disk takes a part: the caller finds a torn tail, not a clean refusal.
      inode_->data.append(data.substr(0, files_.draw_(data.size() + 1)));
      return fail(ErrorCode::ResourceExhausted,
                  fmt::format("cannot append to \"{}\": no space left on device", path_));
    }
    inode_->data.append(data);
    return {};
  }

  Status sync() override {
    WEIR_CHECK_OK(check_writable());
    if (files_.take_fault(files_.faults_.fail_sync_after)) {
      poisoned_ = true;
      if (inode_->lost_end <= inode_->lost_begin) inode_->lost_begin = inode_->synced;
      inode_->lost_end = inode_->data.size();
      return fail(ErrorCode::Unavailable,
                  fmt::format("cannot sync \"{}\": input/output error", path_));
    }
    inode_->synced = inode_->data.size();
    inode_->durable.reset();
    return {};
  }

  Result<std::string> read_at(uint64_t offset, size_t size) const override {
    WEIR_CHECK_OK(check_open());
    if (offset >= inode_->data.size()) return std::string();
    return inode_->data.substr(offset, size);
  }

  Result<uint64_t> size() const override {
    WEIR_CHECK_OK(check_open());
    return inode_->data.size();
  }

  Status truncate(uint64_t size) override {
    WEIR_CHECK_OK(check_writable());
    if (size < inode_->synced) {
      if (!inode_->durable) inode_->durable = inode_->data.substr(0, inode_->synced);
      inode_->synced = size;
    }
    inode_->data.resize(size);
    inode_->lost_end = std::min<size_t>(inode_->lost_end, size);
    return {};
  }

 private:
  Status check_open() const {
    if (epoch_ == files_.epoch_) return {};
    return fail(ErrorCode::Unavailable,
                fmt::format("file \"{}\" was open in a process that is gone", path_));
  }
  Status check_writable() const {
    WEIR_CHECK_OK(check_open());
    if (poisoned_) {
      return fail(ErrorCode::Unavailable,
                  fmt::format("file \"{}\" is not trusted after a failed sync; open it again and "
                              "check what it holds",
                              path_));
    }
    if (writable_) return {};
    return fail(ErrorCode::FailedPrecondition,
                fmt::format("file \"{}\" is open for reading", path_));
  }

  SimFileSystem& files_;
  SimFileSystem::InodePtr inode_;
  std::string path_;
  uint64_t epoch_;
  bool writable_;
  bool poisoned_ = false;
};

class SimLock : public FileLock {
 public:
  SimLock(SimFileSystem& files, std::string path)
      : files_(files), path_(std::move(path)), epoch_(files.epoch_) {}
  SimLock(const SimLock&) = delete;
  SimLock& operator=(const SimLock&) = delete;
  ~SimLock() override {
    // A lock of a dead process must not release the lock its successor took.
    if (epoch_ == files_.epoch_) files_.locked_.erase(path_);
  }

 private:
  SimFileSystem& files_;
  std::string path_;
  uint64_t epoch_;
};

Result<std::unique_ptr<File>> SimFileSystem::open(const std::string& raw, OpenMode mode) {
  std::string path = normal(raw);
  auto found = live_.find(path);
  if (mode == OpenMode::Create || mode == OpenMode::CreatePrivate) {
    if (found != live_.end() || dirs_.contains(path)) {
      return fail(ErrorCode::AlreadyExists, fmt::format("cannot create \"{}\": it exists", path));
    }
    WEIR_CHECK_OK(check_dir(path));
    auto inode = std::make_shared<Inode>();
    apply_pending({"", path, inode, {parent_of(path)}});
    return std::make_unique<SimFile>(*this, inode, path, true);
  }
  if (found == live_.end()) return not_found("open", path);
  return std::make_unique<SimFile>(*this, found->second, path, mode == OpenMode::Append);
}

Result<std::shared_ptr<MappedFile>> SimFileSystem::map(const std::string& raw) {
  std::string path = normal(raw);
  auto found = live_.find(path);
  if (found == live_.end()) return not_found("map", path);
  return std::make_shared<SimMap>(found->second->data);
}

Result<std::vector<std::string>> SimFileSystem::list(const std::string& raw) {
  std::string dir = normal(raw);
  if (!dirs_.contains(dir)) return not_found("list", dir);
  std::vector<std::string> names;
  auto add = [&](const std::string& path) {
    if (path != dir && path != "." && path != "/" && parent_of(path) == dir) {
      names.push_back(path.substr(path.rfind('/') + 1));
    }
  };
  for (const auto& [path, inode] : live_) add(path);
  for (const std::string& path : dirs_) add(path);
  std::ranges::sort(names);
  return names;
}

Status SimFileSystem::make_dirs(const std::string& raw) {
  for (std::string dir = normal(raw); !dirs_.contains(dir); dir = parent_of(dir)) {
    if (live_.contains(dir)) {
      return fail(ErrorCode::InvalidArgument,
                  fmt::format("cannot create directory \"{}\": it is a file", dir));
    }
    dirs_.insert(dir);
  }
  return {};
}

Status SimFileSystem::rename(const std::string& raw_from, const std::string& raw_to) {
  std::string from = normal(raw_from), to = normal(raw_to);
  auto found = live_.find(from);
  if (found == live_.end()) return not_found("rename", from);
  WEIR_CHECK_OK(check_dir(to));
  if (from == to) return {};
  apply_pending({from, to, found->second, {parent_of(from), parent_of(to)}});
  return {};
}

Status SimFileSystem::remove(const std::string& raw) {
  std::string path = normal(raw);
  if (live_.contains(path)) {
    apply_pending({path, "", nullptr, {parent_of(path)}});
    return {};
  }
  if (!dirs_.contains(path)) return not_found("remove", path);
  WEIR_TRY(std::vector<std::string> names, list(path));
  if (!names.empty()) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("cannot remove \"{}\": directory not empty", path));
  }
  dirs_.erase(path);
  return {};
}

// An operation on two directories ties them: it becomes durable in both, and with it everything
// that happened before in either.
Status SimFileSystem::sync_dir(const std::string& raw) {
  std::string dir = normal(raw);
  if (!dirs_.contains(dir)) return not_found("sync directory", dir);
  if (take_fault(faults_.fail_sync_after)) {
    return fail(ErrorCode::Unavailable,
                fmt::format("cannot sync directory \"{}\": input/output error", dir));
  }
  std::set<std::string> tied{dir};
  std::vector<bool> chosen(pending_.size(), false);
  for (size_t i = pending_.size(); i-- > 0;) {
    const std::set<std::string>& dirs = pending_[i].dirs;
    chosen[i] = std::ranges::any_of(dirs, [&](const auto& d) { return tied.contains(d); });
    if (chosen[i]) tied.insert(dirs.begin(), dirs.end());
  }
  std::deque<NameOp> rest;
  for (size_t i = 0; i < pending_.size(); ++i) {
    if (chosen[i]) {
      apply(durable_, pending_[i]);
    } else {
      rest.push_back(std::move(pending_[i]));
    }
  }
  pending_ = std::move(rest);
  return {};
}

bool SimFileSystem::exists(const std::string& raw) {
  std::string path = normal(raw);
  return live_.contains(path) || dirs_.contains(path);
}

Result<std::unique_ptr<FileLock>> SimFileSystem::lock(const std::string& raw) {
  std::string path = normal(raw);
  WEIR_CHECK_OK(check_dir(path));
  if (!locked_.insert(path).second) {
    return fail(ErrorCode::FailedPrecondition,
                fmt::format("\"{}\" is locked; another weir uses this directory", path));
  }
  if (!live_.contains(path)) {
    apply_pending({"", path, std::make_shared<Inode>(), {parent_of(path)}});
  }
  return std::make_unique<SimLock>(*this, path);
}

Result<uint64_t> SimFileSystem::free_bytes(const std::string& raw) {
  std::string dir = normal(raw);
  if (!dirs_.contains(dir)) return not_found("measure", dir);
  return kFreeBytes;
}

void SimFileSystem::kill_process() {
  ++epoch_;
  locked_.clear();
}

void SimFileSystem::power_cut(PowerCut mode) {
  kill_process();
  size_t kept = 0;
  if (mode == PowerCut::KeepUnsynced) kept = pending_.size();
  if (mode == PowerCut::TearUnsynced) kept = draw_(pending_.size() + 1);
  for (size_t i = 0; i < kept; ++i) apply(durable_, pending_[i]);
  pending_.clear();
  live_ = durable_;
  std::set<Inode*> settled;  // a file may have two names while a rename is half durable
  for (auto& [path, inode] : live_) {
    if (!settled.insert(inode.get()).second) continue;
    inode->data = survivor(*inode, mode);
    size_t lost_end =
        mode == PowerCut::KeepUnsynced ? 0 : std::min(inode->lost_end, inode->data.size());
    for (size_t i = inode->lost_begin; i < lost_end; ++i) inode->data[i] = '\0';
    inode->synced = inode->data.size();
    inode->durable.reset();
    inode->lost_begin = inode->lost_end = 0;
  }
}

std::string SimFileSystem::survivor(const Inode& inode, PowerCut mode) {
  std::string_view durable = inode.durable ? std::string_view(*inode.durable)
                                           : std::string_view(inode.data).substr(0, inode.synced);
  if (mode == PowerCut::DropUnsynced) return std::string(durable);
  if (mode == PowerCut::KeepUnsynced) return inode.data;
  // The cut-off of durable bytes may or may not have reached the disk.
  if (inode.durable && draw_(2) == 0) return *inode.durable;
  return inode.data.substr(0, inode.synced + draw_(inode.data.size() - inode.synced + 1));
}

void SimFileSystem::apply_pending(NameOp op) {
  apply(live_, op);
  pending_.push_back(std::move(op));
}

void SimFileSystem::apply(Names& names, const NameOp& op) {
  if (!op.unlinked.empty()) names.erase(op.unlinked);
  if (!op.linked.empty()) names[op.linked] = op.inode;
}

Status SimFileSystem::check_dir(const std::string& path) const {
  if (dirs_.contains(parent_of(path))) return {};
  return not_found("enter", parent_of(path));
}

bool SimFileSystem::take_fault(int64_t& countdown) {
  if (countdown < 0) return false;
  return countdown-- == 0;
}

}  // namespace weir
