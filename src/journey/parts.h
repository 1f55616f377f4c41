#pragma once
// The parts of the fold, wired together; shared by the fold itself and by its reads.

#include "journey/entry.h"
#include "journey/journey.h"

namespace weir::journey {

struct JourneyFold::Parts {
  Parts(JourneyOptions o, PersonReaders r, CouponIssuer& coupons)
      : options(std::move(o)),
        readers(r),
        engine(options, readers, coupons, definitions, enrollments),
        entrance(options, readers, definitions, enrollments, engine) {}

  JourneyOptions options;
  PersonReaders readers;
  Definitions definitions;
  Enrollments enrollments;
  Engine engine;
  Entrance entrance;
};

}  // namespace weir::journey
