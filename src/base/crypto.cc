#include "base/crypto.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <memory>

namespace weir::crypto {
namespace {

const unsigned char* bytes(std::string_view s) {
  return reinterpret_cast<const unsigned char*>(s.data());
}
unsigned char* bytes(std::string& s) {
  return reinterpret_cast<unsigned char*>(s.data());
}

// OpenSSL 3 looks algorithms up by name on every use unless they were fetched once; that costs
// more than hashing a phone number. They live for the process.
const EVP_MD* fetch_digest(const char* name) {
  const EVP_MD* digest = EVP_MD_fetch(nullptr, name, nullptr);
  WEIR_ASSERT(digest != nullptr);
  return digest;
}

const EVP_CIPHER* fetch_cipher(const char* name) {
  const EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, name, nullptr);
  WEIR_ASSERT(cipher != nullptr);
  return cipher;
}

const EVP_MD* md5_digest() {
  static const EVP_MD* digest = fetch_digest("MD5");
  return digest;
}
const EVP_MD* sha1_digest() {
  static const EVP_MD* digest = fetch_digest("SHA1");
  return digest;
}
const EVP_MD* sha256_digest() {
  static const EVP_MD* digest = fetch_digest("SHA256");
  return digest;
}

// Hashing can fail only when memory is gone or the library is broken; neither can be handled.
std::string digest_of(const EVP_MD* digest, std::string_view first, std::string_view second) {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  thread_local std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  std::string out(static_cast<size_t>(EVP_MD_get_size(digest)), '\0');
  WEIR_ASSERT(EVP_DigestInit_ex2(context.get(), digest, nullptr) == 1);
  WEIR_ASSERT(EVP_DigestUpdate(context.get(), first.data(), first.size()) == 1);
  WEIR_ASSERT(EVP_DigestUpdate(context.get(), second.data(), second.size()) == 1);
  WEIR_ASSERT(EVP_DigestFinal_ex(context.get(), bytes(out), nullptr) == 1);
  return out;
}

// HMAC of RFC 2104; written out because OpenSSL's costs five look-ups by name per call.
std::string hmac(const EVP_MD* digest, std::string_view key, std::string_view data) {
  constexpr size_t kBlock = 64;  // of MD5, SHA-1 and SHA-256
  std::string inner(kBlock, '\x36'), outer(kBlock, '\x5c');
  std::string short_key;
  if (key.size() > kBlock) {
    short_key = digest_of(digest, key, {});
    key = short_key;
  }
  for (size_t i = 0; i < key.size(); ++i) {
    inner[i] = static_cast<char>(inner[i] ^ key[i]);
    outer[i] = static_cast<char>(outer[i] ^ key[i]);
  }
  std::string hash = digest_of(digest, inner, data);
  hash = digest_of(digest, outer, hash);
  OPENSSL_cleanse(inner.data(), inner.size());
  OPENSSL_cleanse(outer.data(), outer.size());
  OPENSSL_cleanse(short_key.data(), short_key.size());
  return hash;
}

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

// A context wipes its key when the guard leaves; the memory is used again by the next call.
class CipherContext {
 public:
  CipherContext() = default;
  CipherContext(const CipherContext&) = delete;
  CipherContext& operator=(const CipherContext&) = delete;
  ~CipherContext() { EVP_CIPHER_CTX_reset(get()); }
  EVP_CIPHER_CTX* get() const {
    thread_local std::unique_ptr<EVP_CIPHER_CTX, FreeCipher> context(EVP_CIPHER_CTX_new());
    return context.get();
  }
};

enum class Direction { Decrypt = 0, Encrypt = 1 };

Status check_size(std::string_view what, size_t size, size_t wanted) {
  if (size == wanted) return {};
  return fail(ErrorCode::InvalidArgument,
              fmt::format("{} has {} bytes; it must have {}", what, size, wanted));
}

Result<std::string> run_blocks(const EVP_CIPHER* cipher, Direction direction, std::string_view key,
                               std::string_view iv, std::string_view input) {
  if (input.size() % 16 != 0) {
    return fail(
        ErrorCode::InvalidArgument,
        fmt::format("cipher input has {} bytes; it must be a multiple of 16", input.size()));
  }
  CipherContext context;
  std::string out(input.size(), '\0');
  int size = 0;
  const unsigned char* iv_bytes = iv.empty() ? nullptr : bytes(iv);
  bool ok = EVP_CipherInit_ex2(context.get(), cipher, bytes(key), iv_bytes,
                               static_cast<int>(direction), nullptr) == 1 &&
            EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
            EVP_CipherUpdate(context.get(), bytes(out), &size, bytes(input),
                             static_cast<int>(input.size())) == 1;
  if (!ok || static_cast<size_t>(size) != input.size()) {
    return fail(ErrorCode::Internal, "block cipher failed");
  }
  return out;
}

Result<std::string> run_cbc(Direction direction, std::string_view key, std::string_view iv,
                            std::string_view input) {
  static const EVP_CIPHER* aes128 = fetch_cipher("AES-128-CBC");
  static const EVP_CIPHER* aes256 = fetch_cipher("AES-256-CBC");
  if (key.size() != 16) WEIR_CHECK_OK(check_size("AES key", key.size(), 32));
  WEIR_CHECK_OK(check_size("AES initialisation vector", iv.size(), 16));
  return run_blocks(key.size() == 16 ? aes128 : aes256, direction, key, iv, input);
}

constexpr size_t kTagBytes = 16;

const EVP_CIPHER* gcm_cipher() {
  static const EVP_CIPHER* cipher = fetch_cipher("AES-256-GCM");
  return cipher;
}

Status start_gcm(const CipherContext& context, Direction direction, std::string_view key,
                 std::string_view nonce, std::string_view aad) {
  WEIR_CHECK_OK(check_size("AES-GCM key", key.size(), 32));
  WEIR_CHECK_OK(check_size("AES-GCM nonce", nonce.size(), 12));
  int size = 0;
  bool ok = EVP_CipherInit_ex2(context.get(), gcm_cipher(), bytes(key), bytes(nonce),
                               static_cast<int>(direction), nullptr) == 1;
  if (ok && !aad.empty()) {
    ok = EVP_CipherUpdate(context.get(), nullptr, &size, bytes(aad),
                          static_cast<int>(aad.size())) == 1;
  }
  if (!ok) return fail(ErrorCode::Internal, "AES-GCM could not start");
  return {};
}

constexpr size_t kPasswordHashBytes = 32;

std::string scrypt(std::string_view password, std::string_view salt) {
  constexpr uint64_t kCost = 1 << 15, kBlockSize = 8, kParallel = 1, kMemoryMax = 64 << 20;
  std::string out(kPasswordHashBytes, '\0');
  WEIR_ASSERT(EVP_PBE_scrypt(password.data(), password.size(), bytes(salt), salt.size(), kCost,
                             kBlockSize, kParallel, kMemoryMax, bytes(out), out.size()) == 1);
  return out;
}

}  // namespace

