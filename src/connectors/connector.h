#pragma once
// What a platform folder implements; registered in the one table of connectors.cc.

#include "connectors/connectors.h"
#include "connectors/health_keeper.h"

#include <memory>

namespace weir::connectors {

/// What connectors share. The executor runs delayed work (retries, polls); it may outlive its
/// thread, after which posting does nothing.
struct ConnectorContext {
  Env& env;
  Appender& appender;
  Metrics& metrics;
  std::shared_ptr<Executor> executor;
};

class Connector {
 public:
  virtual ~Connector() = default;
  /// The connector's own channels, for deliveries of scope().
  virtual std::vector<Channel*> channels() = 0;
  /// Appid, corpid or sign: what Delivery::scope names.
  virtual std::string_view scope() const = 0;
  /// `rest` is the path behind the instance, "" or "/…".
  virtual void handle_webhook(std::string_view rest, const HttpRequest& request,
                              HttpResponder respond) = 0;
  virtual ConnectorHealth health() const = 0;
  virtual void start() = 0;
};

using ConnectorResult = Result<std::shared_ptr<Connector>>;

}  // namespace weir::connectors
