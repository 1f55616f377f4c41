#include "sandbox/ledger.h"

#include <fmt/format.h>

namespace weir::sandbox {
namespace {

std::string key_of(std::string_view channel, std::string_view effect_id) {
  return fmt::format("{}\n{}", channel, effect_id);
}

json::object show_send(const Send& send) {
  return json::object{
      {"effect_id", send.effect_id}, {"channel", send.channel}, {"recipient", send.recipient},
      {"vendor_id", send.vendor_id}, {"count", send.count},     {"repeats", send.repeats},
      {"first_at", send.first_at},   {"last_at", send.last_at}, {"state", send.state}};
}

}  // namespace

Send& Ledger::accept(std::string_view channel, std::string_view effect_id,
                     std::string_view recipient, TimeMs now) {
  std::string key = key_of(channel, effect_id);
  auto [found, is_new] = sends_.try_emplace(key);
  Send& send = found->second;
  if (is_new) {
    send.effect_id = effect_id;
    send.channel = channel;
    send.recipient = recipient;
    send.first_at = now;
    order_.push_back(key);
    if (order_.size() > kSendsMax) {
      sends_.erase(order_.front());
      order_.pop_front();
      ++dropped_;
    }
  } else {
    ++duplicates_;
  }
  ++send.count;
  send.last_at = now;
  ++totals_[std::string(channel)];
  return send;
}

void Ledger::repeat(std::string_view channel, std::string_view effect_id) {
  auto found = sends_.find(key_of(channel, effect_id));
  if (found != sends_.end()) ++found->second.repeats;
}

void Ledger::refuse(std::string_view channel, std::string_view code) {
  ++refused_[fmt::format("{} {}", channel, code)];
}

void Ledger::set_state(std::string_view channel, std::string_view effect_id,
                       std::string_view state) {
  auto found = sends_.find(key_of(channel, effect_id));
  if (found != sends_.end()) found->second.state = state;
}

json::object Ledger::show(std::string_view channel, size_t limit) const {
  json::array sends;
  size_t skip = order_.size() > limit ? order_.size() - limit : 0;
  for (size_t i = skip; i < order_.size(); ++i) {
    const Send& send = sends_.at(order_[i]);
    if (channel.empty() || send.channel == channel) sends.emplace_back(show_send(send));
  }
  json::object totals, refused;
  for (const auto& [name, count] : totals_) totals[name] = count;
  for (const auto& [name, count] : refused_) refused[name] = count;
  return json::object{{"sends", std::move(sends)},
                      {"totals", std::move(totals)},
                      {"refused", std::move(refused)},
                      {"duplicates", duplicates_},
                      {"dropped", dropped_}};
}

int64_t Ledger::total(std::string_view channel) const {
  auto found = totals_.find(channel);
  return found == totals_.end() ? 0 : found->second;
}

}  // namespace weir::sandbox
