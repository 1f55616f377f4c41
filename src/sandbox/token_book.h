#pragma once
// Access tokens of one vendor account: handed out, expired, killed early, and checked.

#include "sandbox/world.h"

#include <string>
#include <string_view>

namespace weir::sandbox {

class TokenBook {
 public:
  explicit TokenBook(World& world) : world_(world) {}

  struct Issued {
    std::string value;
    int64_t seconds_left = 0;
  };
  /// The same token for its whole life; the next one from 5 minutes before its end, both valid
  /// then.
  Issued issue();
  /// A new token at once; the old one dies.
  Issued force();
  void kill() { current_ = previous_ = {}; }

  /// 0, or the vendor's code: 41001 missing, 42001 expired, 40014 never heard of. Dies early by
  /// chance with `early_death_code` (40001 at service accounts, 40014 at WeCom).
  int64_t check(std::string_view token, int64_t early_death_code);

 private:
  struct Token {
    std::string value;
    TimeMs expires_at = 0;
  };
  Issued show(const Token& token);
  Token fresh();

  World& world_;
  Token current_, previous_;
};

}  // namespace weir::sandbox
