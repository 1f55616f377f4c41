#pragma once
// Whose record is it? The first fold: links identities into profiles, keeps a ledger of every link
// and refusal, and answers who an identity belongs to (DESIGN §3). The only header others include.
//
// Not thread-safe: everything here runs on the fold executor.

#include "identity/resolution.h"
#include "identity/rule_book.h"
#include "identity/rules.h"
#include "ports/erasure.h"
#include "ports/fold.h"
#include "ports/people.h"

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir {
class Metrics;
}

namespace weir::identity {

struct IdentityView {
  IdentityOrdinal ordinal;
  Identity identity;
  TimeMs first_seen, last_seen;
  std::string source;  // that brought it first
  bool demoted;        // a shared value that links nobody any more
  /// Other persons that showed this value and were not joined by it, at most kOthersShownMax.
  std::vector<ProfileOrdinal> others = {};
};

/// One row of the ledger: why two identities are one person, or why they are not.
struct LinkView {
  Identity a, b;          // empty when erased
  std::string_view rule;  // "same_record", "identify", "alias"; "cut" = put apart by an operator,
                          // "resolution" = by other rules, see `version`
  // Empty = linked; else "kind_limit", "cluster_full", "shared_value", "blocked", "cut".
  std::string_view refused;
  TimeMs time;
  Position position;
  std::string message_id, source;
  uint32_t version;  // of the rules that held; 0 = of before there were versions
};

struct Explanation {
  std::vector<IdentityView> identities;
  std::vector<LinkView> links;  // newest first, at most kLinksShownMax
};
inline constexpr size_t kLinksShownMax = 200;
inline constexpr size_t kOthersShownMax = 20;

/// Definition "identity_cut/<id>" puts identities of one person apart (un-merge): `side` is one
/// person and the rest another, and nothing links them again until the definition is deleted. The
/// id of a cut is used once. A body that names no person of two sides any more changes nothing.
inline constexpr std::string_view kCutPrefix = "identity_cut/";
std::string cut_body(const std::vector<IdentityOrdinal>& side, std::string_view reason);

/// What a cut would do (or why it would do nothing).
struct Parting {
  ProfileOrdinal profile;              // that it is about
  std::vector<IdentityOrdinal> apart;  // who would leave it, ascending
  std::vector<IdentityOrdinal> rest;
  std::optional<ProfileOrdinal> back;  // the profile they get back; empty = a new one
  std::vector<LinkView> links;         // evidence that would count no more, newest first
};

class IdentityFold : public Fold, public IdentityReader {
 public:
  /// `erasure` and `metrics` outlive the fold.
  static std::unique_ptr<IdentityFold> make(IdentityRules rules, ErasureSink& erasure,
                                            Metrics& metrics);

  /// Why `profile` is one person. Empty for profiles that do not exist.
  virtual Explanation explain(ProfileOrdinal profile) const = 0;

  /// NotFound: an identity that nobody has; InvalidArgument: of several persons, or a whole person.
  virtual Result<Parting> preview_cut(const std::vector<IdentityOrdinal>& side) const = 0;
  virtual bool cut_known(std::string_view id) const = 0;

  /// Versions of the rules, oldest first; the newest holds. Valid until the next record.
  virtual const std::deque<RulesVersion>& rules() const = 0;
  /// What these rules would make of everybody. The fold outlives it.
  virtual std::unique_ptr<Replay> replay(IdentityRules rules) const = 0;
  /// Newest first.
  virtual std::vector<ResolutionView> resolutions() const = 0;
  /// Persons with more identities than `cluster_soft`: they get no automatic sends (I5).
  virtual uint64_t oversized_count() const = 0;
  /// Those persons from `from` on, ascending.
  virtual std::vector<ProfileOrdinal> oversized_profiles(ProfileOrdinal from,
                                                         size_t limit) const = 0;

  struct ProfileInfo {
    TimeMs created;
    Position position;
    bool live;  // neither merged away nor erased
    bool erased;
    ProfileOrdinal canonical;
  };
  virtual std::optional<ProfileInfo> info(ProfileOrdinal profile) const = 0;
  virtual uint64_t merges_total() const = 0;
  virtual uint64_t links_refused_total() const = 0;  // ledger rows with a refusal

  /// Profile ordinal by identity ordinal; kNobody for erased ones. The vector never changes; a new
  /// one is made when the mapping did since the last call: 4 bytes copied per identity, so ask once
  /// per query, not per event. May be handed to other threads.
  virtual std::shared_ptr<const std::vector<uint32_t>> mapping_snapshot() const = 0;
  static constexpr uint32_t kNobody = UINT32_MAX;
};

}  // namespace weir::identity
