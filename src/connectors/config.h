#pragma once
// Questions about a connector's configuration.

#include "connectors/connectors.h"

namespace weir::connectors {

std::string kind_of(const ConnectorConfig& config);      // "wechat"
std::string instance_of(const ConnectorConfig& config);  // "main"
/// "/webhooks/wechat/main". What follows it (the SMS secret) is not shown.
std::string webhook_path(const ConnectorConfig& config);

/// What every kind needs: an id "<kind>:<instance>", a base URL, an account and its secret.
Status check_config(const ConnectorConfig& config);

}  // namespace weir::connectors
