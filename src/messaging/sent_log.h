#pragma once
// What was sent to each person lately, for caps, and the channels a person opted out of by reply.

#include "messaging/messaging.h"
#include "messaging/messaging_state.pb.h"
#include "ports/resident_table.h"

namespace weir::messaging {

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
  void opt_out(uint32_t profile, std::string_view channel);
  void opt_in(uint32_t profile, std::string_view channel);  // "*" = all channels

  void merge(uint32_t from, uint32_t into);
  void erase(uint32_t profile);

 private:
  const MessagingOptions& options_;
  int32_t days_kept_ = 31;
  ResidentTable<pb::Person> people_;
};

}  // namespace weir::messaging
