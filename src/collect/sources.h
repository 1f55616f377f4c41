#pragma once
// Who may send: write keys and what each is believed for.

#include "base/string_map.h"
#include "model/envelope.h"
#include "ports/trait_schemas.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::collect {

struct Source {
  std::string name;       // Envelope::source, "web", "app", "erp"
  std::string write_key;  // also the token of Sensors and the api_key of PostHog clients
  Trust trust = Trust::Public;
  const TraitSchemas* traits = nullptr;  // what it may say of people; null = anything
};

/// Immutable after construction; shared by threads.
class SourceRegistry {
 public:
  /// InvalidArgument names a source without name or key, or a key given twice.
  static Result<SourceRegistry> open(std::vector<Source> sources);
  /// Null when the key is unknown. The time does not tell how much of a key was right: look-up is
  /// by its SHA-256, and only the winner is compared, in constant time.
  const Source* find(std::string_view write_key) const;
  /// By name, for replays; null when it is no longer configured.
  const Source* by_name(std::string_view name) const;
  /// All sources go by these; before the registry is shared.
  void use(const TraitSchemas& traits);

 private:
  SourceRegistry() = default;
  std::vector<std::unique_ptr<Source>> sources_;
  StringMap<const Source*> by_digest_;
};

}  // namespace weir::collect
