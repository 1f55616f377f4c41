#pragma once
// A resolution changes who is who after the rules changed (ADR 0011): groups of identities that are
// a person each from then on. The fold is told the outcome, not the way: Definitions
// "identity_resolution/<id>" name the groups, so that folding the log again needs no replay.

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "model/identity.h"
#include "model/ids.h"
#include "ports/state_store.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weir::identity {

/// Identities of persons that are grouped anew; every identity of those persons is in one group.
struct Regrouping {
  std::vector<std::vector<uint32_t>> groups;  // ascending, the group of the lowest one first
  std::string why;                            // refusal that parts them, "" when they only join
};

/// How the persons of today would change.
struct Difference {
  uint64_t joined = 0;   // persons that become part of another one
  uint64_t split = 0;    // persons that fall apart
  uint64_t created = 0;  // persons that there are more by that
  std::map<std::pair<std::string, std::string>, uint64_t> reasons;  // persons by (kind, refusal)
  std::vector<Regrouping> changes;          // in the order of their lowest profile
  std::vector<uint32_t> demoted, restored;  // values that link nobody any more, and those that do
  bool empty() const { return changes.empty() && demoted.empty() && restored.empty(); }
};

/// A computation of the difference, in steps on the fold executor.
class Replay {
 public:
  virtual ~Replay() = default;
  struct Progress {
    uint64_t done, total;  // pieces of work
  };
  /// Does about so many pieces; true when it is complete.
  virtual bool step(size_t work) = 0;
  virtual Progress progress() const = 0;
  /// Valid once complete.
  virtual const Difference& difference() const = 0;
};

inline constexpr std::string_view kResolutionPrefix = "identity_resolution/";
/// Persons that one Definition regroups: each step of the folds stays short.
inline constexpr size_t kRegroupedMax = 50;

/// A resolution says when it begins and ends, so that one that a crash cut short is taken up again.
enum class ResolutionMark : uint8_t { None, Begin, End };

/// One Definition of a resolution.
struct ResolutionPart {
  uint32_t version = 0;  // of the rules
  std::vector<Regrouping> changes;
  std::vector<uint32_t> demoted, restored;
  ResolutionMark mark = ResolutionMark::None;
};
json::object render_part(const ResolutionPart& part);
Result<ResolutionPart> parse_part(std::string_view body);
/// The Definitions that bring a difference about, in order.
std::vector<ResolutionPart> parts_of(const Difference& difference, uint32_t version);

struct ResolutionCounts {
  uint32_t joined = 0, split = 0;
};

/// A resolution that was applied, as far as it was.
struct ResolutionView {
  std::string id;
  uint32_t version;
  TimeMs time;        // of the newest part
  Position position;  // of it
  uint64_t joined, split;
  std::string by;
  bool open;  // it began and did not end
};

/// Those that were applied.
class Resolutions {
 public:
  void add(const std::string& id, const ResolutionPart& part, ResolutionCounts counts, TimeMs time,
           Position position, std::string_view by);
  std::vector<ResolutionView> newest_first() const;

  Status load(const StateStore& store);
  void save(WriteBatch& batch);

 private:
  std::map<std::string, ResolutionView> rows_;
  std::set<std::string> dirty_;
};

}  // namespace weir::identity
