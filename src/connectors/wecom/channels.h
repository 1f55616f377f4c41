#pragma once
// How WeCom reaches a customer (through a member) and a member.

#include "connectors/vendor_api.h"
#include "connectors/wecom/guide_tasks.h"

#include <memory>

namespace weir::connectors::wecom {

/// A task for the member to send the message to one customer: Marketing, and needs a receipt. There
/// is no idempotency key, so an open outcome is settled by the vendor's own list of tasks.
std::unique_ptr<Channel> make_guide_task_channel(std::shared_ptr<VendorApi> api,
                                                 std::shared_ptr<GuideTasks> tasks,
                                                 std::shared_ptr<HealthKeeper> health);

/// A text to the member. The vendor swallows equal texts for half an hour, and the text carries a
/// number made from the effect key: a Notice.
std::unique_ptr<Channel> make_staff_message_channel(int64_t agent_id,
                                                    std::shared_ptr<VendorApi> api,
                                                    std::shared_ptr<HealthKeeper> health);

DeliveryOutcome outcome_of_code(int64_t code, std::string vendor_id);

}  // namespace weir::connectors::wecom
