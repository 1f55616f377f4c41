#pragma once
// The rooms before the deciding ones, as far as journeys need them: who a record belongs to
// (property "who"), consent, contacts, identities, lists and history. Idempotent by position, so
// that folding a record again after a crash changes nothing.

#include "ports/fold.h"
#include "ports/people.h"

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace weir::testing {

class People : public Fold,
               public IdentityReader,
               public ProfileReader,
               public TagReader,
               public SegmentReader,
               public HistoryReader {
 public:
  // Fold
  std::string_view name() const override { return "people"; }
  Status load(const StateStore&) override { return {}; }
  void save(WriteBatch&) override {}
  void apply(Step& step, StepContext& context) override;

  void set_openid(uint32_t profile, const std::string& appid, const std::string& openid);
  void set_phone(uint32_t profile, const std::string& clear);
  void add_contact(uint32_t profile, const std::string& staff);
  void set_list(const std::string& id, std::set<std::string> values) {
    lists_[id] = std::move(values);
  }
  void set_member(const std::string& segment, uint32_t profile) {
    members_[segment].insert(profile);
  }

  // IdentityReader
  // Identity n is how person n came; person n has all of that person's addresses.
  std::optional<IdentityOrdinal> find(const Identity& identity) const override;
  const Identity& identity(IdentityOrdinal) const override { return nobody_; }
  ProfileOrdinal owner(IdentityOrdinal) const override { return ProfileOrdinal(0); }
  ProfileOrdinal canonical(ProfileOrdinal profile) const override;
  std::vector<ProfileOrdinal> parts_of(ProfileOrdinal profile) const override;
  std::vector<IdentityOrdinal> identities_of(ProfileOrdinal) const override { return {}; }
  const Identity* latest(ProfileOrdinal profile, IdentityKind kind,
                         std::string_view scope) const override;
  std::vector<ProfileOrdinal> live_profiles(ProfileOrdinal, size_t) const override { return {}; }
  uint32_t identity_count() const override { return 0; }
  uint32_t profile_count() const override { return 0; }

  // ProfileReader
  const Value* trait(ProfileOrdinal, std::string_view) const override { return nullptr; }
  const Sealed* address(ProfileOrdinal profile, IdentityKind kind) const override;
  ConsentState consent(ProfileOrdinal profile, std::string_view channel,
                       std::string_view purpose) const override;
  std::vector<Contact> contacts(ProfileOrdinal profile) const override;
  bool follows(ProfileOrdinal, std::string_view) const override { return false; }

  // TagReader, SegmentReader
  const Value* tag(ProfileOrdinal, std::string_view) const override { return nullptr; }
  bool is_member(ProfileOrdinal profile, std::string_view segment_id) const override;
  bool list_has(std::string_view list_id, std::string_view value) const override;
  std::optional<std::vector<std::string>> list_values(std::string_view list_id) const override;

  // HistoryReader
  void visit(ProfileOrdinal profile, const HistoryQuery& query,
             const std::function<bool(const StoredEvent&)>& visit) const override;

 private:
  struct Stored {
    uint32_t profile, identity;  // who it is now, and as whom it came
    std::string name;
    Properties properties;
  };
  void merge(uint32_t from, uint32_t into);
  void part(uint32_t apart);

  Identity nobody_;
  std::map<uint32_t, uint32_t> merged_;
  std::map<uint32_t, std::vector<Identity>> identities_;
  std::map<uint32_t, Sealed> phones_;
  std::map<uint32_t, std::vector<Contact>> contacts_;
  std::map<std::tuple<uint32_t, std::string, std::string>, ConsentState> consents_;
  std::map<std::string, std::set<std::string>, std::less<>> lists_;
  std::map<std::string, std::set<uint32_t>, std::less<>> members_;
  std::map<std::tuple<TimeMs, Position, uint32_t>, Stored> history_;  // in the order of the port
};

}  // namespace weir::testing
