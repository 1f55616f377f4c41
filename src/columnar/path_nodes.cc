#include "columnar/path_nodes.h"

namespace weir::columnar {

PathNodes::PathNodes(const PathsSpec& spec) : spec_(spec), def_(1), values_(def_) {
  def_[0].property = spec.property;
  for (uint32_t code : spec.excluded) {
    if (code >= excluded_.size()) excluded_.resize(code + 1);
    excluded_[code] = true;
  }
}

uint32_t PathNodes::of(const Hit& hit, uint32_t group, RowReader& reader) {
  if (hit.event < excluded_.size() && excluded_[hit.event]) return kNone;
  if (spec_.filter != nullptr && !spec_.filter->matches(hit, group, reader)) return kNone;
  if (!spec_.by_property) {
    if (hit.event >= by_event_.size()) by_event_.resize(hit.event + 1, kNone);
    uint32_t& node = by_event_[hit.event];
    if (node == kNone)
      node = intern(std::string(reader.dictionary()[Family::Event].text(hit.event)));
    return node;
  }
  uint32_t value = values_.part(0, hit, group, reader);
  if (value == KeyReader::kMissing && !spec_.by_event) return kNone;
  uint64_t key = uint64_t{spec_.by_event ? hit.event : 0} << 32 | value;
  auto [it, fresh] = by_value_.try_emplace(key, kNone);
  if (!fresh) return it->second;
  std::string text = value == KeyReader::kMissing ? std::string() : values_.text(value);
  if (value != KeyReader::kMissing && spec_.rewrite) text = spec_.rewrite(std::move(text));
  if (spec_.by_event) {
    std::string event(reader.dictionary()[Family::Event].text(hit.event));
    text = value == KeyReader::kMissing ? event : event + ": " + text;
  }
  return it->second = intern(std::move(text));
}

uint32_t PathNodes::intern(std::string name) {
  auto [it, fresh] = by_name_.try_emplace(name, static_cast<uint32_t>(names_.size()));
  if (fresh) names_.push_back(std::move(name));
  return it->second;
}

}  // namespace weir::columnar
