#pragma once
// Published versions of journeys: immutable texts, parsed once, looked up by event name.

#include "base/string_map.h"
#include "journey/journey_state.pb.h"
#include "model/envelope.h"
#include "model/journey_def.h"
#include "ports/resident_table.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::journey {

class Definitions {
 public:
  Definitions();

  Status load(const StateStore& store);
  void save(WriteBatch& batch);

  /// What a "journey/<id>" record did. A text equal to the latest version's publishes nothing.
  enum class Change { None, Published, Deleted };
  Change define(std::string_view id, std::string_view text, TimeMs now);
  /// The state before, or NONE when the journey or the state is unknown (then nothing changes).
  pb::Journey::State set_state(std::string_view id, std::string_view state, TimeMs now);

  const pb::Journey* find(std::string_view id) const { return journeys_.find(id); }
  bool paused(std::string_view id) const;
  /// The parsed version; never null for one that an enrollment is pinned to.
  const JourneyDef* version(std::string_view id, uint32_t version) const;
  const JourneyDef* latest(std::string_view id) const;
  /// The published text; empty when there is no such version.
  std::string_view text(std::string_view id, uint32_t version) const;

  /// True when any version listens to this event.
  bool listens(std::string_view event) const { return listened_.contains(event); }
  /// Journeys whose latest version is triggered by this event, in id order. Null when none is.
  const std::vector<std::string>* triggered_by(std::string_view event) const;
  std::vector<std::string> ids() const;

 private:
  void add(const std::string& id, uint32_t version, JourneyDef def);
  void index();

  ResidentTable<pb::Journey> journeys_;
  ResidentTable<pb::Version> versions_;
  std::map<std::pair<std::string, uint32_t>, std::unique_ptr<const JourneyDef>, std::less<>>
      parsed_;
  StringSet listened_;
  StringMap<std::vector<std::string>> triggers_;
};

}  // namespace weir::journey
