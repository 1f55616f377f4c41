#pragma once
// Analytics questions on an executor of their own: they may take seconds and must hold up neither
// the folds nor the HTTP threads. At most kWaitingMax wait; beyond, the answer is 429.

#include "analytics/analytics.h"
#include "base/env.h"

#include <atomic>
#include <functional>
#include <memory>

namespace weir::api {

class QueryRunner {
 public:
  using Done = std::function<void(Result<json::value>)>;
  static constexpr int kWaitingMax = 64;

  QueryRunner(Env& env, analytics::Analyst& analyst);
  ~QueryRunner();

  /// `done` once, on the query executor.
  void answer(json::object query, Done done);
  void schema(Done done);
  uint64_t event_count() const { return analyst_.event_count(); }

 private:
  void enqueue(std::function<Result<json::value>()> question, Done done);

  analytics::Analyst& analyst_;
  std::atomic<int> waiting_{0};
  std::unique_ptr<Executor> executor_;
};

}  // namespace weir::api
