#pragma once
// Rows that come in bulk go straight into parts, without the head: they are gathered column by
// column, and while one part is sorted, encoded and written by a helper, the next one is gathered.

#include "columnar/row_columns.h"
#include "columnar/store.h"

#include <condition_variable>
#include <memory>
#include <mutex>

namespace weir::columnar {

struct BulkLimits {
  uint32_t part_rows = 8u << 20;  // about 1 GiB while a part of seven properties is gathered
};

/// On the writer's thread of a store whose head is empty; nothing else may append or seal
/// meanwhile. Rows come in the order of their positions, their subjects assigned to groups before.
class BulkLoad {
 public:
  /// Without a helper, parts are made on the caller's thread.
  BulkLoad(Store& store, Executor* helper, BulkLimits limits = {});
  /// Waits for the helper. Rows that no finish() has made durable are gone.
  ~BulkLoad();

  /// Errors are those of writing an earlier part; nothing is appended then.
  Status append(const NewRow& row);
  /// Writes what is left. Everything appended is durable when this returns; the store's cursor is
  /// `cursor`.
  Status finish(uint64_t cursor);

 private:
  struct Batch;
  void keep(const NewRow& row);
  Status flush(uint64_t cursor);
  Status wait();

  Store& store_;
  Executor* const helper_;
  const BulkLimits limits_;
  std::unique_ptr<Batch> batch_;

  std::mutex mutex_;
  std::condition_variable idle_;
  bool busy_ = false;
  Status status_;
};

}  // namespace weir::columnar
