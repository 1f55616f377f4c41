#pragma once
// The identity fold with everything resident. Private to this room: identity.cc links and erases,
// regrouping.cc puts people apart and together again as operators say, explain.cc answers.

#include "base/metrics.h"
#include "identity/cuts.h"
#include "identity/identity.h"
#include "identity/ledger.h"
#include "identity/linker.h"
#include "identity/meetings.h"
#include "identity/replay.h"
#include "identity/table.h"
#include "model/key_space.h"
#include "ports/pending_erasures.h"

#include <map>
#include <span>
#include <utility>

namespace weir::identity {

/// Identities that were seen together, and where.
struct Evidence {
  std::span<const Identity> identities;
  const Envelope& record;  // or the chunk that the row is in
  std::string_view message_id;
  TimeMs time;
  Position position;
};

class ResidentIdentityFold : public IdentityFold {
 public:
  ResidentIdentityFold(IdentityRules rules, ErasureSink& erasure, Metrics& metrics)
      : book_(std::move(rules)),
        ledger_(table_),
        meetings_(table_),
        people_(table_),
        linker_(book_.current().rules, cuts_, table_, people_),
        erasures_(erasure, {key_space::kIdentity, 'e'}),
        merges_(metrics.counter("weir_identity_merges_total")),
        refused_(metrics.counter("weir_identity_links_refused_total")),
        demoted_(metrics.counter("weir_identity_values_demoted_total")) {}

  std::string_view name() const override { return "identity"; }

  Status load(const StateStore& store) override {
    WEIR_CHECK_OK(table_.load(store));
    WEIR_CHECK_OK(ledger_.load(store));
    WEIR_CHECK_OK(cuts_.load(store));
    WEIR_CHECK_OK(meetings_.load(store, ledger_));
    WEIR_CHECK_OK(book_.load(store));
    linker_.use(book_.current().rules);
    WEIR_CHECK_OK(resolutions_.load(store));
    return erasures_.load(store);
  }
  void save(WriteBatch& batch) override {
    table_.save(batch);
    ledger_.save(batch);
    cuts_.save(batch);
    meetings_.save(batch);
    book_.save(batch);
    resolutions_.save(batch);
    erasures_.save(batch);
  }

  void apply(Step& step, StepContext& context) override;
  void apply_chunk(ChunkStep& step, StepContext& context) override;
  void on_batch_end() override { erasures_.hand_over(); }

  std::optional<IdentityOrdinal> find(const Identity& identity) const override {
    uint32_t ordinal = table_.find(identity);
    if (ordinal == kNone) return std::nullopt;
    return IdentityOrdinal(ordinal);
  }
  const Identity& identity(IdentityOrdinal ordinal) const override {
    return table_.identity(ordinal.value).id;
  }
  ProfileOrdinal owner(IdentityOrdinal ordinal) const override {
    return ProfileOrdinal(table_.owner(ordinal.value));
  }
  ProfileOrdinal canonical(ProfileOrdinal profile) const override {
    return profile.value < table_.profile_slots() ? ProfileOrdinal(table_.canonical(profile.value))
                                                  : profile;
  }
  std::vector<IdentityOrdinal> identities_of(ProfileOrdinal profile) const override;
  std::vector<ProfileOrdinal> parts_of(ProfileOrdinal profile) const override;
  const Identity* latest(ProfileOrdinal profile, IdentityKind kind,
                         std::string_view scope) const override;
  std::vector<ProfileOrdinal> live_profiles(ProfileOrdinal from, size_t limit) const override;
  uint32_t identity_count() const override { return table_.identity_count(); }
  uint32_t profile_count() const override { return table_.live_profiles(); }

  Explanation explain(ProfileOrdinal profile) const override;
  Result<Parting> preview_cut(const std::vector<IdentityOrdinal>& side) const override;
  bool cut_known(std::string_view id) const override { return cuts_.known(id); }
  std::optional<ProfileInfo> info(ProfileOrdinal profile) const override;
  bool oversized(ProfileOrdinal profile) const override {
    return exists(profile) && table_.profile(profile.value).count > rules_now().cluster_soft;
  }
  uint64_t oversized_count() const override {
    return table_.profiles_larger_than(rules_now().cluster_soft);
  }
  std::vector<ProfileOrdinal> oversized_profiles(ProfileOrdinal from, size_t limit) const override;
  const std::deque<RulesVersion>& rules() const override { return book_.versions(); }
  std::unique_ptr<Replay> replay(IdentityRules rules) const override {
    return std::make_unique<EvidenceReplay>(table_, meetings_, cuts_, std::move(rules));
  }
  std::vector<ResolutionView> resolutions() const override { return resolutions_.newest_first(); }
  uint64_t merges_total() const override { return table_.merged_profiles(); }
  uint64_t links_refused_total() const override { return ledger_.refused(); }
  std::shared_ptr<const std::vector<uint32_t>> mapping_snapshot() const override {
    return table_.snapshot();
  }

 private:
  const IdentityRules& rules_now() const { return book_.current().rules; }
  bool exists(ProfileOrdinal profile) const { return profile.value < table_.profile_slots(); }
  void resolve(Step& step, StepContext& context);
  std::optional<IdentityOrdinal> resolve(const Evidence& evidence, StepContext& context);
  void look_up(Step& step) const;
  void place_fact(Step& step) const;
  void erase(Step& step, StepContext& context);
  void define(const Step& step, StepContext& context);
  void cut(const Step& step, StepContext& context);
  void resettle(const Step& step, StepContext& context);
  ResolutionCounts regroup(const Step& step, const Regrouping& change, uint32_t version,
                           StepContext& context);
  std::map<uint32_t, size_t> groups_of(const Regrouping& change) const;
  size_t group_of_newcomer(uint32_t identity, const std::map<uint32_t, size_t>& groups) const;
  /// `side` of the person becomes a person of its own; `why` is a property of the fact.
  void part(const Step& step, uint32_t profile, const std::vector<uint32_t>& side,
            const Property& why, StepContext& context);
  /// Links that the merged person was too large for may fit one of its sides.
  void try_again(const Step& step, StepContext& context, const std::vector<uint32_t>& identities);
  /// Of the ledger: pairs with an identity on each side that are linked.
  std::vector<std::pair<uint32_t, uint32_t>> links_between(const std::vector<uint32_t>& side,
                                                           const std::vector<uint32_t>& rest) const;
  const Identity* anchor_of(const Evidence& evidence) const;
  void link_all(const Evidence& evidence, StepContext& context);
  bool link(uint32_t a, uint32_t b, const Evidence& evidence, StepContext& context);
  void unite(uint32_t a, uint32_t b, const Evidence& evidence, StepContext& context);
  void note_key(const Envelope& record, uint32_t anchor);
  LinkView view_of(const Link& link) const;

  RuleBook book_;
  IdentityTable table_;
  Ledger ledger_;
  Meetings meetings_;
  Cuts cuts_;
  Resolutions resolutions_;
  LivePartition people_;
  Linker linker_;
  PendingErasures erasures_;
  Counter &merges_, &refused_, &demoted_;
  struct Cause {
    Position position = 0;
    std::optional<IdentityOrdinal> identity;
  };
  Cause cause_;                            // the record that was folded last and whose it was
  std::vector<uint32_t> found_, ordered_;  // of the record in hand; kept to save allocations
};

}  // namespace weir::identity
