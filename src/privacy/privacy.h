#pragma once
// The vault of personal values (docs/adr/0003-personal-data-vault.md): field classes, keys,
// sealing, erasure. The only header of this room that others include.

#include "base/result.h"
#include "ports/erasure.h"
#include "ports/trait_schemas.h"
#include "ports/vault.h"

#include <memory>
#include <span>
#include <string>

namespace weir {
class Env;
class Executor;
class Metrics;
class StateStore;
}  // namespace weir

namespace weir::privacy {

/// The vault, and what only an erasure asks of it.
class ErasableVault : public Vault {
 public:
  /// Like destroy_keys, but spares an identity's key when it is of another generation.
  virtual Status destroy_generations(std::span<const PersonalKey> keys) = 0;
};

struct VaultOptions {
  std::string root_key_path;  // outside the data directory; made on the first run, mode 0600
  std::string workspace = "default";  // part of every key id and of the authenticated data
  size_t keys_cached_max = 100'000;   // about 200 bytes each
  // Traits that operators registered as personal are sealed, too; null = none. Outlives the vault.
  const TraitSchemas* traits = nullptr;
};

/// Opens the vault over `keys`, a store of its own whose write() is durable when it returns.
/// FailedPrecondition: the root key file is missing although keys exist, or it belongs to another
/// key store; Weir must not start then, because everything sealed from now on would be unreadable
/// later. `env`, `keys` and `metrics` outlive the vault.
Result<std::unique_ptr<ErasableVault>> open_vault(Env& env, StateStore& keys, Metrics& metrics,
                                                  const VaultOptions& options);

/// Destroys keys on `executor`, again every few seconds while that fails. All outlive the sink.
std::unique_ptr<ErasureSink> make_erasure_sink(ErasableVault& vault, Executor& executor);

}  // namespace weir::privacy
