#pragma once
// Questions as JSON in, answers as JSON out (SEMANTICS §1, §2, §6; docs/reference/query.md). Parses
// a question into a typed one, asks the Analytics port, renders what comes back.

#include "analytics/recent_questions.h"
#include "base/env.h"
#include "base/json.h"
#include "ports/analytics.h"

namespace weir::analytics {

/// Thread-safe; calls block until answered. Not to be called on the fold executor.
class Analyst {
 public:
  /// `calendar` is the project's (G1); a question may name another zone.
  Analyst(Analytics& port, Env& env, Calendar calendar)
      : port_(port), env_(env), calendar_(std::move(calendar)) {}

  /// The kinds are those of kinds.cc. InvalidArgument names the field that is wrong.
  Result<json::value> answer(const json::value& query, const QueryControl& control = {});
  /// {"events":[{"name","count","properties":[{"name","type"}]}]}
  Result<json::value> schema();
  uint64_t event_count() const { return port_.event_count(); }

 private:
  Result<json::value> drill_page(const json::object& query, const QueryControl& control);

  Analytics& port_;
  Env& env_;
  Calendar calendar_;
  RecentQuestions recent_;
};

}  // namespace weir::analytics
