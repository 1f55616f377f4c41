#include "collect/protocols/protocols.h"

#include "collect/protocols/posthog/posthog.h"
#include "collect/protocols/segment/segment.h"
#include "collect/protocols/sensors/sensors.h"

namespace weir::collect {

std::vector<std::unique_ptr<Protocol>> make_protocols() {
  std::vector<std::unique_ptr<Protocol>> protocols;
  protocols.push_back(make_segment());
  protocols.push_back(make_sensors());
  protocols.push_back(make_posthog());
  return protocols;
}

}  // namespace weir::collect
