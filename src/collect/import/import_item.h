#pragma once
// One mapped item of an import as a record, on the server.

#include "collect/json_items.h"
#include "collect/refusal.h"
#include "collect/values.h"
#include "model/envelope.h"
#include "ports/trait_schemas.h"

#include <string>
#include <string_view>

namespace weir::collect {

struct ImportItem {
  uint64_t row = 0, rows = 1;
  Envelope envelope;  // when not refused
  Verdict refused;    // by the client or here
};

/// Never fails: what is wrong with an item is its refusal. The envelope is historical and of server
/// trust. Traits are held to `schemas` where the server reads it; a client has none.
ImportItem read_import_item(Json json, std::string_view import_id, std::string_view feed,
                            TimeMs now, const TraitSchemas* schemas = nullptr);

}  // namespace weir::collect
