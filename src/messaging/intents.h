#pragma once
// The table of intents and what is looked up in it: by effect key, vendor id and person, by time,
// and which ones may ask to start now. Only this file keeps the look-ups in step with the rows.

#include "base/string_map.h"
#include "base/time.h"
#include "messaging/messaging_state.pb.h"
#include "model/ids.h"
#include "ports/resident_table.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace weir::messaging {

class Intents {
 public:
  /// Priority high to low, then due time, then journey (JN13), then id so that the order is total.
  using Ready = std::set<std::tuple<int, TimeMs, std::string, std::string>>;
  using Order = std::set<std::pair<TimeMs, std::string>>;

  Intents();
  Status load(const StateStore& store);
  void save(WriteBatch& batch) { rows_.save(batch); }

  const pb::Intent* find(std::string_view id) const { return rows_.find(id); }
  /// For changes that no look-up depends on. Everything else goes through update().
  pb::Intent& mutate(std::string_view id) { return rows_.mutate(id); }
  /// Changes a row and keeps the look-ups right.
  template <class Change>
  void update(const std::string& id, Change&& change) {
    pb::Intent& row = rows_.mutate(id);
    unindex(id, row);
    change(row);
    index(id, row);
  }
  void erase(const std::string& id);

  /// The id of the intent whose current attempt has this effect key, or empty.
  std::string by_effect(std::string_view effect_key) const;
  std::string by_vendor(std::string_view vendor_id) const;
  std::vector<std::string> of_profile(uint32_t profile) const;
  const Order& order() const { return order_; }
  /// Per channel, so that a full channel does not stand in the way of the others (RELIABILITY J6).
  const std::map<std::string, Ready>& ready() const { return ready_; }
  /// Effect keys that are being sent, per channel.
  const StringSet& sending(std::string_view channel) const;
  std::vector<std::string> all_sending() const;

  /// Takes an intent out of ready() until release() (its journey is paused, its channel killed).
  void hold(const std::string& id);
  void release_all();

 private:
  void index(const std::string& id, const pb::Intent& row);
  void unindex(const std::string& id, const pb::Intent& row);

  ResidentTable<pb::Intent> rows_;
  StringMap<std::string> by_effect_, by_vendor_;
  std::map<uint32_t, Order> by_profile_;
  Order order_;
  std::map<std::string, Ready> ready_;
  std::set<std::string> held_;
  StringMap<StringSet> sending_;
};

const pb::Intent::Attempt& current(const pb::Intent& row);

}  // namespace weir::messaging
