#pragma once
// Names of the traits that were ever written, with type, data class and who wrote them; grows by
// itself. Beside it the schema, which operators write.

#include "ports/resident_table.h"
#include "ports/trait_schemas.h"
#include "profile/profile.h"
#include "profile/state.pb.h"

#include <string>
#include <string_view>

namespace weir::profile {

class TraitRegistry {
 public:
  explicit TraitRegistry(TraitSchemas& schemas);

  /// False when the trait is not kept: the value is not of the registered type, which is counted,
  /// or the name is new and the registry full, because a field explosion (an id as a name) must not
  /// fill memory.
  bool note(const TraitChange& change, const TraitRule* rule, const std::string& source);
  /// Seen and registered ones, by name.
  std::vector<TraitInfo> list() const;

  const TraitSchema& schema() const { return *schema_; }
  const SchemaVersion& version() const { return version_; }
  /// The Definition "traits"; a body that cannot be understood changes nothing, an empty one takes
  /// all rules away. Hands the schema to those who go by it.
  void define(std::string_view body, TimeMs time, std::string_view by);

  Status load(const StateStore& store);
  void save(WriteBatch& batch);

 private:
  bool use(std::string_view body);

  TraitSchemas& schemas_;
  std::shared_ptr<const TraitSchema> schema_;
  SchemaVersion version_;
  ResidentTable<pb::TraitInfo> rows_;
  ResidentTable<pb::TraitSchemaRow> row_;
};

/// Of a name and its values by themselves (PIPL 28). A sealed value is personal at least.
DataClass data_class_of(std::string_view name, bool personal);

}  // namespace weir::profile
