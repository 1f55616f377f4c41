#pragma once
// The simulated disk: files in memory with what is durable and what is not. Private to base.
//
// Two things are tracked apart, as on a real disk:
//   bytes   a file's content up to its last sync is durable; what came after is not
//   names   a directory's entries as of its last sync_dir; later creations, renames and removals
//           are pending operations, even when the file's bytes are synced
// Directories themselves are durable when made, as make_dirs of the real Env makes them.

#include "base/sim_env.h"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace weir {

/// Uniform number in [0, bound) from a seeded stream.
using SimDraw = std::function<uint64_t(uint64_t bound)>;

class SimFileSystem : public FileSystem {
 public:
  explicit SimFileSystem(SimDraw draw) : draw_(std::move(draw)) {}

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<std::shared_ptr<MappedFile>> map(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& dir) override;
  Status make_dirs(const std::string& dir) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status sync_dir(const std::string& dir) override;
  bool exists(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;
  Result<uint64_t> free_bytes(const std::string& dir) override;

  FileFaults& faults() { return faults_; }
  void power_cut(PowerCut mode);
  /// Open files and locks of the killed process are gone; bytes and names stay as they are.
  void kill_process();

 private:
  friend class SimFile;
  friend class SimLock;

  struct Inode {
    std::string data;
    size_t synced = 0;                   // data[0, synced) is durable, unless `durable` is set
    std::optional<std::string> durable;  // kept when durable bytes were cut off after the sync
    // Bytes that were dirty when a sync failed: the system forgets that it owes them to the disk,
    // so a later sync that succeeds does not save them. They still read well until the power cut.
    size_t lost_begin = 0, lost_end = 0;
  };
  using InodePtr = std::shared_ptr<Inode>;
  using Names = std::map<std::string, InodePtr>;

  /// One change of names, atomic; a rename within or across directories is one operation.
  struct NameOp {
    std::string unlinked, linked;  // paths, either may be empty
    InodePtr inode;                // what `linked` names
    std::set<std::string> dirs;    // whose entries it changes
  };

  void apply_pending(NameOp op);
  static void apply(Names& names, const NameOp& op);
  std::string survivor(const Inode& inode, PowerCut mode);
  Status check_dir(const std::string& path) const;
  bool take_fault(int64_t& countdown);

  SimDraw draw_;
  FileFaults faults_;
  uint64_t epoch_ = 0;          // handles of an older epoch are dead
  Names live_;                  // what the process sees
  Names durable_;               // what a power cut certainly leaves
  std::deque<NameOp> pending_;  // durable_ + pending_ = live_
  std::set<std::string> dirs_{"/", "."};
  std::set<std::string> locked_;
};

}  // namespace weir
