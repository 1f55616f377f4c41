#pragma once
// A WeChat service account (公众号 / 服务号).

#include "connectors/connector.h"

namespace weir::connectors::wechat {

ConnectorResult make_wechat_connector(const ConnectorConfig& config,
                                      const ConnectorContext& context);

}  // namespace weir::connectors::wechat
