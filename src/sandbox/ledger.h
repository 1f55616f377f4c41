#pragma once
// The truth about sends: what really reached people, whatever the caller was told. Tests compare
// Weir's own books with it (RELIABILITY J4).

#include "base/json.h"
#include "base/time.h"

#include <deque>
#include <map>
#include <string>
#include <string_view>

namespace weir::sandbox {

struct Send {
  std::string effect_id;  // client_msg_id, OutId, or what stands for the effect of a guide task
  std::string channel, recipient, vendor_id;
  int64_t count = 0;    // times it really went out; more than 1 is a duplicate effect
  int64_t repeats = 0;  // calls that the vendor's own dedupe swallowed
  TimeMs first_at = 0, last_at = 0;
  std::string state = "accepted";  // accepted, delivered, failed, pending
};

/// At most kSendsMax sends are kept, the oldest dropped first; totals stay exact.
class Ledger {
 public:
  static constexpr size_t kSendsMax = 200'000;

  /// One accepted call. The reference is valid until the next call.
  Send& accept(std::string_view channel, std::string_view effect_id, std::string_view recipient,
               TimeMs now);
  void repeat(std::string_view channel, std::string_view effect_id);
  /// Refusals are counted by the vendor's code.
  void refuse(std::string_view channel, std::string_view code);
  void set_state(std::string_view channel, std::string_view effect_id, std::string_view state);

  /// `{"sends":[…newest last],"totals":{…},"refused":{…},"duplicates":n,"dropped":n}`
  json::object show(std::string_view channel, size_t limit) const;
  int64_t total(std::string_view channel) const;
  int64_t duplicates() const { return duplicates_; }

 private:
  std::map<std::string, Send> sends_;  // channel ‖ effect id
  std::deque<std::string> order_;
  std::map<std::string, int64_t, std::less<>> totals_, refused_;
  int64_t duplicates_ = 0, dropped_ = 0;
};

}  // namespace weir::sandbox
