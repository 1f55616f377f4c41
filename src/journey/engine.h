#pragma once
// Moves enrollments along their graph. One enrollment waits for one thing at a time: a timer, an
// event, or the result of a send. Everything else of a visit happens at once, inside the step that
// caused it.
//
// Order inside a step (JN9): exit_when, then goal, then the node the person stands at.

#include "journey/definitions.h"
#include "journey/enrollments.h"
#include "journey/journey.h"

#include <string>
#include <string_view>

namespace weir::journey {

class Engine {
 public:
  Engine(const JourneyOptions& options, const PersonReaders& readers, CouponIssuer& coupons,
         Definitions& definitions, Enrollments& enrollments);
  void connect(SendPlanner& sender) { sender_ = &sender; }

  /// A new enrollment takes its first steps; a control one only waits for the goal.
  void start(const std::string& id, StepContext& context);
  /// An event of a person against the enrollments that person has.
  void react(const Step& step, std::string_view event, StepContext& context);
  void on_wait_timer(const std::string& id, StepContext& context);
  void on_goal_timer(const std::string& id, StepContext& context);
  void on_retention_timer(const std::string& id, TimeMs now);
  void on_sent(const std::string& id, std::string_view node, uint32_t visit_no, SendResult result,
               std::string_view reason, StepContext& context);
  /// The journey runs again: held enrollments go on, those held for more than a day leave (JN16).
  void resume(std::string_view journey, StepContext& context);
  void exit(const std::string& id, std::string_view reason, StepContext& context);
  /// Stops timers and sends of an enrollment that is about to be forgotten.
  void detach(const std::string& id, StepContext& context);

 private:
  /// Enters `node` and walks on until something has to be waited for.
  void go(const std::string& id, std::string node, TimeMs at, StepContext& context);
  /// Executes the node the enrollment stands at. The next node, or nullopt when it waits or left.
  std::optional<std::string> execute(const std::string& id, const JourneyDef& def,
                                     const NodeDef& node, StepContext& context);
  std::optional<std::string> wait_for_event(const std::string& id, const NodeDef& node,
                                            StepContext& context);
  std::string choose(const pb::Enrollment& row, const JourneyDef& def, const NodeDef& node,
                     StepContext& context);
  std::optional<std::string> issue_coupon(const std::string& id, const JourneyDef& def,
                                          const NodeDef& node, StepContext& context);
  void send(const std::string& id, const JourneyDef& def, const NodeDef& node,
            StepContext& context);
  /// Counts the outcome and names the node it leads to ("" = the end).
  std::string leave(const std::string& id, const NodeDef& node, const std::string& outcome);

  /// Checks exits and goal over the person's history; true when the enrollment left. Needed before
  /// an effect, because a merge or a late trigger can put events into the window unseen.
  bool left_before_effect(const std::string& id, const JourneyDef& def, StepContext& context);
  bool exit_matches(const pb::Enrollment& row, const JourneyDef& def, std::string_view event,
                    const Properties& properties) const;
  bool goal_matches(const pb::Enrollment& row, const JourneyDef& def, std::string_view event,
                    TimeMs time, const Properties& properties) const;
  /// Counts the goal once. True when the enrollment left by it.
  bool reach_goal(const std::string& id, const JourneyDef& def, TimeMs time, StepContext& context);
  void react_one(const std::string& id, const Step& step, std::string_view event,
                 StepContext& context);
  void settle(const std::string& id, StepContext& context);

  const JourneyOptions& options_;
  const PersonReaders& readers_;
  CouponIssuer& coupons_;
  Definitions& definitions_;
  Enrollments& enrollments_;
  SendPlanner* sender_ = nullptr;
};

/// 32 hex digits that name one visit of a node for ever (JN17).
std::string visit_key(const pb::Enrollment& row, std::string_view enrollment_id);

}  // namespace weir::journey
