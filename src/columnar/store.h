#pragma once
// The behaviour store: rows under subjects, in a mutable head and immutable parts, with a mapping
// that says which subjects are one group. Knows no word of its users (DESIGN §4). Bytes on disk:
// docs/internals/behaviour-store.md.
//
// Threads: append, seal and changes of the mapping come from one thread (the writer). view(),
// snapshot(), verify(), run_seals() and merge_once() may be called from any; merge_once from one at
// a time.

#include "base/env.h"
#include "columnar/manifest.h"
#include "columnar/part_reader.h"
#include "columnar/snapshot.h"

#include <atomic>
#include <deque>
#include <functional>
#include <mutex>

namespace weir::columnar {

struct StoreLimits {
  uint32_t part_rows_max = 16u << 20;  // merges do not make larger parts; bounds their memory
  uint32_t merge_fan_in = 4;           // parts of one size class that are merged into one
  uint32_t moved_share = 50;           // a part is written again when one run in so many has moved
  // Larger parts do not say each row's position in the log (three bytes a row); its order stays.
  uint32_t positions_rows_max = 4u << 20;
  uint32_t event_names_max = 60000;  // part-local codes have 16 bits; later names share one
};

/// A part as visits read it.
struct VisitedPart {
  PartReader reader;
  Part::Runs runs;
};

/// Rows of the head at one moment that are to be a part.
struct Seal {
  HeadView head;
  std::vector<uint32_t> rows;
  MappingSnapshot mapping;
  uint64_t cursor;  // rows of the head from here on stay there
};

/// Which rows of a group are visited, and which of their cells are read.
struct VisitQuery {
  int64_t from = INT64_MIN, to = INT64_MAX;
  std::vector<uint32_t> events, properties;  // codes
  bool all_events = true, all_properties = true;
};

class Store {
 public:
  /// Opens or makes the store in `dir` and locks it. DataLoss: the manifest, the dictionary or the
  /// frame of a part is damaged (sections are checked when they are read; verify() checks all).
  static Result<std::unique_ptr<Store>> open(FileSystem& files, std::string dir,
                                             StoreLimits limits = {});

  // --- the writer -------------------------------------------------------------------------------
  void append(const NewRow& row);
  /// Many rows of one position; codes and List cells are of coder().
  void append(const CodedRows& rows);
  void assign(uint32_t subject, uint32_t group);
  void join(uint32_t from, uint32_t into);
  void drop(uint32_t group);
  void drop_subject(uint32_t subject);
  uint32_t group_of(uint32_t subject) const { return mapping_.group(subject); }

  /// Rows below this position are in parts: whoever replays must not append them again.
  uint64_t cursor() const;
  const StoreLimits& limits() const { return limits_; }
  RowCoder& coder() { return coder_; }
  /// Adds a part, durable when this returns. The head is empty; rows below `cursor` are in parts
  /// now. Any thread, as long as the writer neither appends nor seals.
  Status add_part(const std::string& bytes, uint64_t cursor);
  /// Moves the head's rows below `cursor` into a part in three steps, so that the writer goes on
  /// while the part is made. begin_seal() notes the rows; false when there are none that are not
  /// noted yet. run_seals(), on any thread, makes the parts begun durable, in order, and waits for
  /// whoever does so already. adopt_seals() puts them in the place of the head's rows; until then
  /// readers see these in the head. On an error in run_seals() the rest stays begun and running
  /// again later is safe.
  bool begin_seal(uint64_t cursor);
  Status run_seals();
  bool adopt_seals();  // false when no part was ready
  /// All three at once.
  Status seal(uint64_t cursor);
  uint32_t head_rows() const { return head_->rows(); }
  uint32_t unsealed_rows() const { return head_->rows() - begun_rows_; }  // not begun
  /// Where cursor() will be once all that is begun is durable.
  uint64_t begun_cursor() const { return begun_cursor_; }
  /// Rows of `group` in (time, position, hop) order, the newest appended included. Stops when
  /// `visit` returns false. Writer thread, without an index.
  struct Found {
    int64_t time;
    uint64_t position;
    uint16_t hop;
    uint32_t subject, event;
    const std::vector<std::pair<uint32_t, Cell>>& cells;  // property code, value
  };
  Status visit(uint32_t group, const VisitQuery& query,
               const std::function<bool(const Found&)>& visit) const;

  // --- any thread -------------------------------------------------------------------------------
  View view() const;
  /// A view with its index; cached while nothing changed.
  Result<std::shared_ptr<const Snapshot>> snapshot() const;
  const Dictionary& dictionary() const { return *dictionary_; }
  uint64_t rows() const;
  uint64_t disk_bytes() const;
  /// Reads every byte back and checks it.
  Status verify() const;
  /// Does one piece of upkeep; false when there was nothing to do: removes parts whose rows are all
  /// before the horizon, merges parts of a size class, or writes a part again whose runs have
  /// moved to other groups. Rows of dropped subjects and from before the horizon go away with
  /// their part. Readers of the old parts are not disturbed.
  Result<bool> merge_once();
  /// Rows of earlier times need not be kept (they are seen until their part is written again).
  void set_horizon(int64_t time) { horizon_.store(time); }

 private:
  struct Sealed {
    std::shared_ptr<const Part> part;
    uint64_t cursor;
  };

  Status enter_parts() const;
  Store(FileSystem& files, std::string dir, StoreLimits limits);
  Status load();
  View view_locked() const;
  Result<std::shared_ptr<const Part>> write_part(uint64_t number, const std::string& bytes);
  Result<std::shared_ptr<const Part>> commit_part(const std::string& bytes, uint64_t cursor);
  Status add_dictionary(Manifest& next);
  ManifestFile file_of(uint64_t number, const Part& part) const;
  PartList choose_merge() const;
  PartList choose_expired() const;
  Result<PartList> choose_moved();
  Result<bool> replace(const PartList& inputs, const std::string& bytes);

  FileSystem& files_;
  const std::string dir_;
  const StoreLimits limits_;
  std::unique_ptr<FileLock> lock_;
  std::shared_ptr<Dictionary> dictionary_;
  RowCoder coder_;

  std::atomic<int64_t> horizon_{INT64_MIN};
  uint64_t moved_checked_ = 0;  // version of the mapping at the last look for moved runs

  std::mutex commit_mutex_;   // one change of the manifest at a time; taken before mutex_
  Manifest manifest_;         // guarded by commit_mutex_; parts in the order of parts_
  mutable std::mutex mutex_;  // guards what follows; held for moments
  std::unique_ptr<Head> head_;
  Mapping mutable mapping_;  // snapshots mark pages as shared
  PartList parts_;
  uint64_t parts_version_ = 0, head_version_ = 0, cursor_ = 0, next_file_ = 1, disk_bytes_ = 0;
  std::deque<std::shared_ptr<const Seal>> begun_;  // by begin_seal()
  std::vector<Sealed> sealed_;                     // by run_seals()

  std::mutex seal_mutex_;  // one run_seals() at a time; taken before the others
  std::atomic<bool> any_sealed_{false};
  // Of the writer: rows of the head that are begun, and up to where.
  uint32_t begun_rows_ = 0;
  uint64_t begun_cursor_ = 0;

  // Of visit, so of the writer's thread: readers of the parts of its last call.
  mutable std::vector<VisitedPart> visited_;
  mutable uint64_t visited_version_ = UINT64_MAX;

  mutable std::mutex cache_mutex_;
  mutable std::shared_ptr<const Snapshot> cached_;
};

}  // namespace weir::columnar
