#include "api/identity_resolver.h"

#include <fmt/format.h>

namespace weir::api {
namespace {

constexpr size_t kPieces = 2'000;  // of work a gate call: a few milliseconds
// What arrived while people were moved is looked at again; more often would chase the traffic.
constexpr int kRoundsMax = 3;

}  // namespace

bool IdentityResolver::cancel(const std::string& id) {
  bool runs = job_ && job_->id == id && (job_->phase == "looking" || job_->phase == "applying");
  if (runs) job_->cancel = true;
  return runs;
}

void IdentityResolver::put_mark(const Job& job, identity::ResolutionMark mark,
                                std::function<void(Status)> then) {
  identity::ResolutionPart part;
  part.version = s_.identities.rules().back().version;
  part.mark = mark;
  put_definition(s_, job.who, std::string(identity::kResolutionPrefix) + job.id,
                 identity::render_part(part), std::move(then));
}

void IdentityResolver::finish(std::shared_ptr<Job> job, std::string phase, std::string error) {
  auto end = [job, phase = std::move(phase), error = std::move(error)](const Status& ended) {
    job->phase = phase;
    job->error = error;
    // It is taken up again at the next start then, and finds nothing left to do.
    if (!ended && error.empty()) job->error = ended.error().message;
  };
  if (job->id.empty()) return end({});
  put_mark(*job, identity::ResolutionMark::End, end);
}

void IdentityResolver::look(std::shared_ptr<identity::Replay> replay, std::shared_ptr<Job> job,
                            Found then) {
  s_.gate.run([this, replay = std::move(replay), job = std::move(job), then = std::move(then)] {
    if (job->cancel) return finish(job, "cancelled");
    bool complete = replay->step(kPieces);
    job->progress = replay->progress();
    if (complete) return then(replay->difference());
    look(replay, job, then);
  });
}

void IdentityResolver::preview(identity::IdentityRules rules, Found then) {
  s_.gate.run([this, rules = std::move(rules), then = std::move(then)]() mutable {
    look(s_.identities.replay(std::move(rules)), std::make_shared<Job>(), std::move(then));
  });
}

Status IdentityResolver::apply(Operator who, const identity::IdentityRules& rules, std::string id) {
  if (job_ && (job_->phase == "looking" || job_->phase == "applying")) {
    return fail(ErrorCode::FailedPrecondition,
                fmt::format("resolution {} is running; wait for it or cancel it", job_->id));
  }
  job_ = std::make_shared<Job>();
  job_->id = std::move(id);
  job_->who = std::move(who);
  job_->started = s_.env.clock().now();
  // The rules first: what arrives from now on is linked by them.
  put_definition(s_, job_->who, std::string(identity::kRulesDefinition),
                 identity::render_rules(rules), [this, job = job_](Status put) {
                   if (!put) return finish(job, "failed", put.error().message);
                   put_mark(*job, identity::ResolutionMark::Begin, [this, job](Status begun) {
                     if (!begun) return finish(job, "failed", begun.error().message);
                     round(job, kRoundsMax);
                   });
                 });
  return {};
}

void IdentityResolver::resume() {
  for (const identity::ResolutionView& cut_short : s_.identities.resolutions()) {
    if (!cut_short.open || job_) continue;
    job_ = std::make_shared<Job>();
    job_->id = cut_short.id;
    job_->who.username = cut_short.by;
    job_->started = s_.env.clock().now();
    job_->joined = cut_short.joined;
    job_->split = cut_short.split;
    round(job_, kRoundsMax);
  }
}

void IdentityResolver::round(std::shared_ptr<Job> job, int rounds_left) {
  job->phase = "looking";
  const identity::RulesVersion& rules = s_.identities.rules().back();
  look(s_.identities.replay(rules.rules), job,
       [this, job, rounds_left, version = rules.version](const identity::Difference& found) {
         if (found.empty() || rounds_left == 0) return finish(job, "done");
         job->phase = "applying";
         job->joined += found.joined;
         job->split += found.split;
         auto parts = std::make_shared<std::vector<identity::ResolutionPart>>(
             identity::parts_of(found, version));
         move(job, std::move(parts), 0, rounds_left - 1);
       });
}

void IdentityResolver::move(std::shared_ptr<Job> job,
                            std::shared_ptr<std::vector<identity::ResolutionPart>> parts,
                            size_t next, int rounds_left) {
  if (job->cancel) return finish(job, "cancelled");
  job->progress = {next, parts->size()};
  if (next == parts->size()) return round(job, rounds_left);
  put_definition(s_, job->who, std::string(identity::kResolutionPrefix) + job->id,
                 identity::render_part((*parts)[next]),
                 [this, job, parts, next, rounds_left](Status put) {
                   if (!put) return finish(job, "failed", put.error().message);
                   move(job, parts, next + 1, rounds_left);
                 });
}

}  // namespace weir::api
