#include "api/query_runner.h"

#include "base/background.h"
#include "base/crypto.h"

#include <algorithm>
#include <utility>

namespace weir::api {
namespace {

constexpr size_t kIdBytesMax = 64;

Result<std::string> id_of(const json::object& query, Random& random) {
  const json::value* id = json::find(query, "query_id");
  if (id == nullptr || id->is_null()) return "qr_" + crypto::to_hex(random.bytes(8));
  if (id->is_string() && !id->get_string().empty() && id->get_string().size() <= kIdBytesMax)
    return std::string(json::view(id->get_string()));
  return fail(ErrorCode::InvalidArgument, "\"query_id\" must be a text of 1…64 bytes", "query_id");
}

Error cancelled_error() {
  return {ErrorCode::Unavailable, "the query was cancelled", {}};
}

}  // namespace

QueryRunner::QueryRunner(Env& env, analytics::Analyst& analyst, Metrics& metrics,
                         QueryLimits limits)
    : env_(env),
      analyst_(analyst),
      limits_(limits),
      seconds_(metrics.histogram("weir_query_seconds")),
      refused_(metrics.counter("weir_queries_total", "outcome=\"refused\"")),
      cancelled_(metrics.counter("weir_queries_total", "outcome=\"cancelled\"")),
      waiting_gauge_(metrics.gauge("weir_queries_waiting")) {
  for (int i = 0; i < limits_.running_max; ++i) {
    runners_.push_back(make_background_executor(env, "queries-" + std::to_string(i + 1)));
    idle_.push_back(static_cast<size_t>(i));
  }
}

QueryRunner::~QueryRunner() {
  std::vector<JobPtr> waiting;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& [id, job] : jobs_) job->cancelled.store(true);
    for (auto& [name, owner] : owners_) {
      waiting.insert(waiting.end(), owner.waiting.begin(), owner.waiting.end());
      owner.waiting.clear();
    }
  }
  for (const JobPtr& job : waiting) job->refuse({ErrorCode::Unavailable, "Weir is stopping", {}});
  for (auto& runner : runners_) runner->stop();
}

std::string QueryRunner::answer(json::object query, const std::string& owner, Done done) {
  auto job = std::make_shared<Job>();
  json::value question(std::move(query));
  job->run = [this, question, done](const QueryControl& control) {
    done(analyst_.answer(question, control));
  };
  job->refuse = [done](Error error) { done(std::unexpected<Error>(std::move(error))); };
  return submit(question.get_object(), owner, job);
}

std::string QueryRunner::people(const json::object& drill, const std::string& owner,
                                PeopleDone done) {
  auto job = std::make_shared<Job>();
  job->run = [this, drill, done](const QueryControl& control) {
    done(analyst_.drill_people(drill, control));
  };
  job->refuse = [done](Error error) { done(std::unexpected<Error>(std::move(error))); };
  return submit(drill, owner, job);
}

std::string QueryRunner::segment_changes(const SegmentChangesQuery& query, const std::string& owner,
                                         std::function<void(Result<SegmentChangesAnswer>)> done) {
  auto job = std::make_shared<Job>();
  job->run = [this, query, done](const QueryControl& control) {
    done(analyst_.segment_changes(query, control));
  };
  job->refuse = [done](Error error) { done(std::unexpected<Error>(std::move(error))); };
  return submit({{"kind", "segment_changes"}}, owner, job);
}

void QueryRunner::schema(Done done) {
  auto job = std::make_shared<Job>();
  job->run = [this, done](const QueryControl&) { done(analyst_.schema()); };
  job->refuse = [done](Error error) { done(std::unexpected<Error>(std::move(error))); };
  submit({{"kind", "schema"}}, {}, job);
}

std::string QueryRunner::submit(const json::object& query, const std::string& owner,
                                const JobPtr& job) {
  auto id = id_of(query, env_.random());
  if (!id) {
    job->refuse(id.error());
    return {};
  }
  job->id = *id;
  job->owner = owner;
  job->kind = json::optional_string(query, "kind");
  job->submitted_at = env_.clock().now();
  Status entered;
  {
    std::lock_guard lock(mutex_);
    entered = enqueue(job);
    if (entered) start_more();
  }
  if (!entered) {
    refused_.add();
    job->refuse(entered.error());
  }
  return *std::move(id);
}

