#pragma once
// Analytics questions on executors of their own: they may take seconds and must hold up neither the
// folds nor the HTTP threads. A few run at once, within a budget each; the others wait their turn,
// fairly between those who ask; who asks too much is answered 429.
//
//   answer() ──► waiting, a queue per owner ──pick()──► running, one executor each ──► done
//                    └────────────cancel()────────────────────┘
//
// Invariant: a job is in exactly one of: a waiting queue, an executor, gone. `done` is called once.

#include "analytics/analytics.h"
#include "base/env.h"
#include "base/metrics.h"
#include "model/query_segment_changes.h"
#include "ports/answers_segment_changes.h"

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace weir::api {

struct QueryLimits {
  int running_max = 3;
  int running_per_owner_max = 2;  // so that one owner's long questions leave room for others
  int waiting_max = 64;
  int waiting_per_owner_max = 24;
  DurationMs time_max_ms = 30 * kSecondMs;
  uint64_t memory_max = 512ull << 20;  // of one question
};

/// A question that waits or runs.
struct QueryState {
  std::string id, owner, kind;
  bool running = false;
  TimeMs submitted_at = 0;
  double running_ms = 0;
  uint32_t passes = 0;  // over the events, begun
  double share = 0;     // of the pass at hand
};

/// Thread-safe.
class QueryRunner {
 public:
  using Done = std::function<void(Result<json::value>)>;
  using PeopleDone = std::function<void(Result<analytics::DrillPeople>)>;

  QueryRunner(Env& env, analytics::Analyst& analyst, Metrics& metrics, QueryLimits limits = {});
  /// Cancels what runs and refuses what waits.
  ~QueryRunner();

  /// Asks in the name of `owner`. `done` comes once, on some executor, or at once when the question
  /// is refused (ResourceExhausted; AlreadyExists for a query_id that is in use). Returns the id
  /// for cancel(): the question's "query_id", or a new one.
  std::string answer(json::object query, const std::string& owner, Done done);
  /// All people of a question of kind "drill".
  std::string people(const json::object& drill, const std::string& owner, PeopleDone done);
  std::string segment_changes(const SegmentChangesQuery& query, const std::string& owner,
                              std::function<void(Result<SegmentChangesAnswer>)> done);
  void schema(Done done);
  uint64_t event_count() const { return analyst_.event_count(); }

  /// Oldest first.
  std::vector<QueryState> list() const;
  /// Stops it within one range of people; `done` gets Unavailable. False when it is not there: it
  /// is over, or never was. An answer that is complete already may still come.
  bool cancel(std::string_view id);

 private:
  struct Job {
    std::string id, owner, kind;
    std::function<void(const QueryControl&)> run;
    std::function<void(Error)> refuse;
    TimeMs submitted_at = 0;
    std::atomic<int64_t> started_us{-1};  // by the monotonic clock; -1 = waits
    std::atomic<bool> cancelled{false};
    WorkProgress progress;
  };
  using JobPtr = std::shared_ptr<Job>;
  struct Owner {
    std::deque<JobPtr> waiting;
    int running = 0;
  };

  std::string submit(const json::object& query, const std::string& owner, const JobPtr& job);
  Status enqueue(const JobPtr& job);
  void start_more();
  JobPtr pick();
  void run(const JobPtr& job, size_t runner);
  QueryState state_of(const Job& job) const;

  Env& env_;
  analytics::Analyst& analyst_;
  const QueryLimits limits_;
  Histogram& seconds_;
  Counter &refused_, &cancelled_;
  Gauge& waiting_gauge_;

  mutable std::mutex mutex_;
  std::map<std::string, JobPtr, std::less<>> jobs_;  // waiting and running, by id
  std::map<std::string, Owner> owners_;              // those with jobs
  std::deque<std::string> turns_;                    // owners that wait, whose turn is next first
  std::vector<size_t> idle_;                         // runners
  int waiting_ = 0;
  bool stopping_ = false;
  std::vector<std::unique_ptr<Executor>> runners_;
};

}  // namespace weir::api