std::string md5(std::string_view data) {
  return digest_of(md5_digest(), data, {});
}
std::string sha1(std::string_view data) {
  return digest_of(sha1_digest(), data, {});
}
std::string sha256(std::string_view data) {
  return digest_of(sha256_digest(), data, {});
}

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  WEIR_ASSERT(EVP_DigestInit_ex2(state_->context, sha256_digest(), nullptr) == 1);
}
Sha256::~Sha256() = default;

void Sha256::update(std::string_view data) {
  WEIR_ASSERT(EVP_DigestUpdate(state_->context, data.data(), data.size()) == 1);
}

std::string Sha256::finish() {
  std::string out(static_cast<size_t>(EVP_MD_get_size(sha256_digest())), '\0');
  WEIR_ASSERT(EVP_DigestFinal_ex(state_->context, bytes(out), nullptr) == 1);
  return out;
}

std::string hmac_sha1(std::string_view key, std::string_view data) {
  return hmac(sha1_digest(), key, data);
}

std::string hmac_sha256(std::string_view key, std::string_view data) {
  return hmac(sha256_digest(), key, data);
}

std::string hkdf_sha256(std::string_view key, std::string_view info, size_t size) {
  constexpr size_t kHash = 32;
  WEIR_ASSERT(size <= 255 * kHash);  // RFC 5869 §2.3
  std::string pseudo_random_key = hmac_sha256(std::string(kHash, '\0'), key);
  std::string out, block;
  for (int counter = 1; out.size() < size; ++counter) {
    block.append(info).push_back(static_cast<char>(counter));
    block = hmac_sha256(pseudo_random_key, block);
    out += block;
  }
  out.resize(size);
  return out;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Result<std::string> seal_gcm(std::string_view key, std::string_view nonce, std::string_view clear,
                             std::string_view aad) {
  CipherContext context;
  WEIR_CHECK_OK(start_gcm(context, Direction::Encrypt, key, nonce, aad));
  std::string out(clear.size() + kTagBytes, '\0');
  int size = 0, rest = 0;
  bool ok = EVP_CipherUpdate(context.get(), bytes(out), &size, bytes(clear),
                             static_cast<int>(clear.size())) == 1 &&
            EVP_CipherFinal_ex(context.get(), bytes(out) + size, &rest) == 1 &&
            EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes,
                                out.data() + clear.size()) == 1;
  if (!ok) return fail(ErrorCode::Internal, "AES-GCM could not seal");
  return out;
}

