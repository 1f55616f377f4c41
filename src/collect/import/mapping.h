#pragma once
// Which column of a file means what. A mapping file says it; without one, columns are found by
// their usual names (collection-protocols §11.2).

#include "base/json.h"
#include "collect/import/table_file.h"
#include "model/identity.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weir::collect {

enum class CellType { Text, Integer, Number, Boolean, Time, List };

struct NamedColumn {
  std::string name;  // of the property or trait
  int column = -1;
  CellType type = CellType::Text;
};

struct IdColumn {
  IdentityKind kind = IdentityKind::UserId;
  std::string scope;
  int column = -1;
};

struct ImportMapping {
  std::string feed;  // "events", "orders", "profiles"
  std::string encoding = "auto";
  std::string time_zone = "Asia/Shanghai";  // of times without one: the store's
  std::string currency = "CNY";
  std::string event_name;     // events: the name of all of them, when there is no column for it
  std::string refund_prefix;  // orders: order ids that start with it are refunds
  std::string guest_scope;  // orders: without a customer, the order is its own person of this scope
  std::map<std::string, int, std::less<>> words;  // "order_id", "time" … → column
  std::vector<IdColumn> ids;
  std::vector<NamedColumn> properties, traits;

  int word(std::string_view name) const {
    auto it = words.find(name);
    return it == words.end() ? -1 : it->second;
  }
};

/// Settings that must be known before the file is opened: only the encoding.
std::string mapping_encoding(const json::value& mapping);

/// `mapping` is null when there is no file. Errors name the key, and the column when the file has
/// none of that name.
Result<ImportMapping> read_mapping(const json::value& mapping, std::string_view feed,
                                   const TableFile& file);

}  // namespace weir::collect
