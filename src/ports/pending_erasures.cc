#include "ports/pending_erasures.h"

#include "base/bytes.h"
#include "ports/resident_table.h"

#include <utility>

namespace weir {
namespace {

uint64_t parse_request(std::string_view key) {
  return static_cast<uint64_t>(parse_ordinal_key(key.substr(0, 4))) << 32 |
         parse_ordinal_key(key.substr(4));
}

// count ‖ for each key: identity key, generation (strings)
std::string pack(const std::vector<PersonalKey>& keys) {
  std::string bytes;
  ByteWriter writer(bytes);
  writer.varint(keys.size());
  for (const PersonalKey& key : keys) {
    writer.string(identity_key(key.identity));
    writer.string(key.generation);
  }
  return bytes;
}

Result<std::vector<PersonalKey>> unpack(std::string_view bytes) {
  ByteReader reader(bytes);
  std::vector<PersonalKey> keys;
  for (uint64_t left = reader.varint(); left > 0 && reader.ok(); --left) {
    auto identity = parse_identity_key(reader.string());
    std::string generation(reader.string());
    if (!identity || !reader.ok()) break;
    keys.push_back({std::move(*identity), std::move(generation)});
  }
  if (reader.ok() && reader.at_end()) return keys;
  return fail(ErrorCode::DataLoss, "the row of a pending erasure is damaged");
}

}  // namespace

void PendingErasures::add(uint64_t request, std::vector<PersonalKey> keys) {
  if (keys.empty()) return;
  std::vector<PersonalKey>& all = pending_[request].keys;
  all.insert(all.end(), std::make_move_iterator(keys.begin()), std::make_move_iterator(keys.end()));
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
    std::string key = prefix_ + ordinal_key(request);
    auto it = pending_.find(request);
    if (it == pending_.end())
      batch.erase(std::move(key));
    else
      batch.put(std::move(key), pack(it->second.keys));
  }
  dirty_.clear();
}

Status PendingErasures::load(const StateStore& store) {
  Status status;
  auto visit = [&](std::string_view key, std::string_view bytes) {
    key.remove_prefix(prefix_.size());
    auto keys = unpack(bytes);
    if (key.size() != 8) keys = fail(ErrorCode::DataLoss, "a pending erasure has a damaged key");
    if (!keys) {
      status = std::unexpected(keys.error());
      return false;
    }
    pending_[parse_request(key)].keys = *std::move(keys);
    return true;
  };
  WEIR_CHECK_OK(store.scan(prefix_, visit));
  return status;
}

}  // namespace weir
