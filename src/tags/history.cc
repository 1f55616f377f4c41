#include "tags/history.h"

#include "model/facts.h"

#include <algorithm>
#include <deque>
#include <map>

namespace weir::tags {
namespace {

const std::vector<std::string>& fact_names() {
  static const std::vector<std::string> kNames{std::string(facts::kTagChanged)};
  return kNames;
}

std::string text_of(const Properties& properties, std::string_view name) {
  return std::string(string_property(properties, name));
}

}  // namespace

std::vector<TagPeriod> tag_history(const HistoryReader& reader, ProfileOrdinal profile,
                                   std::string_view code, TimeMs now,
                                   const std::function<Present(std::string_view)>& present) {
  std::deque<TagPeriod> changes;  // an empty value ends the one before it
  HistoryQuery query{0, now, fact_names()};
  reader.visit(profile, query, [&](const StoredEvent& event) {
    if (event.properties == nullptr) return true;
    const Properties& p = *event.properties;
    if (!code.empty() && string_property(p, "tag") != code) return true;
    changes.push_back({text_of(p, "tag"), text_of(p, "to"), text_of(p, "source"),
                       text_of(p, "base_date"), static_cast<uint32_t>(int_property(p, "version")),
                       event.time, 0});
    if (changes.size() > kPeriodsMax) changes.pop_front();
    return true;
  });
  std::map<std::string, size_t> open;  // by code, index of what holds
  std::vector<TagPeriod> periods;
  for (TagPeriod& change : changes) {
    if (auto it = open.find(change.code); it != open.end()) {
      if (periods[it->second].value == change.value) continue;  // unchanged extends
      periods[it->second].to = change.from;
      open.erase(it);
    }
    if (change.value.empty()) continue;
    open[change.code] = periods.size();
    periods.push_back(std::move(change));
  }
  for (const auto& [tag, index] : open) {
    Present is = present(tag);
    if (periods[index].value == is.value) continue;
    periods[index].to = is.value.empty() ? now : std::max(is.since, periods[index].from);
    if (is.value.empty()) continue;
    TagPeriod held = periods[index];
    held.value = is.value;
    held.from = periods[index].to;
    held.to = 0;
    periods.push_back(std::move(held));
  }
  std::ranges::stable_sort(periods, std::greater<>(), &TagPeriod::from);
  return periods;
}

}  // namespace weir::tags
