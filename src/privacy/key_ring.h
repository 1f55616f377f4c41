#pragma once
// Data keys of identities: made on demand, wrapped under the root key, cached, destroyed. Row
// formats are in ADR 0003. Thread-safe.

#include "base/env.h"
#include "base/result.h"
#include "base/string_map.h"
#include "ports/erasure.h"
#include "ports/state_store.h"

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace weir::privacy {

inline constexpr size_t kOwnerBytes = 12;
inline constexpr size_t kGenerationBytes = kKeyGenerationBytes;
inline constexpr size_t kKeyIdBytes = kOwnerBytes + kGenerationBytes;
inline constexpr uint8_t kSuiteAesGcm = 1;  // suite 2 is kept for SM4-CTR + HMAC-SM3 (L34)

/// Overwrites secret bytes before they are freed.
void wipe(std::string& secret);

/// Joins parts so that no two lists of parts give the same bytes; used as authenticated data.
std::string join_parts(std::initializer_list<std::string_view> parts);

struct DataKey {
  std::string key_id;  // owner ‖ generation
  std::string key;     // 32 bytes
};

class KeyRing {
 public:
  /// Reads or makes the root key file; see open_vault for the errors.
  static Result<std::unique_ptr<KeyRing>> open(Env& env, StateStore& store,
                                               const std::string& root_key_path,
                                               const std::string& workspace, size_t cached_max);
  ~KeyRing();
  KeyRing(const KeyRing&) = delete;
  KeyRing& operator=(const KeyRing&) = delete;

  const std::string& token_key() const { return token_key_; }
  std::string owner_of(std::string_view identity_key) const;

  /// One key per owner, in order. Missing ones are made in one durable write before this returns.
  /// `owners` has no duplicates.
  Result<std::vector<DataKey>> keys_for(const std::vector<std::string>& owners);
  /// NotFound when it was destroyed; DataLoss when its row does not open.
  Result<std::string> find(std::string_view key_id);
  /// Whether this is the key that values are sealed with now; false when there is none.
  Result<bool> is_current(std::string_view key_id) const;
  /// Deletes; owners without a key are fine. The bytes leave the disk with purge().
  Status destroy(const std::vector<std::string>& owners);
  Status purge(const std::vector<std::string>& owners);

  uint64_t keys_made() const;

 private:
  KeyRing(Env& env, StateStore& store, std::string workspace, size_t cached_max);
  Status load_root(const std::string& path);
  Status check_root(bool fresh);
  Result<std::vector<DataKey>> load_or_make(const std::vector<std::string>& owners);
  Result<std::string> wrap(const DataKey& key) const;
  Result<DataKey> unwrap(std::string_view owner, std::string_view row) const;
  std::string wrap_context(std::string_view key_id) const;
  const DataKey* cached(std::string_view owner);
  void cache(const DataKey& key);
  void uncache(std::string_view owner);

  Env& env_;
  StateStore& store_;
  std::string workspace_, wrap_key_, token_key_;
  size_t cached_max_;

  std::mutex writing_;  // one maker or destroyer of keys at a time; taken before mutex_
  mutable std::mutex mutex_;
  std::list<DataKey> recent_;  // front = used last
  StringMap<std::list<DataKey>::iterator> by_owner_;
  // A reader that fetched a row before a destruction must not put it into the cache after it.
  uint64_t destructions_ = 0;
  uint64_t keys_made_ = 0;
};

}  // namespace weir::privacy
