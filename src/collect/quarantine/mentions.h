#pragma once
// Does a refused input speak of a person? Asked when the person is erased: refused inputs belong to
// nobody, so what they say has to be looked for.

#include "ports/vault.h"

#include <set>
#include <span>
#include <string>
#include <string_view>

namespace weir::collect {

/// Looks for the identities of one person in clear payloads. Errs towards true: an id is found
/// wherever it stands as a word of its own, so a short member number may be someone else's
/// quantity. Finds phone numbers and addresses as the vault reads them, and text behind JSON
/// escapes. Does not find a person by name or by a value that no identity has.
class Mentions {
 public:
  Mentions(const Vault& vault, std::span<const Identity> identities);
  bool in(std::string_view payload) const;

 private:
  bool in_text(std::string_view text) const;
  bool has_contact(std::string_view text) const;
  bool is_token_of(IdentityKind kind, std::string_view clear) const;

  const Vault& vault_;
  std::set<std::string, std::less<>> values_;  // ids in clear, tokens of phones and addresses
};

}  // namespace weir::collect
