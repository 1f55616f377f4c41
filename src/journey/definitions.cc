#include "journey/definitions.h"

#include "model/key_space.h"

#include <algorithm>

namespace weir::journey {
namespace {

std::string prefix(char table) {
  return {key_space::kJourney, table};
}

std::string version_key(std::string_view id, uint32_t version) {
  return std::string(id) + "/" + std::to_string(version);
}

}  // namespace

Definitions::Definitions() : journeys_(prefix('j')), versions_(prefix('v')) {}

Status Definitions::load(const StateStore& store) {
  WEIR_CHECK_OK(journeys_.load(store));
  WEIR_CHECK_OK(versions_.load(store));
  Status status;
  versions_.for_each([&](std::string_view key, const pb::Version& row) {
    size_t slash = key.rfind('/');
    auto def = parse_journey(row.text());
    // Only texts that parsed were stored: a program that cannot read them any more must not run
    // them.
    if (!def) {
      status =
          fail(ErrorCode::DataLoss, "journey " + std::string(key) + ": " + def.error().message);
      return;
    }
    auto number = static_cast<uint32_t>(std::stoul(std::string(key.substr(slash + 1))));
    add(std::string(key.substr(0, slash)), number, *std::move(def));
  });
  index();
  return status;
}

void Definitions::save(WriteBatch& batch) {
  journeys_.save(batch);
  versions_.save(batch);
}

Definitions::Change Definitions::define(std::string_view id, std::string_view text, TimeMs now) {
  const pb::Journey* known = journeys_.find(id);
  bool live = known != nullptr && known->state() != pb::Journey::DELETED;
  if (text.empty()) {
    if (!live) return Change::None;
    pb::Journey& row = journeys_.mutate(id);
    row.set_state(pb::Journey::DELETED);
    row.set_updated_at(now);
    index();
    return Change::Deleted;
  }
  if (live && this->text(id, known->latest()) == text) return Change::None;
  auto def = parse_journey(text);
  if (!def || def->id != id) return Change::None;  // api/ refuses these before they are appended
  pb::Journey& row = journeys_.mutate(id);
  row.set_latest(row.latest() + 1);
  if (!live) row.set_state(pb::Journey::LIVE);
  row.set_updated_at(now);
  pb::Version& version = versions_.mutate(version_key(id, row.latest()));
  version.set_text(std::string(text));
  version.set_published_at(now);
  add(std::string(id), row.latest(), *std::move(def));
  index();
  return Change::Published;
}

pb::Journey::State Definitions::set_state(std::string_view id, std::string_view state, TimeMs now) {
  const pb::Journey* known = journeys_.find(id);
  pb::Journey::State next = state == "live"      ? pb::Journey::LIVE
                            : state == "paused"  ? pb::Journey::PAUSED
                            : state == "stopped" ? pb::Journey::STOPPED
                                                 : pb::Journey::NONE;
  if (known == nullptr || known->state() == pb::Journey::DELETED || next == pb::Journey::NONE) {
    return pb::Journey::NONE;
  }
  pb::Journey& row = journeys_.mutate(id);
  pb::Journey::State before = row.state();
  row.set_state(next);
  row.set_updated_at(now);
  return before;
}

bool Definitions::paused(std::string_view id) const {
  const pb::Journey* row = journeys_.find(id);
  return row != nullptr && row->state() == pb::Journey::PAUSED;
}

const JourneyDef* Definitions::version(std::string_view id, uint32_t version) const {
  auto it = parsed_.find(std::pair(std::string(id), version));
  return it == parsed_.end() ? nullptr : it->second.get();
}

const JourneyDef* Definitions::latest(std::string_view id) const {
  const pb::Journey* row = journeys_.find(id);
  return row == nullptr ? nullptr : version(id, row->latest());
}

std::string_view Definitions::text(std::string_view id, uint32_t version) const {
  const pb::Version* row = versions_.find(version_key(id, version));
  return row == nullptr ? std::string_view() : std::string_view(row->text());
}

const std::vector<std::string>* Definitions::triggered_by(std::string_view event) const {
  auto it = triggers_.find(event);
  return it == triggers_.end() ? nullptr : &it->second;
}

std::vector<std::string> Definitions::ids() const {
  std::vector<std::string> out;
  journeys_.for_each([&](std::string_view id, const pb::Journey& row) {
    if (row.state() != pb::Journey::DELETED) out.emplace_back(id);
  });
  std::sort(out.begin(), out.end());
  return out;
}

void Definitions::add(const std::string& id, uint32_t version, JourneyDef def) {
  def.version = version;
  listened_.insert(def.events.begin(), def.events.end());
  parsed_[{id, version}] = std::make_unique<const JourneyDef>(std::move(def));
}

void Definitions::index() {
  triggers_.clear();
  for (const std::string& id : ids()) {
    if (const JourneyDef* def = latest(id)) triggers_[def->trigger_event].push_back(id);
  }
}

}  // namespace weir::journey