Result<std::string> open_gcm(std::string_view key, std::string_view nonce, std::string_view sealed,
                             std::string_view aad) {
  if (sealed.size() < kTagBytes) {
    return fail(ErrorCode::DataLoss,
                fmt::format("sealed value has {} bytes, fewer than its tag", sealed.size()));
  }
  CipherContext context;
  WEIR_CHECK_OK(start_gcm(context, Direction::Decrypt, key, nonce, aad));
  std::string_view cipher = sealed.substr(0, sealed.size() - kTagBytes);
  std::string tag(sealed.substr(cipher.size()));
  std::string out(cipher.size(), '\0');
  int size = 0, rest = 0;
  bool ok = EVP_CipherUpdate(context.get(), bytes(out), &size, bytes(cipher),
                             static_cast<int>(cipher.size())) == 1 &&
            EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1 &&
            EVP_CipherFinal_ex(context.get(), bytes(out) + size, &rest) == 1;
  if (!ok) {
    OPENSSL_cleanse(out.data(), out.size());
    return fail(ErrorCode::DataLoss,
                "sealed value does not open: wrong key, wrong context or damaged bytes");
  }
  return out;
}

Result<std::string> encrypt_cbc(std::string_view key, std::string_view iv, std::string_view clear) {
  return run_cbc(Direction::Encrypt, key, iv, clear);
}

Result<std::string> decrypt_cbc(std::string_view key, std::string_view iv,
                                std::string_view cipher) {
  return run_cbc(Direction::Decrypt, key, iv, cipher);
}

Result<std::string> decrypt_ecb(std::string_view key, std::string_view cipher) {
  static const EVP_CIPHER* aes256 = fetch_cipher("AES-256-ECB");
  WEIR_CHECK_OK(check_size("AES key", key.size(), 32));
  return run_blocks(aes256, Direction::Decrypt, key, {}, cipher);
}

std::string hash_password(std::string_view password, std::string_view salt16) {
  return fmt::format("scrypt${}${}", base64(salt16), base64(scrypt(password, salt16)));
}

bool verify_password(std::string_view password, std::string_view stored) {
  constexpr std::string_view kPrefix = "scrypt$";
  if (!stored.starts_with(kPrefix)) return false;
  stored.remove_prefix(kPrefix.size());
  size_t mark = stored.find('$');
  if (mark == std::string_view::npos) return false;
  auto salt = from_base64(stored.substr(0, mark));
  auto hash = from_base64(stored.substr(mark + 1));
  return salt && hash && equal_constant_time(scrypt(password, *salt), *hash);
}

}  // namespace weir::crypto
