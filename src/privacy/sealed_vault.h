#pragma once
// The Vault over a KeyRing. Private to this room; made by open_vault.

#include "base/metrics.h"
#include "ports/vault.h"
#include "privacy/key_ring.h"
#include "privacy/personal.h"
#include "privacy/privacy.h"

namespace weir::privacy {

class SealedVault : public ErasableVault {
 public:
  SealedVault(Env& env, std::unique_ptr<KeyRing> keys, Metrics& metrics,
              const VaultOptions& options);

  Status seal(std::span<Envelope> batch) override;
  bool needs_seal(const Envelope& envelope) const override;
  Result<std::vector<Sealed>> seal_texts(std::span<const TextToSeal> texts) override;
  Result<std::string> open(const Sealed& sealed) const override;
  Result<std::string> token(IdentityKind kind, std::string_view clear) const override;
  std::string masked(const Sealed& sealed) const override;
  Status destroy_keys(std::span<const Identity> identities) override;
  Status destroy_generations(std::span<const PersonalKey> keys) override;

 private:
  struct Plan;
  Plan plan(Envelope& envelope) const;
  std::vector<bool> personal_traits(const Envelope& envelope) const;
  Status apply(Plan& plan, const DataKey& key) const;
  Status seal_value(const DataKey& key, std::string_view field, Value& value) const;
  Status seal_contact(const DataKey& key, std::string_view field, const std::string& clear,
                      TraitOp op, Envelope& envelope) const;
  Result<Sealed> seal_clear(const DataKey& key, std::string_view field,
                            std::string_view clear) const;
  std::string context_of(const Sealed& sealed) const;
  std::string token_of(std::string_view kind, std::string_view normalised) const;

  Env& env_;
  std::unique_ptr<KeyRing> keys_;
  std::string workspace_;
  const TraitSchemas* schemas_;
  Counter &sealed_, &opened_, &destroyed_, &dropped_identities_;
};

}  // namespace weir::privacy
