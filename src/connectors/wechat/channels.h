#pragma once
// The two ways a service account talks to a follower.

#include "connectors/vendor_api.h"

#include <memory>

namespace weir::connectors::wechat {

/// Template message: the vendor drops a repeated client_msg_id for 10 minutes, so this is a Notice.
std::unique_ptr<Channel> make_template_channel(std::shared_ptr<VendorApi> api,
                                               std::shared_ptr<HealthKeeper> health);
/// Customer-service text: no client id, so at most once (Marketing).
std::unique_ptr<Channel> make_customer_service_channel(std::shared_ptr<VendorApi> api,
                                                       std::shared_ptr<HealthKeeper> health);

/// What a reply of these calls means (wechat.md §1.19).
DeliveryOutcome outcome_of_code(int64_t code, std::string vendor_id);

}  // namespace weir::connectors::wechat
