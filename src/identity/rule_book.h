#pragma once
// The versions of the rules, oldest first; the newest holds.

#include "identity/rules.h"
#include "model/ids.h"
#include "ports/state_store.h"

#include <deque>
#include <memory>
#include <string>
#include <string_view>

namespace weir::identity {

/// A version of the rules, and since when it holds.
struct RulesVersion {
  uint32_t version;
  IdentityRules rules;
  TimeMs since;       // 0: since ever
  Position position;  // of its Definition
  std::string by;     // operator
};

class RuleBook {
 public:
  explicit RuleBook(IdentityRules built_in);

  const RulesVersion& current() const { return versions_.back(); }
  const std::deque<RulesVersion>& versions() const { return versions_; }
  /// Null when there is none of that number.
  const RulesVersion* find(uint32_t version) const;
  /// False when the body says nothing new, or nothing that can be understood. An empty body brings
  /// the built-in rules back, as a version of its own.
  bool add(std::string_view body, TimeMs time, Position position, std::string_view by);

  Status load(const StateStore& store);
  void save(WriteBatch& batch);

 private:
  std::deque<RulesVersion> versions_;  // references stay valid
  size_t saved_ = 1;                   // the built-in ones are never saved
};

}  // namespace weir::identity
