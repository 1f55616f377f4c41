#pragma once
// What the routes stand on: one reference per room, built and handed down by app/.

#include "api/activity.h"
#include "api/auth.h"
#include "api/caller_guard.h"
#include "api/query_runner.h"
#include "base/env.h"
#include "base/metrics.h"
#include "base/time.h"
#include "boards/boards.h"
#include "collect/collect.h"
#include "connectors/connectors.h"
#include "identity/identity.h"
#include "journey/journey.h"
#include "messaging/messaging.h"
#include "pipeline/pipeline.h"
#include "plays/plays.h"
#include "ports/appender.h"
#include "ports/event_log.h"
#include "ports/gate.h"
#include "ports/vault.h"
#include "profile/profile.h"
#include "segments/segments.h"
#include "tags/tags.h"

#include <string>
#include <vector>

namespace weir::api {

struct Services {
  Env& env;
  Calendar calendar;
  Metrics& metrics;
  Auth& auth;
  Gate& gate;
  Appender& appender;
  EventLog& log;
  Vault& vault;
  pipeline::Pipeline& pipeline;
  collect::Collect& collect;
  identity::IdentityFold& identities;
  profile::Profiles& profiles;
  tags::Tags& tags;
  segments::Segments& segments;
  journey::JourneyFold& journeys;
  messaging::Messaging& messaging;
  plays::CouponFold& coupons;
  connectors::Connectors& connectors;
  boards::Boards& boards;
  QueryRunner& analyst;
  Activity& activity;
  std::string public_url;  // "https://weir.example.cn"; shown in callback addresses
  /// Scopes that a search by identity value tries: "", the platforms' accounts, open platforms.
  std::vector<std::string> identity_scopes;
  CallerLimits caller_limits;
};

}  // namespace weir::api
