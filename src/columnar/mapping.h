#pragma once
// Which group each subject belongs to now. Rows stay where they are; this mapping, applied when
// they are read, says whose they are, so that joining and parting subjects moves no row.
//
// Copy on change: a snapshot shares pages with the writer; the first change to a page after a
// snapshot copies that page (16 KiB).

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace weir::columnar {

inline constexpr uint32_t kNone = 0xffffffff;  // no group yet: rows are kept but not seen
inline constexpr uint32_t kDropped =
    0xfffffffe;  // dropped for good: rows go away at the next merge
inline constexpr bool is_group(uint32_t group) {
  return group < kDropped;
}

/// An array of uint32 that grows, with cheap snapshots. One writer; snapshots are immutable.
class PagedArray {
 public:
  static constexpr uint32_t kPageBits = 12, kPageMask = (1u << kPageBits) - 1;
  using Page = std::vector<uint32_t>;

  uint32_t get(uint32_t index) const {
    size_t page = index >> kPageBits;
    return page < pages_.size() ? (*pages_[page])[index & kPageMask] : kNone;
  }
  void set(uint32_t index, uint32_t value);
  /// One past the highest index that may hold a value.
  uint32_t limit() const { return static_cast<uint32_t>(pages_.size() << kPageBits); }
  /// Marks every page as shared and returns a copy that shares them.
  PagedArray snapshot();

 private:
  std::vector<std::shared_ptr<Page>> pages_;
  std::vector<bool> shared_;
};

/// Immutable view of the mapping at one moment.
struct MappingSnapshot {
  PagedArray group_of, first_of, next_of;
  // Number of changes to the group of a known subject; a new highest subject is none.
  uint64_t version = 0;

  /// kNone or kDropped: its rows are not seen.
  uint32_t group(uint32_t subject) const { return group_of.get(subject); }
  /// Calls `visit(subject)` for every subject of `group`.
  template <class F>
  void subjects(uint32_t group, F&& visit) const {
    if (!is_group(group)) return;
    for (uint32_t s = first_of.get(group); s != kNone; s = next_of.get(s)) visit(s);
  }
};

/// The writer's side. Not thread-safe: the owner serialises changes and snapshots.
class Mapping {
 public:
  /// Puts `subject` into `group`, out of the one it was in.
  void assign(uint32_t subject, uint32_t group);
  /// Everything of `from` becomes part of `into`.
  void join(uint32_t from, uint32_t into);
  /// The subjects of `group` are dropped for good.
  void drop(uint32_t group);
  void drop_subject(uint32_t subject);

  uint32_t group(uint32_t subject) const { return state_.group(subject); }
  template <class F>
  void subjects(uint32_t group, F&& visit) const {
    state_.subjects(group, visit);
  }
  uint64_t version() const { return state_.version; }
  MappingSnapshot snapshot();
  /// Subjects whose group changed since `version`, some perhaps twice; nullopt when that is too
  /// long ago to tell.
  std::optional<std::vector<uint32_t>> changed_since(uint64_t version) const;

 private:
  void unlink(uint32_t subject, uint32_t group);
  void note_change(uint32_t subject);

  MappingSnapshot state_;
  std::vector<uint32_t> changes_;  // the last ones; the newest is that of state_.version
  uint32_t known_limit_ = 0;       // one past the highest subject ever assigned
};

}  // namespace weir::columnar
