#pragma once
// What was sent to each person lately, for caps, and the channels a person opted out of by reply.

#include "messaging/messaging.h"
#include "messaging/messaging_state.pb.h"
#include "ports/fold.h"
#include "ports/resident_table.h"

#include <optional>

namespace weir::messaging {

/// Ordinal of the identity that an intent goes with when the person is split.
std::optional<uint32_t> whose(const pb::Intent& intent);

class SentLog {
 public:
  explicit SentLog(const MessagingOptions& options);
  Status load(const StateStore& store) { return people_.load(store); }
  void save(WriteBatch& batch) { people_.save(batch); }

  /// True when one more of these would exceed a rule. Counts what is reserved and what was accepted
  /// on the rule's calendar days, today included (JN13).
  bool capped(const pb::Intent& intent, int32_t today) const;
  void reserve(const pb::Intent& intent, int32_t today);
  void release(uint32_t profile, std::string_view effect_key);

  bool opted_out(uint32_t profile, std::string_view channel) const;
  /// `identity` is the one that asked for it.
  void opt_out(uint32_t profile, std::string_view channel, std::optional<uint32_t> identity);
  /// "*" = all channels. What another identity asked for is only lifted: it holds again for that
  /// identity when the person is split.
  void opt_in(uint32_t profile, std::string_view channel, std::optional<uint32_t> identity);

  void merge(uint32_t from, uint32_t into);
  /// Each side gets what was sent to, and asked for by, its identities; opt-outs of nobody known
  /// are of both.
  void split(const Split& split);
  void erase(uint32_t profile);

 private:
  const MessagingOptions& options_;
  int32_t days_kept_ = 31;
  ResidentTable<pb::Person> people_;
};

}  // namespace weir::messaging