Status QueryRunner::enqueue(const JobPtr& job) {
  if (stopping_) return fail(ErrorCode::Unavailable, "Weir is stopping");
  auto known = owners_.find(job->owner);
  size_t of_owner = known == owners_.end() ? 0 : known->second.waiting.size();
  if (of_owner >= static_cast<size_t>(limits_.waiting_per_owner_max)) {
    return fail(ErrorCode::ResourceExhausted,
                "you have too many questions waiting; wait for their answers, or cancel some");
  }
  if (waiting_ >= limits_.waiting_max) {
    return fail(ErrorCode::ResourceExhausted,
                "too many questions are waiting; try again in a moment");
  }
  if (!jobs_.emplace(job->id, job).second) {
    return fail(ErrorCode::AlreadyExists,
                "a question with query_id \"" + job->id + "\" has not been answered yet",
                "query_id");
  }
  Owner& owner = owners_[job->owner];
  if (owner.waiting.empty()) turns_.push_back(job->owner);
  owner.waiting.push_back(job);
  waiting_gauge_.set(++waiting_);
  return {};
}

void QueryRunner::start_more() {
  while (!idle_.empty()) {
    JobPtr job = pick();
    if (job == nullptr) return;
    size_t runner = idle_.back();
    idle_.pop_back();
    runners_[runner]->post([this, job, runner] { run(job, runner); });
  }
}

/// The first question of the owner who has the fewest running, of those the one whose turn is next.
QueryRunner::JobPtr QueryRunner::pick() {
  auto running = [&](const std::string& name) { return owners_[name].running; };
  auto next = std::min_element(
      turns_.begin(), turns_.end(),
      [&](const std::string& a, const std::string& b) { return running(a) < running(b); });
  if (next == turns_.end() || running(*next) >= limits_.running_per_owner_max) return nullptr;
  std::string name = std::move(*next);
  turns_.erase(next);
  Owner& owner = owners_[name];
  JobPtr job = std::move(owner.waiting.front());
  owner.waiting.pop_front();
  ++owner.running;
  if (!owner.waiting.empty()) turns_.push_back(name);
  waiting_gauge_.set(--waiting_);
  return job;
}

void QueryRunner::run(const JobPtr& job, size_t runner) {
  int64_t started = env_.clock().monotonic_us();
  job->started_us.store(started);
  if (job->cancelled.load()) {
    job->refuse(cancelled_error());
  } else {
    QueryControl control;
    control.time_max_ms = limits_.time_max_ms;
    control.memory_max = limits_.memory_max;
    control.started_us = started;
    control.cancelled = &job->cancelled;
    control.progress = &job->progress;
    job->run(control);
    seconds_.observe_us(env_.clock().monotonic_us() - started);
  }
  std::lock_guard lock(mutex_);
  jobs_.erase(job->id);
  auto owner = owners_.find(job->owner);
  if (--owner->second.running == 0 && owner->second.waiting.empty()) owners_.erase(owner);
  idle_.push_back(runner);
  if (!stopping_) start_more();
}

bool QueryRunner::cancel(std::string_view id) {
  JobPtr waiting;
  {
    std::lock_guard lock(mutex_);
    auto it = jobs_.find(id);
    if (it == jobs_.end() || it->second->cancelled.exchange(true)) return false;
    cancelled_.add();
    auto owner = owners_.find(it->second->owner);
    auto& queue = owner->second.waiting;
    auto place = std::find(queue.begin(), queue.end(), it->second);
    if (place == queue.end()) return true;  // its runner will see it
    waiting = *place;
    queue.erase(place);
    waiting_gauge_.set(--waiting_);
    if (queue.empty()) {
      std::erase(turns_, owner->first);
      if (owner->second.running == 0) owners_.erase(owner);
    }
    jobs_.erase(it);
  }
  waiting->refuse(cancelled_error());
  return true;
}

QueryState QueryRunner::state_of(const Job& job) const {
  QueryState out{job.id, job.owner, job.kind, false, job.submitted_at, 0, 0, 0};
  int64_t started = job.started_us.load();
  if (started < 0) return out;
  out.running = true;
  out.running_ms = static_cast<double>(env_.clock().monotonic_us() - started) / 1000.0;
  out.passes = job.progress.passes.load();
  uint64_t total = job.progress.total.load();
  if (total > 0) {
    double share = static_cast<double>(job.progress.done.load()) / static_cast<double>(total);
    out.share = std::min(share, 1.0);
  }
  return out;
}

std::vector<QueryState> QueryRunner::list() const {
  std::vector<QueryState> out;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [id, job] : jobs_) out.push_back(state_of(*job));
  }
  std::stable_sort(out.begin(), out.end(), [](const QueryState& a, const QueryState& b) {
    return a.submitted_at < b.submitted_at;
  });
  return out;
}

}  // namespace weir::api
