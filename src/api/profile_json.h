#pragma once
// A person as JSON: what the page of one person and the preview of an un-merge share. On the fold
// executor.

#include "api/services.h"
#include "base/json.h"

#include <string>
#include <vector>

namespace weir::api {

/// Personal values are shown masked, as `profile` knows them.
json::object render_identity(Services& s, ProfileOrdinal profile, const Identity& identity);
json::array render_links(Services& s, ProfileOrdinal profile,
                         const std::vector<identity::LinkView>& links);
/// Masked when it is personal.
json::value shown_trait(Services& s, const profile::TraitView& trait);
/// Adds times, counts, traits, consents, contacts and follows.
void add_view(Services& s, const profile::ProfileView& view, json::object& out);

}  // namespace weir::api
