#pragma once
// Marketing SMS: at most once, because the vendor's call is not idempotent.

#include "connectors/sms/sms_client.h"

#include <memory>
#include <string>

namespace weir::connectors::sms {

std::unique_ptr<Channel> make_sms_channel(std::string sign_name, std::shared_ptr<SmsClient> client,
                                          std::shared_ptr<HealthKeeper> health, Clock& clock);

/// What an answer of SendSms means (messaging.md §1.5).
DeliveryOutcome outcome_of_code(const std::string& code, std::string vendor_id);

}  // namespace weir::connectors::sms
