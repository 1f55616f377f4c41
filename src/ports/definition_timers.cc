#include "ports/definition_timers.h"

#include "ports/resident_table.h"

namespace weir {
namespace {

using Kind = DefinitionTimers::Kind;

/// kind, definition, 0, ordinal (4 bytes).
std::string key_of(Kind kind, std::string_view definition, uint32_t ordinal) {
  std::string key(1, static_cast<char>(kind));
  key.append(definition).push_back('\0');
  return key + ordinal_key(ordinal);
}

}  // namespace

DefinitionTimers::Fired DefinitionTimers::parse(std::string_view key) {
  size_t end = key.size() - 5;
  return {static_cast<Kind>(key[0]), std::string(key.substr(1, end - 1)),
          parse_ordinal_key(key.substr(end + 1))};
}

void DefinitionTimers::wake(Kind kind, std::string_view definition, TimeMs due,
                            StepContext& context) const {
  context.set_timer(owner_, key_of(kind, definition, 0), due);
}

bool DefinitionTimers::walk(Kind kind, std::string_view definition, uint32_t first,
                            const std::function<void(ProfileOrdinal)>& visit,
                            StepContext& context) const {
  std::vector<ProfileOrdinal> chunk = identities_.live_profiles(ProfileOrdinal(first), kWalkChunk);
  for (ProfileOrdinal profile : chunk) visit(profile);
  if (chunk.size() < kWalkChunk) return false;
  context.set_timer(owner_, key_of(kind, definition, chunk.back().value + 1), context.now() + 1);
  return true;
}

}  // namespace weir
