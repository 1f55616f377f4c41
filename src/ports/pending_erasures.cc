#include "identity/pending_erasures.h"

#include "identity/state.pb.h"
#include "model/key_space.h"
#include "ports/resident_table.h"

namespace weir::identity {
namespace {

std::string prefix() {
  return {key_space::kIdentity, 'e'};
}

uint64_t parse_request(std::string_view key) {
  return static_cast<uint64_t>(parse_ordinal_key(key.substr(0, 4))) << 32 |
         parse_ordinal_key(key.substr(4));
}

}  // namespace

void PendingErasures::add(uint64_t request, std::vector<PersonalKey> keys) {
  if (keys.empty()) return;
  pending_[request].keys = std::move(keys);
  dirty_.insert(request);
}

void PendingErasures::hand_over() {
  for (uint64_t request : sink_.take_done()) {
    pending_.erase(request);
    dirty_.insert(request);
  }
  for (auto& [request, pending] : pending_) {
    if (!std::exchange(pending.submitted, true)) sink_.submit(request, pending.keys);
  }
}

void PendingErasures::save(WriteBatch& batch) {
  for (uint64_t request : dirty_) {
    std::string key = prefix() + ordinal_key(request);
    auto it = pending_.find(request);
    if (it == pending_.end()) {
      batch.erase(std::move(key));
      continue;
    }
    state::ErasureRow row;
    for (const PersonalKey& personal : it->second.keys) {
      auto* out = row.add_keys();
      out->set_identity_key(identity_key(personal.identity));
      out->set_generation(personal.generation);
    }
    batch.put(std::move(key), row.SerializeAsString());
  }
  dirty_.clear();
}

Status PendingErasures::load(const StateStore& store) {
  Status status;
  auto visit = [&](std::string_view key, std::string_view bytes) {
    state::ErasureRow row;
    key.remove_prefix(prefix().size());
    if (key.size() != 8 || !row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      status = fail(ErrorCode::DataLoss, "the row of a pending erasure is damaged");
      return false;
    }
    std::vector<PersonalKey>& keys = pending_[parse_request(key)].keys;
    for (const auto& personal : row.keys()) {
      auto identity = parse_identity_key(personal.identity_key());
      if (!identity) {
        status = std::unexpected(identity.error());
        return false;
      }
      keys.push_back({std::move(*identity), personal.generation()});
    }
    return true;
  };
  WEIR_CHECK_OK(store.scan(prefix(), visit));
  return status;
}

}  // namespace weir::identity
