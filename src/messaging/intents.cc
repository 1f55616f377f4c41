#include "messaging/intents.h"

#include "model/key_space.h"

#include <algorithm>

namespace weir::messaging {
namespace {

bool may_ask(const pb::Intent& row) {
  return row.state() == pb::Intent::PLANNED && row.not_before() == 0;
}

Intents::Ready::value_type ready_key(const std::string& id, const pb::Intent& row) {
  return {-row.priority(), row.due(), row.journey_id(), id};
}

}  // namespace

const pb::Intent::Attempt& current(const pb::Intent& row) {
  return row.chain(static_cast<int>(row.at()));
}

Intents::Intents() : rows_(std::string{key_space::kMessaging, 'i'}) {}

Status Intents::load(const StateStore& store) {
  WEIR_CHECK_OK(rows_.load(store));
  rows_.for_each([&](std::string_view id, const pb::Intent& row) { index(std::string(id), row); });
  return {};
}

void Intents::erase(const std::string& id) {
  if (const pb::Intent* row = rows_.find(id)) unindex(id, *row);
  rows_.erase(id);
}

std::string Intents::by_effect(std::string_view effect_key) const {
  auto it = by_effect_.find(effect_key);
  return it == by_effect_.end() ? "" : it->second;
}

std::string Intents::by_vendor(std::string_view vendor_id) const {
  auto it = by_vendor_.find(vendor_id);
  return it == by_vendor_.end() ? "" : it->second;
}

std::vector<std::string> Intents::of_profile(uint32_t profile) const {
  std::vector<std::string> out;
  if (auto it = by_profile_.find(profile); it != by_profile_.end()) {
    for (const auto& [time, id] : it->second) out.push_back(id);
  }
  return out;
}

const StringSet& Intents::sending(std::string_view channel) const {
  static const StringSet kNone;
  auto it = sending_.find(channel);
  return it == sending_.end() ? kNone : it->second;
}

std::vector<std::string> Intents::all_sending() const {
  std::vector<std::string> out;
  for (const auto& [channel, keys] : sending_) {
    for (const std::string& key : keys) out.push_back(by_effect(key));
  }
  std::sort(out.begin(), out.end());
  return out;
}

void Intents::hold(const std::string& id) {
  const pb::Intent* row = rows_.find(id);
  if (row == nullptr || !may_ask(*row)) return;
  ready_[current(*row).channel()].erase(ready_key(id, *row));
  held_.insert(id);
}

void Intents::release_all() {
  std::set<std::string> held = std::move(held_);
  held_.clear();
  for (const std::string& id : held) {
    if (const pb::Intent* row = rows_.find(id); row != nullptr && may_ask(*row)) {
      ready_[current(*row).channel()].insert(ready_key(id, *row));
    }
  }
}

void Intents::index(const std::string& id, const pb::Intent& row) {
  if (row.chain_size() == 0) return;
  by_effect_[row.effect_key()] = id;
  if (!row.vendor_id().empty()) by_vendor_[row.vendor_id()] = id;
  by_profile_[row.profile()].emplace(row.planned_at(), id);
  order_.emplace(row.planned_at(), id);
  if (may_ask(row) && !held_.contains(id))
    ready_[current(row).channel()].insert(ready_key(id, row));
  if (row.state() == pb::Intent::SENDING) sending_[current(row).channel()].insert(row.effect_key());
}

void Intents::unindex(const std::string& id, const pb::Intent& row) {
  if (row.chain_size() == 0) return;
  by_effect_.erase(row.effect_key());
  if (!row.vendor_id().empty()) by_vendor_.erase(row.vendor_id());
  auto owned = by_profile_.find(row.profile());
  owned->second.erase({row.planned_at(), id});
  if (owned->second.empty()) by_profile_.erase(owned);
  order_.erase({row.planned_at(), id});
  ready_[current(row).channel()].erase(ready_key(id, row));
  held_.erase(id);
  if (row.state() == pb::Intent::SENDING) sending_[current(row).channel()].erase(row.effect_key());
}

}  // namespace weir::messaging
