#pragma once
// A WeCom (企业微信) corp through one self-built app.

#include "connectors/connector.h"

namespace weir::connectors::wecom {

ConnectorResult make_wecom_connector(const ConnectorConfig& config,
                                     const ConnectorContext& context);

}  // namespace weir::connectors::wecom
