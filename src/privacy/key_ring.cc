#include "privacy/key_ring.h"

#include "base/bytes.h"
#include "base/crypto.h"
#include "model/key_space.h"

#include <fmt/format.h>

namespace weir::privacy {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr size_t kNonceBytes = 12;

std::string row_key(std::string_view owner) {
  return fmt::format("{}k{}", key_space::kVault, owner);
}
std::string check_row_key() {
  return fmt::format("{}c", key_space::kVault);
}

std::string parent_of(const std::string& path) {
  size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<std::string> make_root_file(Env& env, const std::string& path) {
  std::string root = env.random().bytes(kKeyBytes);
  WEIR_TRY(auto file, env.files().open(path, OpenMode::CreatePrivate));
  WEIR_CHECK_OK(file->append(crypto::to_hex(root) + "\n"));
  WEIR_CHECK_OK(file->sync());
  WEIR_CHECK_OK(env.files().sync_dir(parent_of(path)));
  return root;
}

Result<std::string> read_root_file(Env& env, const std::string& path) {
  WEIR_TRY(std::string text, env.files().read_all(path));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  auto root = crypto::from_hex(text);
  wipe(text);
  if (!root || root->size() != kKeyBytes) {
    return fail(
        ErrorCode::DataLoss,
        fmt::format("root key file \"{}\" is damaged: it must hold 64 hex digits; restore it "
                    "from your backup",
                    path));
  }
  return root;
}

}  // namespace

void wipe(std::string& secret) {
  volatile char* bytes = secret.data();
  for (size_t i = 0; i < secret.size(); ++i) bytes[i] = 0;
  secret.clear();
}

std::string join_parts(std::initializer_list<std::string_view> parts) {
  std::string out;
  ByteWriter writer(out);
  for (std::string_view part : parts) writer.string(part);
  return out;
}

KeyRing::KeyRing(Env& env, StateStore& store, std::string workspace, size_t cached_max)
    : env_(env), store_(store), workspace_(std::move(workspace)), cached_max_(cached_max) {}

KeyRing::~KeyRing() {
  wipe(wrap_key_);
  wipe(token_key_);
  for (DataKey& key : recent_) wipe(key.key);
}

Result<std::unique_ptr<KeyRing>> KeyRing::open(Env& env, StateStore& store,
                                               const std::string& root_key_path,
                                               const std::string& workspace, size_t cached_max) {
  std::unique_ptr<KeyRing> ring(new KeyRing(env, store, workspace, cached_max));
  WEIR_CHECK_OK(ring->load_root(root_key_path));
  return ring;
}

Status KeyRing::load_root(const std::string& path) {
  bool fresh = true;
  auto any = [&](std::string_view, std::string_view) { return fresh = false; };
  WEIR_CHECK_OK(store_.scan(std::string(1, key_space::kVault), any));
  if (!env_.files().exists(path) && !fresh) {
    return fail(
        ErrorCode::FailedPrecondition,
        fmt::format("root key file \"{}\" is missing but keys exist; restore the file from your "
                    "backup, or personal values stay unreadable",
                    path));
  }
  WEIR_TRY(std::string root,
           env_.files().exists(path) ? read_root_file(env_, path) : make_root_file(env_, path));
  wrap_key_ = crypto::hkdf_sha256(root, "weir wrap key " + workspace_, kKeyBytes);
  token_key_ = crypto::hkdf_sha256(root, "weir token key " + workspace_, kKeyBytes);
  wipe(root);
  return check_root(fresh);
}

Status KeyRing::check_root(bool fresh) {
  std::string expected = crypto::hmac_sha256(wrap_key_, "weir key store");
  WEIR_TRY(auto stored, store_.get(check_row_key()));
  if (!stored && fresh) {
    WriteBatch batch;
    batch.put(check_row_key(), expected);
    return store_.write(batch);
  }
  if (!stored || !crypto::equal_constant_time(*stored, expected)) {
    return fail(
        ErrorCode::FailedPrecondition,
        "the root key file does not belong to this key store; restore the file that was made "
        "together with the data");
  }
  return {};
}

std::string KeyRing::owner_of(std::string_view identity_key) const {
  return crypto::sha256(join_parts({workspace_, identity_key})).substr(0, kOwnerBytes);
}

std::string KeyRing::wrap_context(std::string_view key_id) const {
  return join_parts(
      {"weir data key", std::string(1, static_cast<char>(kSuiteAesGcm)), workspace_, key_id});
}

Result<std::string> KeyRing::wrap(const DataKey& key) const {
  std::string nonce = env_.random().bytes(kNonceBytes);
  WEIR_TRY(std::string cipher,
           crypto::seal_gcm(wrap_key_, nonce, key.key, wrap_context(key.key_id)));
  std::string row(1, static_cast<char>(kSuiteAesGcm));
  row += key.key_id.substr(kOwnerBytes);
  row += nonce;
  row += cipher;
  return row;
}

Result<DataKey> KeyRing::unwrap(std::string_view owner, std::string_view row) const {
  constexpr size_t kHead = 1 + kGenerationBytes + kNonceBytes;
  if (row.size() < kHead || row[0] != static_cast<char>(kSuiteAesGcm)) {
    return fail(ErrorCode::DataLoss, "a key row is damaged or of a cipher suite this build lacks");
  }
  DataKey key{std::string(owner).append(row.substr(1, kGenerationBytes)), {}};
  WEIR_TRY(key.key, crypto::open_gcm(wrap_key_, row.substr(1 + kGenerationBytes, kNonceBytes),
                                     row.substr(kHead), wrap_context(key.key_id)));
  return key;
}

const DataKey* KeyRing::cached(std::string_view owner) {
  auto it = by_owner_.find(owner);
  if (it == by_owner_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, it->second);
  return &*it->second;
}

void KeyRing::cache(const DataKey& key) {
  std::string owner = key.key_id.substr(0, kOwnerBytes);
  uncache(owner);
  recent_.push_front(key);
  by_owner_[owner] = recent_.begin();
  if (recent_.size() > cached_max_) uncache(recent_.back().key_id.substr(0, kOwnerBytes));
}

void KeyRing::uncache(std::string_view owner) {
  auto it = by_owner_.find(owner);
  if (it == by_owner_.end()) return;
  wipe(it->second->key);
  recent_.erase(it->second);
  by_owner_.erase(it);
}

Result<std::vector<DataKey>> KeyRing::keys_for(const std::vector<std::string>& owners) {
  std::vector<DataKey> keys(owners.size());
  std::vector<size_t> missing;
  auto take_cached = [&] {
    std::lock_guard lock(mutex_);
    missing.clear();
    for (size_t i = 0; i < owners.size(); ++i) {
      const DataKey* key = cached(owners[i]);
      if (key == nullptr) {
        missing.push_back(i);
      } else {
        keys[i] = *key;
      }
    }
  };
  take_cached();
  if (missing.empty()) return keys;

  std::lock_guard writing(writing_);
  take_cached();  // another batch may have made them meanwhile
  std::vector<std::string> wanted;
  for (size_t i : missing) wanted.push_back(owners[i]);
  WEIR_TRY(std::vector<DataKey> found, load_or_make(wanted));
  std::lock_guard lock(mutex_);
  for (size_t i = 0; i < missing.size(); ++i) {
    cache(found[i]);
    keys[missing[i]] = std::move(found[i]);
  }
  return keys;
}

Result<std::vector<DataKey>> KeyRing::load_or_make(const std::vector<std::string>& owners) {
  std::vector<std::string> rows_wanted;
  for (const std::string& owner : owners) rows_wanted.push_back(row_key(owner));
  WEIR_TRY(auto rows, store_.get_many(rows_wanted));
  std::vector<DataKey> keys;
  WriteBatch batch;
  for (size_t i = 0; i < owners.size(); ++i) {
    if (rows[i]) {
      WEIR_TRY(DataKey key, unwrap(owners[i], *rows[i]));
      keys.push_back(std::move(key));
      continue;
    }
    DataKey key{owners[i] + env_.random().bytes(kGenerationBytes), env_.random().bytes(kKeyBytes)};
    WEIR_TRY(std::string row, wrap(key));
    batch.put(rows_wanted[i], std::move(row));
    keys.push_back(std::move(key));
  }
  if (batch.empty()) return keys;
  WEIR_CHECK_OK(store_.write(batch));
  std::lock_guard lock(mutex_);
  keys_made_ += batch.ops().size();
  return keys;
}

Result<std::string> KeyRing::find(std::string_view key_id) {
  if (key_id.size() != kKeyIdBytes) {
    return fail(ErrorCode::DataLoss, "the key id of a sealed value is damaged");
  }
  auto gone = [] {
    return fail(ErrorCode::NotFound,
                "the key of this value was destroyed; it cannot be read again");
  };
  std::string_view owner = key_id.substr(0, kOwnerBytes);
  uint64_t destructions = 0;
  {
    std::lock_guard lock(mutex_);
    if (const DataKey* key = cached(owner)) {
      if (key->key_id != key_id) return gone();
      return key->key;
    }
    destructions = destructions_;
  }
  WEIR_TRY(auto row, store_.get(row_key(owner)));
  if (!row) return gone();
  WEIR_TRY(DataKey key, unwrap(owner, *row));
  std::lock_guard lock(mutex_);
  if (destructions == destructions_) cache(key);
  if (key.key_id != key_id) return gone();
  return std::move(key.key);
}

Result<bool> KeyRing::is_current(std::string_view key_id) const {
  WEIR_TRY(auto row, store_.get(row_key(key_id.substr(0, kOwnerBytes))));
  if (!row) return false;
  if (row->size() < 1 + kGenerationBytes) return fail(ErrorCode::DataLoss, "a key row is damaged");
  return std::string_view(*row).substr(1, kGenerationBytes) == key_id.substr(kOwnerBytes);
}

Status KeyRing::destroy(const std::vector<std::string>& owners) {
  std::lock_guard writing(writing_);
  auto forget = [&] {
    std::lock_guard lock(mutex_);
    ++destructions_;
    for (const std::string& owner : owners) uncache(owner);
  };
  forget();
  WriteBatch batch;
  for (const std::string& owner : owners) batch.erase(row_key(owner));
  if (!batch.empty()) WEIR_CHECK_OK(store_.write(batch));
  forget();
  return {};
}

Status KeyRing::purge(const std::vector<std::string>& owners) {
  for (const std::string& owner : owners) WEIR_CHECK_OK(store_.purge(row_key(owner)));
  return {};
}

uint64_t KeyRing::keys_made() const {
  std::lock_guard lock(mutex_);
  return keys_made_;
}

}  // namespace weir::privacy
