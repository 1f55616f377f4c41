#pragma once
// Which fields are personal by their name: one table, Chinese and English.

#include <cstdint>
#include <string_view>

namespace weir::privacy {

enum class FieldClass : uint8_t {
  None,  // not personal by name; the value may still have a personal shape
  Phone,
  Email,
  Name,
  Address,
  Document,  // numbers of identity cards, passports and bank cards
  Text,      // what people wrote: chat and message text, remarks about a person
};

/// A trait describes a person; a property describes an event, where `name` is mostly a product's.
enum class FieldPlace : uint8_t { Trait, Property };

/// Case, '_', '-', '.', '$' and blanks in `name` do not matter. About 20 ns.
FieldClass classify_field(std::string_view name, FieldPlace place);

}  // namespace weir::privacy
