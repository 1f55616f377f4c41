#include "ports/resident_table.h"

namespace weir {

std::string ordinal_key(uint32_t ordinal) {
  std::string key(4, '\0');
  for (int i = 0; i < 4; ++i)
    key[static_cast<size_t>(i)] = static_cast<char>(ordinal >> (24 - 8 * i));
  return key;
}

std::string ordinal_key(uint64_t number) {
  return ordinal_key(static_cast<uint32_t>(number >> 32)) +
         ordinal_key(static_cast<uint32_t>(number));
}

uint32_t parse_ordinal_key(std::string_view key) {
  WEIR_ASSERT(key.size() == 4);
  uint32_t ordinal = 0;
  for (char c : key) ordinal = ordinal << 8 | static_cast<uint8_t>(c);
  return ordinal;
}

}  // namespace weir
