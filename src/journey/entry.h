#pragma once
// Who may enter (JN2–JN4, JN19). Every refusal is counted under its reason.

#include "journey/engine.h"

namespace weir::journey {

class Entrance {
 public:
  Entrance(const JourneyOptions& options, const PersonReaders& readers, Definitions& definitions,
           Enrollments& enrollments, Engine& engine)
      : options_(options),
        readers_(readers),
        definitions_(definitions),
        enrollments_(enrollments),
        engine_(engine) {}

  /// Tries the journey's trigger against the event of this step.
  void try_enter(const std::string& journey, const Step& step, StepContext& context);

 private:
  bool triggers(const JourneyDef& def, const Step& step) const;
  /// The reason not to enter; empty when the person may.
  std::string refusal(const JourneyDef& def, const Step& step, const std::string& key);
  std::string limit_refusal(const JourneyDef& def, uint32_t profile, const std::string& key,
                            TimeMs entered_at) const;
  pb::Enrollment::Arm arm_of(const JourneyDef& def, ProfileOrdinal profile, TimeMs now) const;

  const JourneyOptions& options_;
  const PersonReaders& readers_;
  Definitions& definitions_;
  Enrollments& enrollments_;
  Engine& engine_;
};

}  // namespace weir::journey
