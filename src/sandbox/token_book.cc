#include "sandbox/token_book.h"

namespace weir::sandbox {

TokenBook::Token TokenBook::fresh() {
  return {world_.dice.letters(64), world_.now() + world_.profile.token_seconds * kSecondMs};
}

TokenBook::Issued TokenBook::show(const Token& token) {
  return {token.value, (token.expires_at - world_.now()) / kSecondMs};
}

TokenBook::Issued TokenBook::issue() {
  if (current_.value.empty() || world_.now() >= current_.expires_at) {
    current_ = fresh();
  } else if (current_.expires_at - world_.now() < 5 * kMinuteMs &&
             world_.profile.token_seconds > 300) {
    previous_ = current_;
    current_ = fresh();
  }
  return show(current_);
}

TokenBook::Issued TokenBook::force() {
  previous_ = {};
  current_ = fresh();
  return show(current_);
}

int64_t TokenBook::check(std::string_view token, int64_t early_death_code) {
  if (token.empty()) return 41001;
  bool known = token == current_.value || token == previous_.value;
  if (!known) return 40014;
  if (world_.dice.chance(world_.profile.token_early_death)) {
    kill();
    return early_death_code;
  }
  const Token& found = token == current_.value ? current_ : previous_;
  return world_.now() < found.expires_at ? 0 : 42001;
}

}  // namespace weir::sandbox
