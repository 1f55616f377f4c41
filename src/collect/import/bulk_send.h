#pragma once
// Sends a file of events in chunks: pieces are read by two threads while earlier ones are sent, in
// order, one call at a time. At most a few pieces are in memory.

#include "base/env.h"
#include "collect/import/event_pieces.h"

#include <functional>
#include <string>

namespace weir::collect {

class BulkSend {
 public:
  /// Sends a body to POST /api/imports/{id}/rows and waits for the answer.
  using Post = std::function<Status(const std::string& body)>;
  /// After each piece: what was sent, and which of its rows are refused.
  using Sent = std::function<void(const PieceRows&)>;

  /// `file` and `mapping` outlive this.
  BulkSend(Env& env, const PieceFile& file, const ImportMapping& mapping);
  ~BulkSend();

  /// All rows from item `from` on. Stops at the first error.
  Status send(uint64_t from, const Post& post, const Sent& sent);

 private:
  struct Worker;
  const PieceFile& file_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace weir::collect
