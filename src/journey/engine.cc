#include "journey/engine.h"

#include "base/hash.h"
#include "journey/bindings.h"
#include "model/facts.h"

#include <fmt/format.h>

namespace weir::journey {
namespace {

constexpr std::string_view kOwner = "journey";
constexpr int kStepsMax = 64;  // nodes walked in one go; a graph without waits is acyclic
constexpr DurationMs kIngestGrace = 60 * kSecondMs;  // JN7
constexpr DurationMs kHeldMax = kDayMs;              // JN16

std::string wait_timer(const std::string& id) {
  return "w" + id;
}
std::string goal_timer(const std::string& id) {
  return "g" + id;
}
std::string retention_timer(const std::string& id) {
  return "x" + id;
}

}  // namespace

std::string visit_key(const pb::Enrollment& row, std::string_view enrollment_id) {
  return to_hex(hash128(fmt::format("{}\n{}\n{}\n{}\n{}", row.journey_id(), row.version(),
                                    enrollment_id, row.node(), row.visit_no())));
}

Engine::Engine(const JourneyOptions& options, const PersonReaders& readers, CouponIssuer& coupons,
               Definitions& definitions, Enrollments& enrollments)
    : options_(options),
      readers_(readers),
      coupons_(coupons),
      definitions_(definitions),
      enrollments_(enrollments) {}

void Engine::start(const std::string& id, StepContext& context) {
  const pb::Enrollment& row = *enrollments_.find(id);
  const JourneyDef& def = *definitions_.version(row.journey_id(), row.version());
  if (def.goal) {
    enrollments_.mutate(id).set_watching(true);
    context.set_timer(kOwner, goal_timer(id),
                      row.entered_at() + def.goal->window_ms + kIngestGrace);
  }
  if (row.arm() != pb::Enrollment::TREATED) {
    enrollments_.trace(id, context.now(), "", "control", "");
    if (!def.goal) exit(id, "control", context);
    return;
  }
  go(id, def.start, row.entered_at(), context);
}

void Engine::go(const std::string& id, std::string node_id, TimeMs at, StepContext& context) {
  const pb::Enrollment& row = *enrollments_.find(id);
  const JourneyDef& def = *definitions_.version(row.journey_id(), row.version());
  for (int steps = 0; steps < kStepsMax; ++steps) {
    if (node_id.empty()) return exit(id, "end", context);
    const NodeDef& node = def.nodes.at(node_id);
    enrollments_.place(id, node_id, at);
    if (row.visit_no() > static_cast<uint32_t>(node.max_visits))
      return exit(id, "max_visits", context);
    std::optional<std::string> next = execute(id, def, node, context);
    if (!next) return;
    node_id = *std::move(next);
    at = context.now();
  }
  exit(id, "max_visits", context);
}

std::optional<std::string> Engine::execute(const std::string& id, const JourneyDef& def,
                                           const NodeDef& node, StepContext& context) {
  const pb::Enrollment& row = *enrollments_.find(id);
  switch (node.type) {
    case NodeType::Wait: {
      TimeMs due = row.node_entered_at() + node.duration_ms;
      enrollments_.trace(id, context.now(), node.id, "waiting", "until " + format_utc(due));
      context.set_timer(kOwner, wait_timer(id), due);
      return std::nullopt;
    }
    case NodeType::WaitEvent: return wait_for_event(id, node, context);
    case NodeType::Branch:
    case NodeType::Split: {
      std::string to = choose(row, def, node, context);
      enrollments_.outcome(row.journey_id(), node.id, to.empty() ? "end" : to);
      enrollments_.trace(id, context.now(), node.id, "chose", to.empty() ? "end" : to);
      return to;
    }
    case NodeType::Exit: exit(id, node.reason, context); return std::nullopt;
    case NodeType::Send:
    case NodeType::IssueCoupon: break;
  }
  if (left_before_effect(id, def, context)) return std::nullopt;
  if (definitions_.paused(row.journey_id())) {
    enrollments_.mutate(id).set_held_since(context.now());
    enrollments_.trace(id, context.now(), node.id, "held", "journey paused");
    return std::nullopt;
  }
  if (node.type == NodeType::IssueCoupon) return issue_coupon(id, def, node, context);
  send(id, def, node, context);
  return std::nullopt;
}

std::optional<std::string> Engine::wait_for_event(const std::string& id, const NodeDef& node,
                                                  StepContext& context) {
  const pb::Enrollment& row = *enrollments_.find(id);
  TimeMs from = row.node_entered_at(), deadline = from + node.duration_ms;
  // After a late trigger the awaited event may be there already.
  bool matched = false;
  if (from < context.now()) {
    ProfileOrdinal profile(row.profile());
    Bindings bindings(row, *readers_.profiles);
    Filter filter = bind_placeholders(node.filter, bindings.lookup());
    HistoryQuery query{from, deadline, {&node.event, 1}};
    readers_.history->visit(profile, query, [&](const StoredEvent& e) {
      if (e.position == row.position() && e.hop == row.hop())
        return true;  // G6: it was the trigger
      matched = matches(filter, EventSubject(properties_of(e), profile, readers_));
      return !matched;
    });
  }
  if (matched) return leave(id, node, "matched");
  enrollments_.trace(id, context.now(), node.id, "waiting",
                     node.event + " until " + format_utc(deadline));
  context.set_timer(kOwner, wait_timer(id), deadline + kIngestGrace);
  return std::nullopt;
}

std::string Engine::choose(const pb::Enrollment& row, const JourneyDef& def, const NodeDef& node,
                           StepContext& context) {
  ProfileOrdinal profile(row.profile());
  if (node.type == NodeType::Split) {
    // Sticky: the same person takes the same way each time.
    int bucket = bucket_of(def.salt + ":" + node.id, std::to_string(row.profile()));
    for (const CaseDef& c : node.cases) {
      if (bucket < c.share) return c.to;
      bucket -= c.share;
    }
    return node.cases.back().to;
  }
  Bindings bindings(row, *readers_.profiles);
  PersonSubject person(profile, readers_);
  for (const CaseDef& c : node.cases) {
    Condition bound = bind_condition(c.condition, row.entered_at(), bindings.lookup());
    if (evaluate(bound, person, context.now(), options_.calendar).value) return c.to;
  }
  return node.otherwise;
}

std::optional<std::string> Engine::issue_coupon(const std::string& id, const JourneyDef& def,
                                                const NodeDef& node, StepContext& context) {
  using Outcome = CouponResult::Outcome;
  const pb::Enrollment& row = *enrollments_.find(id);
  CouponResult result =
      coupons_.issue(node.coupon_template, ProfileOrdinal(row.profile()), node.duration_ms,
                     node.budget, node.per_person, visit_key(row, id), context);
  if (!result.coupon_id.empty()) {
    std::string path = "nodes." + node.id + ".coupon_id";
    if (def.placeholders.contains(path))
      remember(enrollments_.mutate(id), path, Value(result.coupon_id));
  }
  switch (result.outcome) {
    case Outcome::Ok:
      enrollments_.trace(id, context.now(), node.id, "issued", result.coupon_id);
      return leave(id, node, "ok");
    case Outcome::AlreadyOwned:
      enrollments_.trace(id, context.now(), node.id, "already_owned", result.coupon_id);
      return leave(id, node, "already_owned");
    case Outcome::OutOfStock:
      enrollments_.trace(id, context.now(), node.id, "out_of_stock", node.coupon_template);
      return leave(id, node, "out_of_stock");
    case Outcome::BudgetExhausted:
      enrollments_.trace(id, context.now(), node.id, "budget_exhausted", node.budget);
      return leave(id, node, "budget_exhausted");
    case Outcome::UnknownTemplate: break;
  }
  enrollments_.trace(id, context.now(), node.id, "failed",
                     fmt::format("coupon template \"{}\" does not exist", node.coupon_template));
  exit(id, "unknown_coupon", context);
  return std::nullopt;
}

void Engine::send(const std::string& id, const JourneyDef& def, const NodeDef& node,
                  StepContext& context) {
  pb::Enrollment& row = enrollments_.mutate(id);
  row.set_request_id(visit_key(row, id));
  SendRequest request;
  request.request_id = row.request_id();
  request.profile = ProfileOrdinal(row.profile());
  if (row.has_identity()) request.identity = IdentityOrdinal(row.identity());
  request.journey_id = row.journey_id();
  request.enrollment_id = id;
  request.node = node.id;
  request.journey_version = row.version();
  request.visit_no = row.visit_no();
  request.message = node.message;
  request.category = def.category;
  request.purpose = def.purpose;
  request.priority = def.priority;
  request.transactional = node.transactional;
  request.caps = def.caps && !node.transactional;
  request.quiet_hours = def.quiet_hours;
  request.chain = node.chain;
  Bindings bindings(row, *readers_.profiles);
  for (const auto& [name, text] : node.vars) {
    // A hole that cannot be filled stays a missing variable: the strict template refuses it (J9).
    if (auto filled = interpolate(text, bindings.lookup())) request.vars[name] = *filled;
  }
  sender_->plan(request, context);
}

std::string Engine::leave(const std::string& id, const NodeDef& node, const std::string& outcome) {
  enrollments_.outcome(enrollments_.find(id)->journey_id(), node.id, outcome);
  auto it = node.on.find(outcome);
  return it == node.on.end() ? "" : it->second;
}

void Engine::on_wait_timer(const std::string& id, StepContext& context) {
  const pb::Enrollment* row = enrollments_.find(id);
  if (row == nullptr || !row->active()) return;
  const JourneyDef& def = *definitions_.version(row->journey_id(), row->version());
  const NodeDef& node = def.nodes.at(row->node());
  std::string outcome = node.type == NodeType::Wait ? "done" : "timeout";
  enrollments_.trace(id, context.now(), node.id, outcome, "");
  go(id, leave(id, node, outcome), context.now(), context);
}

void Engine::on_sent(const std::string& id, std::string_view node_id, uint32_t visit_no,
                     SendResult result, std::string_view reason, StepContext& context) {
  const pb::Enrollment* row = enrollments_.find(id);
  // An ended or moved-on enrollment only records what still comes in (JN9).
  if (row == nullptr || !row->active() || row->node() != node_id || row->visit_no() != visit_no)
    return;
  const JourneyDef& def = *definitions_.version(row->journey_id(), row->version());
  const NodeDef& node = def.nodes.at(row->node());
  if (result == SendResult::Suppressed && reason == "stale") return exit(id, "stale", context);
  std::string outcome = result == SendResult::Sent     ? "sent"
                        : result == SendResult::Failed ? "failed"
                                                       : "suppressed";
  go(id, leave(id, node, outcome), context.now(), context);
}

void Engine::resume(std::string_view journey, StepContext& context) {
  std::vector<std::string> held;
  for (const auto& [order, id] : enrollments_.of_journey(journey)) {
    if (enrollments_.find(id)->held_since() != 0) held.push_back(id);
  }
  for (const std::string& id : held) {
    const pb::Enrollment& row = *enrollments_.find(id);
    const JourneyDef& def = *definitions_.version(row.journey_id(), row.version());
    if (context.now() - row.held_since() > kHeldMax) {
      exit(id, "stale", context);
      continue;
    }
    enrollments_.mutate(id).set_held_since(0);
    auto next = execute(id, def, def.nodes.at(row.node()), context);
    if (next) go(id, *std::move(next), context.now(), context);
  }
}

void Engine::exit(const std::string& id, std::string_view reason, StepContext& context) {
  const pb::Enrollment& row = *enrollments_.find(id);
  if (!row.active()) return;
  context.cancel_timer(kOwner, wait_timer(id));
  std::string request = row.request_id();
  enrollments_.trace(id, context.now(), row.node(), "exit", reason);
  enrollments_.close(id, reason, context.now());
  if (!request.empty()) sender_->cancel(request, context);
  settle(id, context);

  Envelope fact;
  fact.trust = Trust::Verified;
  fact.name = facts::kJourneyExited;
  fact.properties = {{"journey", row.journey_id()},
                     {"enrollment", id},
                     {"version", static_cast<int64_t>(row.version())},
                     {"reason", std::string(reason)}};
  context.emit(std::move(fact), ProfileOrdinal(row.profile()));
}

void Engine::settle(const std::string& id, StepContext& context) {
  const pb::Enrollment& row = *enrollments_.find(id);
  if (row.active() || row.watching()) return;
  const JourneyDef& def = *definitions_.version(row.journey_id(), row.version());
  TimeMs limit_until = row.entered_at() + def.limit_period_ms;
  context.set_timer(kOwner, retention_timer(id),
                    std::max(context.now() + options_.finished_kept_ms, limit_until));
}

void Engine::detach(const std::string& id, StepContext& context) {
  for (const std::string& timer : {wait_timer(id), goal_timer(id), retention_timer(id)}) {
    context.cancel_timer(kOwner, timer);
  }
  const std::string& request = enrollments_.find(id)->request_id();
  if (!request.empty()) sender_->cancel(std::string(request), context);
}

void Engine::on_retention_timer(const std::string& id, TimeMs now) {
  const pb::Enrollment* row = enrollments_.find(id);
  if (row == nullptr || row->active()) return;
  const JourneyDef& def = *definitions_.version(row->journey_id(), row->version());
  const pb::Entry* entry = enrollments_.entry(row->profile(), row->journey_id(), row->key());
  bool needed = def.limit == JourneyDef::Limit::Once ||
                (def.limit == JourneyDef::Limit::OncePer && entry != nullptr &&
                 now < entry->last_entered_at() + def.limit_period_ms);
  enrollments_.erase(id, needed);
}

}  // namespace weir::journey
