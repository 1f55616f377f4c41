#pragma once
// Which definitions a record may change: from events, traits, tags, segments and consent to the ids
// of the conditions that read them. A record that nothing names costs a few hash look-ups.

#include "model/condition.h"

#include "base/string_map.h"

#include <string>
#include <string_view>
#include <vector>

namespace weir {

struct Envelope;

class ConditionIndex {
 public:
  void add(const std::string& id, const ConditionInputs& inputs);
  void remove(const std::string& id);
  /// Ids in byte order, each once.
  std::vector<std::string> affected_by(const Envelope& record) const;

 private:
  using Map = StringMap<std::vector<std::string>>;
  Map events_, traits_, tags_, segments_;
  std::vector<std::string> consent_, every_;  // every_: any event of the person
};

}  // namespace weir
