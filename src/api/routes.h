#pragma once
// The route groups, one file each; api.cc calls them all.

#include "api/router.h"
#include "api/services.h"

namespace weir::api {

void add_session_routes(Router& router, Services& services);
void add_overview_routes(Router& router, Services& services);
void add_profile_routes(Router& router, Services& services);
void add_trait_routes(Router& router, Services& services);
void add_unmerge_routes(Router& router, Services& services);
void add_identity_routes(Router& router, Services& services);
void add_segment_routes(Router& router, Services& services);
void add_segment_history_routes(Router& router, Services& services);
void add_tag_routes(Router& router, Services& services);
void add_tag_value_routes(Router& router, Services& services);
void add_journey_routes(Router& router, Services& services);
void add_library_routes(Router& router, Services& services);
void add_message_routes(Router& router, Services& services);
void add_analysis_routes(Router& router, Services& services);
void add_board_routes(Router& router, Services& services);
void add_source_routes(Router& router, Services& services);

/// Masked name of a person, or the short id when there is none. Fold executor.
std::string display_name(Services& services, ProfileOrdinal profile);

/// The live profile that a request names; merged ones lead to where they went. Errors name `id`.
/// Fold executor.
Result<ProfileOrdinal> find_profile(Services& services, const std::string& id);

/// A person as the people list shows one. Fold executor.
json::object profile_row(Services& services, ProfileOrdinal profile);

/// A tag of a person, as the profile shows it.
json::object render_tag(const tags::TagValue& tag);

/// Deliveries of a person, newest first. Fold executor.
json::array messages_of(Services& services, ProfileOrdinal profile, size_t limit);

/// The usual shape of a route: a free function over the services.
using RouteFunction = void (*)(Services&, const Request&, Reply);
inline Handler route(Services& services, RouteFunction function) {
  return [&services, function](const Request& request, Reply reply) {
    function(services, request, std::move(reply));
  };
}

}  // namespace weir::api
