#pragma once
// Reads a customer back after a contact event and appends the link external_userid + unionid.

#include "connectors/connector.h"
#include "connectors/vendor_api.h"

#include <memory>
#include <string>

namespace weir::connectors::wecom {

/// Thread-safe. Held by shared_ptr. A link lost to a crash is made by the next event of the
/// contact.
class ContactLinks : public std::enable_shared_from_this<ContactLinks> {
 public:
  ContactLinks(const ConnectorConfig& config, const ConnectorContext& context,
               std::shared_ptr<VendorApi> api)
      : source_(config.id),
        corpid_(config.account),
        open_platform_(config.open_platform),
        context_(context),
        api_(std::move(api)) {}

  void learn(std::string external_userid) { ask(std::move(external_userid), 0); }

 private:
  void ask(std::string external_userid, size_t attempt);
  void ask_later(const std::string& external_userid, size_t attempt);
  void on_reply(const std::string& external_userid, size_t attempt, Result<VendorReply> reply);
  void append(const std::string& external_userid, size_t attempt, const std::string& body);

  std::string source_, corpid_, open_platform_;
  ConnectorContext context_;
  std::shared_ptr<VendorApi> api_;
};

}  // namespace weir::connectors::wecom
