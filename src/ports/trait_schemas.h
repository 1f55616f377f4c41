#pragma once
// The trait schema that holds now: the profile fold sets it, collect and the vault go by it.

#include "model/trait_schema.h"

#include <memory>
#include <mutex>

namespace weir {

/// Thread-safe.
class TraitSchemas {
 public:
  /// Never null; does not change.
  std::shared_ptr<const TraitSchema> current() const {
    std::lock_guard lock(mutex_);
    return schema_;
  }
  void set(TraitSchema schema) {
    auto next = std::make_shared<const TraitSchema>(std::move(schema));
    std::lock_guard lock(mutex_);
    schema_ = std::move(next);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const TraitSchema> schema_ = std::make_shared<const TraitSchema>();
};

}  // namespace weir
