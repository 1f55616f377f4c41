#pragma once
// Aliyun SMS with one registered sign.

#include "connectors/connector.h"

namespace weir::connectors::sms {

ConnectorResult make_sms_connector(const ConnectorConfig& config, const ConnectorContext& context);

}  // namespace weir::connectors::sms
