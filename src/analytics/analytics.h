#pragma once
// Questions as JSON in, answers as JSON out (SEMANTICS §1–§7; docs/reference/query.md). Parses a
// question into a typed one, asks the Analytics port, renders what comes back.

#include "analytics/answer_cache.h"
#include "analytics/recent_questions.h"
#include "base/env.h"
#include "base/json.h"
#include "base/metrics.h"
#include "ports/analytics.h"

namespace weir::analytics {

/// Everybody behind one number of an answer (DR1), and what the number was.
struct DrillPeople {
  std::vector<ProfileOrdinal> people;  // ascending
  TimeMs as_of = 0;
  std::string query_hash;
  json::object question;  // at its as_of
  json::object of;        // which number
};

struct DrillRequest;

struct AnalystOptions {
  Metrics* metrics = nullptr;
  bool keep_answers = true;  // false: every question is asked anew
};

/// Thread-safe; calls block until answered. Not to be called on the fold executor.
class Analyst {
 public:
  /// `calendar` is the project's (G1); a question may name another zone.
  Analyst(Analytics& port, Env& env, Calendar calendar, AnalystOptions options = {})
      : port_(port),
        env_(env),
        calendar_(std::move(calendar)),
        options_(options),
        answers_(options.metrics) {}

  /// The kinds are those of kinds.cc. InvalidArgument names the field that is wrong.
  Result<json::value> answer(const json::value& query, const QueryControl& control = {});
  /// All people of a question of kind "drill", whatever its limit and cursor.
  Result<DrillPeople> drill_people(const json::object& query, const QueryControl& control);
  Result<SegmentChangesAnswer> segment_changes(const SegmentChangesQuery& query,
                                               const QueryControl& control);
  /// {"events":[{"name","count","properties":[{"name","type"}]}]}
  Result<json::value> schema();
  uint64_t event_count() const { return port_.event_count(); }

 private:
  struct KeptPeople {
    DrillAnswer answer;
    TimeMs as_of, known_at;
    uint64_t data_version;
  };
  struct Found {
    std::shared_ptr<const KeptPeople> people;
    std::string query_hash;
    bool cached;
  };
  std::optional<json::object> kept_answer(const json::object& definition,
                                          const std::string& canonical, uint64_t data_version);
  Result<json::value> ask(const json::object& query, QueryControl control);
  Result<json::value> drill_page(const json::object& query, QueryControl control);
  Result<Found> find_people(const DrillRequest& request, const QueryControl& control);

  Analytics& port_;
  Env& env_;
  Calendar calendar_;
  const AnalystOptions options_;
  RecentQuestions recent_;
  AnswerCache answers_;
  LruCache<KeptPeople> people_{64 << 20};
};

}  // namespace weir::analytics
