#pragma once
// A channel whose delivery is one VendorApi call: everything but the request and the reading of its
// reply is the same.

#include "connectors/outcome.h"
#include "connectors/vendor_api.h"

#include <functional>
#include <memory>
#include <string>

namespace weir::connectors {

class ApiChannel : public Channel {
 public:
  struct Spec {
    std::string name;
    EffectClass effect_class = EffectClass::Marketing;
    std::string target;  // path of the vendor's call
    /// The JSON body, or the reason why nothing can be sent.
    std::function<Result<std::string>(const Delivery&)> make_body;
    std::function<DeliveryOutcome(const VendorReply&)> read_reply;
  };

  ApiChannel(Spec spec, std::shared_ptr<VendorApi> api, std::shared_ptr<HealthKeeper> health)
      : spec_(std::make_shared<const Spec>(std::move(spec))),
        api_(std::move(api)),
        health_(std::move(health)) {}

  std::string_view name() const override { return spec_->name; }
  EffectClass effect_class() const override { return spec_->effect_class; }
  bool needs_receipt() const override { return false; }
  void deliver(Delivery delivery, std::function<void(DeliveryOutcome)> done) override;
  /// These vendors have no call that tells what became of a message.
  void reconcile(Delivery delivery, std::function<void(DeliveryOutcome)> done) override;

 private:
  std::shared_ptr<const Spec> spec_;  // an answer may come after the channel is gone
  std::shared_ptr<VendorApi> api_;
  std::shared_ptr<HealthKeeper> health_;
};

}  // namespace weir::connectors
