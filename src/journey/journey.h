#pragma once
// Journeys (SEMANTICS §11): who enters, where each person stands, what is due, and why somebody
// left. A fold: definitions, events and timers in; intents, coupons and facts out.

#include "model/journey_def.h"
#include "ports/fold.h"
#include "ports/person_subject.h"
#include "ports/sending.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::journey {

struct JourneyOptions {
  Calendar calendar = Calendar::shanghai();   // the project time zone
  int global_control_share = 500;             // of 10,000 (JN19)
  DurationMs finished_kept_ms = 30 * kDayMs;  // how long an ended enrollment can still be looked at
};

struct JourneySummary {
  std::string id, name;
  uint32_t version = 0;
  std::string_view state;  // "live", "paused", "stopped"
  int64_t active = 0, entered = 0, goal = 0, exited = 0;
  TimeMs updated_at = 0;
};

using Counts = std::vector<std::pair<std::string, int64_t>>;

struct NodeStats {
  std::string id;
  int64_t entered = 0, waiting = 0;
  Counts outcomes;
};

struct JourneyView {
  JourneySummary summary;
  std::string definition;  // JSON as published
  std::vector<NodeStats> nodes;
  Counts refused, exited;
  int64_t control = 0, control_goal = 0;
};

struct EnrollmentView {
  std::string enrollment_id, journey_id, journey_name, key, node, exit_reason;
  std::string_view state, arm;  // "active" | "exited"; "treated" | "control" | "global_control"
  ProfileOrdinal profile;
  uint32_t version = 0;
  TimeMs entered_at = 0, updated_at = 0, goal_at = 0;
};

struct TraceLine {
  TimeMs time = 0;
  std::string node, type, what, detail;
};

struct EnrollmentPage {
  std::vector<EnrollmentView> enrollments;  // newest first
  std::string next_cursor;                  // empty at the end
};

/// Fold "journey". Reads Definition records "journey/<id>" (a new version; an empty body deletes)
/// and "journey_state/<id>" {"state":"live|paused|stopped"}. Everything runs on the fold executor.
class JourneyFold : public Fold, public SendListener {
 public:
  /// The readers and the issuer outlive the fold. connect() before the first record.
  JourneyFold(JourneyOptions options, PersonReaders readers, CouponIssuer& coupons);
  ~JourneyFold() override;
  void connect(SendPlanner& sender);

  std::string_view name() const override { return "journey"; }
  Status load(const StateStore& store) override;
  void save(WriteBatch& batch) override;
  void apply(Step& step, StepContext& context) override;
  void on_timer(std::string_view key, TimeMs due, StepContext& context) override;
  void on_merge(ProfileOrdinal from, ProfileOrdinal into, StepContext& context) override;
  void on_split(const Split& split, StepContext& context) override;
  void on_erase(ProfileOrdinal profile, StepContext& context) override;

  void on_sent(std::string_view enrollment_id, std::string_view node, uint32_t visit_no,
               SendResult result, std::string_view reason, std::string_view channel,
               StepContext& context) override;
  void on_trace(std::string_view enrollment_id, std::string_view node, std::string_view what,
                std::string_view detail, StepContext& context) override;

  // For api/.
  std::vector<JourneySummary> list() const;
  Result<JourneyView> view(std::string_view journey_id) const;
  /// `state` "active", "exited" or empty for all; `cursor` from the page before, or empty.
  Result<EnrollmentPage> enrollments(std::string_view journey_id, std::string_view state,
                                     size_t limit, std::string_view cursor) const;
  std::vector<EnrollmentView> enrollments_of(ProfileOrdinal profile) const;
  Result<std::pair<EnrollmentView, std::vector<TraceLine>>> enrollment(std::string_view id) const;
  int64_t active_count() const;

 private:
  void define(const Step& step, StepContext& context);

  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace weir::journey
