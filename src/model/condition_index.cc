#include "model/condition_index.h"

#include "model/envelope.h"
#include "model/facts.h"

#include <algorithm>

namespace weir {
namespace {

void append(const StringMap<std::vector<std::string>>& map, std::string_view key,
            std::vector<std::string>& out) {
  if (auto it = map.find(key); it != map.end())
    out.insert(out.end(), it->second.begin(), it->second.end());
}

}  // namespace

void ConditionIndex::add(const std::string& id, const ConditionInputs& inputs) {
  for (const std::string& name : inputs.events) events_[name].push_back(id);
  for (const std::string& name : inputs.traits) traits_[name].push_back(id);
  for (const std::string& code : inputs.tags) tags_[code].push_back(id);
  for (const std::string& segment : inputs.segments) segments_[segment].push_back(id);
  if (inputs.consent) consent_.push_back(id);
  if (inputs.all_events) every_.push_back(id);
}

void ConditionIndex::remove(const std::string& id) {
  for (Map* map : {&events_, &traits_, &tags_, &segments_}) {
    for (auto& [key, ids] : *map) std::erase(ids, id);
  }
  std::erase(consent_, id);
  std::erase(every_, id);
}

std::vector<std::string> ConditionIndex::affected_by(const Envelope& record) const {
  std::vector<std::string> ids = every_;
  std::string_view event = event_name(record);
  append(events_, event, ids);
  for (const TraitChange& trait : record.traits) append(traits_, trait.name, ids);
  if (event == facts::kTagChanged) append(tags_, string_property(record.properties, "tag"), ids);
  if (event == facts::kSegmentEntered || event == facts::kSegmentLeft) {
    append(segments_, string_property(record.properties, "segment"), ids);
  }
  if (event == facts::kConsentGranted || event == facts::kConsentWithdrawn) {
    ids.insert(ids.end(), consent_.begin(), consent_.end());
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace weir
