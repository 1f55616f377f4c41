#include "privacy/sealed_vault.h"

#include "base/crypto.h"
#include "model/anchor.h"
#include "privacy/masks.h"
#include "privacy/privacy.h"
#include "privacy/shapes.h"

#include <algorithm>
#include <map>

namespace weir::privacy {
namespace {

constexpr size_t kNonceBytes = 12;
constexpr std::string_view kPhone = "phone", kEmail = "email";

/// Records that say something about a person and may carry traits.
bool describes_person(RecordKind kind) {
  return kind <= RecordKind::Alias;
}

bool has_trait_of(const Envelope& envelope, FieldClass kind) {
  return std::ranges::any_of(envelope.traits, [&](const TraitChange& change) {
    return classify_field(change.name, FieldPlace::Trait) == kind;
  });
}

}  // namespace

/// What sealing one envelope will change. Nothing is changed before all keys of the batch are
/// durable.
struct SealedVault::Plan {
  struct Contact {
    FieldClass kind;
    std::string clear;
    TraitOp op;
  };
  Envelope* envelope = nullptr;
  std::vector<Identity> identities;  // with tokens in place of personal values
  std::vector<Contact> contacts;     // numbers and addresses that were identities
  std::string owner;
  uint64_t dropped = 0;
};

SealedVault::SealedVault(Env& env, std::unique_ptr<KeyRing> keys, Metrics& metrics,
                         const VaultOptions& options)
    : env_(env),
      keys_(std::move(keys)),
      workspace_(options.workspace),
      schemas_(options.traits),
      sealed_(metrics.counter("weir_vault_values_sealed_total")),
      opened_(metrics.counter("weir_vault_values_opened_total")),
      destroyed_(metrics.counter("weir_vault_keys_destroyed_total")),
      dropped_identities_(metrics.counter("weir_vault_identities_dropped_total")) {}

bool SealedVault::needs_seal(const Envelope& envelope) const {
  if (!may_hold_personal_values(envelope.kind)) return false;
  if (std::ranges::any_of(envelope.identities, needs_token)) return true;
  if (std::ranges::count(personal_traits(envelope), true) > 0) return true;
  for (const Property& property : envelope.properties) {
    if (is_personal_value(property.name, FieldPlace::Property, property.value)) return true;
  }
  return false;
}

/// Of each trait, whether its value has to be sealed: by name or shape, or because an operator said
/// so.
std::vector<bool> SealedVault::personal_traits(const Envelope& envelope) const {
  std::vector<bool> personal;
  if (envelope.traits.empty()) return personal;
  FieldPlace place = trait_place(envelope.kind);
  auto schema = schemas_ == nullptr ? nullptr : schemas_->current();
  bool of_people = schema != nullptr && place == FieldPlace::Trait;
  for (const TraitChange& change : envelope.traits) {
    bool settled = std::holds_alternative<Sealed>(change.value) ||
                   std::holds_alternative<std::monostate>(change.value);
    const TraitRule* rule = of_people && !settled ? schema->find(change.name) : nullptr;
    personal.push_back(is_personal_value(change.name, place, change.value) ||
                       (rule != nullptr && rule->data_class != DataClass::Public));
  }
  return personal;
}

SealedVault::Plan SealedVault::plan(Envelope& envelope) const {
  Plan plan{&envelope, {}, {}, {}, 0};
  for (const Identity& identity : envelope.identities) {
    if (!needs_token(identity)) {
      plan.identities.push_back(identity);
      continue;
    }
    // A number that is an identity of another kind may be the person's number, but what is said
    // about the phone trait itself goes first.
    TraitOp op = is_personal(identity.kind) ? TraitOp::Set : TraitOp::SetOnce;
    auto phone =
        identity.kind == IdentityKind::Email ? std::nullopt : normalise_phone(identity.value);
    auto email =
        identity.kind == IdentityKind::Phone ? std::nullopt : normalise_email(identity.value);
    if (!phone && !email) {
      ++plan.dropped;
      continue;
    }
    std::string token = phone ? token_of(kPhone, *phone) : token_of(kEmail, *email);
    plan.identities.push_back({identity.kind, identity.scope, std::move(token)});
    plan.contacts.push_back(
        {phone ? FieldClass::Phone : FieldClass::Email, phone ? *phone : *email, op});
  }
  const Identity* anchor = anchor_identity(plan.identities);
  Identity nobody{IdentityKind::Other, "source", envelope.source};
  plan.owner = keys_->owner_of(identity_key(anchor == nullptr ? nobody : *anchor));
  return plan;
}

Status SealedVault::seal(std::span<Envelope> batch) {
  std::vector<Plan> plans;
  std::vector<std::string> owners;
  std::map<std::string, size_t> index;
  for (Envelope& envelope : batch) {
    if (!needs_seal(envelope)) continue;
    plans.push_back(plan(envelope));
    if (index.try_emplace(plans.back().owner, owners.size()).second) {
      owners.push_back(plans.back().owner);
    }
  }
  if (plans.empty()) return {};
  WEIR_TRY(std::vector<DataKey> keys, keys_->keys_for(owners));
  Status status;
  for (Plan& plan : plans) {
    if (status) status = apply(plan, keys[index.at(plan.owner)]);
  }
  for (DataKey& key : keys) wipe(key.key);
  return status;
}

Status SealedVault::apply(Plan& plan, const DataKey& key) const {
  Envelope& envelope = *plan.envelope;
  std::vector<bool> personal = personal_traits(envelope);
  for (size_t i = 0; i < personal.size(); ++i) {
    if (!personal[i]) continue;
    WEIR_CHECK_OK(seal_value(key, envelope.traits[i].name, envelope.traits[i].value));
  }
  for (Property& property : envelope.properties) {
    if (!is_personal_value(property.name, FieldPlace::Property, property.value)) continue;
    WEIR_CHECK_OK(seal_value(key, property.name, property.value));
  }
  for (const Plan::Contact& contact : plan.contacts) {
    if (!describes_person(envelope.kind) || envelope.kind == RecordKind::Group) break;
    if (has_trait_of(envelope, contact.kind)) continue;
    std::string_view field = contact.kind == FieldClass::Phone ? kPhone : kEmail;
    WEIR_CHECK_OK(seal_contact(key, field, contact.clear, contact.op, envelope));
  }
  envelope.identities = std::move(plan.identities);
  dropped_identities_.add(plan.dropped);
  return {};
}

Status SealedVault::seal_contact(const DataKey& key, std::string_view field,
                                 const std::string& clear, TraitOp op, Envelope& envelope) const {
  WEIR_TRY(Sealed sealed, seal_clear(key, field, clear));
  envelope.traits.push_back({op, std::string(field), std::move(sealed)});
  return {};
}

Status SealedVault::seal_value(const DataKey& key, std::string_view field, Value& value) const {
  std::string clear = clear_text(value);
  WEIR_TRY(value, seal_clear(key, field, clear));
  wipe(clear);
  return {};
}

Result<Sealed> SealedVault::seal_clear(const DataKey& key, std::string_view field,
                                       std::string_view clear) const {
  Sealed sealed{key.key_id, std::string(field), {}, {}};
  std::string normalised;
  if (auto phone = normalise_phone(clear)) {
    sealed.token = token_of(kPhone, *phone);
    normalised = std::move(*phone);
  } else if (auto email = normalise_email(clear)) {
    sealed.token = token_of(kEmail, *email);
    normalised = std::move(*email);
  }
  std::string nonce = env_.random().bytes(kNonceBytes);
  WEIR_TRY(
      std::string cipher,
      crypto::seal_gcm(key.key, nonce, normalised.empty() ? clear : std::string_view(normalised),
                       context_of(sealed)));
  wipe(normalised);
  sealed.cipher = std::string(1, static_cast<char>(kSuiteAesGcm)) + nonce + cipher;
  sealed_.add();
  return sealed;
}

Result<std::vector<Sealed>> SealedVault::seal_texts(std::span<const TextToSeal> texts) {
  std::vector<std::string> owners;
  std::map<std::string, size_t> index;
  for (const TextToSeal& text : texts) {
    std::string owner = keys_->owner_of(identity_key(text_owner(text.owner)));
    if (index.try_emplace(text.owner, owners.size()).second) owners.push_back(std::move(owner));
  }
  WEIR_TRY(std::vector<DataKey> keys, keys_->keys_for(owners));
  std::vector<Sealed> all;
  Status status;
  for (const TextToSeal& text : texts) {
    auto sealed = seal_clear(keys[index.at(text.owner)], text.field, text.clear);
    if (!sealed) {
      status = std::unexpected(sealed.error());
      break;
    }
    all.push_back(*std::move(sealed));
  }
  for (DataKey& key : keys) wipe(key.key);
  if (!status) return std::unexpected(status.error());
  return all;
}

std::string SealedVault::context_of(const Sealed& sealed) const {
  return join_parts({"weir value", std::string(1, static_cast<char>(kSuiteAesGcm)), workspace_,
                     sealed.key_id, sealed.field});
}

Result<std::string> SealedVault::open(const Sealed& sealed) const {
  WEIR_TRY(std::string key, keys_->find(sealed.key_id));
  if (sealed.cipher.size() < 1 + kNonceBytes ||
      sealed.cipher[0] != static_cast<char>(kSuiteAesGcm)) {
    wipe(key);
    return fail(ErrorCode::DataLoss,
                "a sealed value is damaged or of a cipher suite this build does not have");
  }
  std::string_view cipher = sealed.cipher;
  auto clear = crypto::open_gcm(key, cipher.substr(1, kNonceBytes), cipher.substr(1 + kNonceBytes),
                                context_of(sealed));
  wipe(key);
  opened_.add();
  return clear;
}

std::string SealedVault::token_of(std::string_view kind, std::string_view normalised) const {
  constexpr size_t kTokenBytes = 16;  // cut to 128 bits: still far from any collision
  std::string message(kind);
  message.push_back('\0');
  message += normalised;
  return crypto::to_hex(crypto::hmac_sha256(keys_->token_key(), message).substr(0, kTokenBytes));
}

Result<std::string> SealedVault::token(IdentityKind kind, std::string_view clear) const {
  if (kind != IdentityKind::Email) {
    if (auto phone = normalise_phone(clear)) return token_of(kPhone, *phone);
  }
  if (kind != IdentityKind::Phone) {
    if (auto email = normalise_email(clear)) return token_of(kEmail, *email);
  }
  // The value is not in the message: errors travel into logs.
  return fail(ErrorCode::InvalidArgument,
              kind == IdentityKind::Email
                  ? "not an e-mail address; it looks like name@example.cn"
                  : "not a phone number; write 11 digits, or + and the country code",
              std::string(to_string(kind)));
}

std::string SealedVault::masked(const Sealed& sealed) const {
  auto clear = open(sealed);
  if (!clear) return "•••";
  std::string shown = mask(sealed.field, *clear);
  wipe(*clear);
  return shown;
}

Status SealedVault::destroy_keys(std::span<const Identity> identities) {
  std::vector<std::string> owners;
  for (const Identity& identity : identities) {
    owners.push_back(keys_->owner_of(identity_key(identity)));
  }
  WEIR_CHECK_OK(keys_->destroy(owners));
  destroyed_.add(owners.size());
  return keys_->purge(owners);
}

Status SealedVault::destroy_generations(std::span<const PersonalKey> keys) {
  std::vector<std::string> owners, deleted;
  for (const PersonalKey& key : keys) {
    std::string owner = keys_->owner_of(identity_key(key.identity));
    WEIR_TRY(bool current, keys_->is_current(owner + key.generation));
    if (current) deleted.push_back(owner);
    owners.push_back(std::move(owner));
  }
  WEIR_CHECK_OK(keys_->destroy(deleted));
  destroyed_.add(deleted.size());
  // Also what an earlier try deleted: it may have failed before its bytes were gone.
  return keys_->purge(owners);
}

Result<std::unique_ptr<ErasableVault>> open_vault(Env& env, StateStore& keys, Metrics& metrics,
                                                  const VaultOptions& options) {
  WEIR_TRY(auto ring, KeyRing::open(env, keys, options.root_key_path, options.workspace,
                                    options.keys_cached_max));
  return std::make_unique<SealedVault>(env, std::move(ring), metrics, options);
}

}  // namespace weir::privacy
