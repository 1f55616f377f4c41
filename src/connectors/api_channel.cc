#include "connectors/api_channel.h"

namespace weir::connectors {

void ApiChannel::deliver(Delivery delivery, std::function<void(DeliveryOutcome)> done) {
  Result<std::string> body = spec_->make_body(delivery);
  // The error's field is the JN10 reason, its message the detail.
  if (!body) return done(failed(body.error().field, body.error().message));
  if (!health_->send_started()) {
    return done(failed("provider_error", "too many sends in flight", Retry::Yes));
  }
  api_->post(spec_->target, *std::move(body),
             [spec = spec_, health = health_, done = std::move(done)](Result<VendorReply> reply) {
               DeliveryOutcome outcome =
                   reply ? spec->read_reply(*reply) : outcome_of_error(reply.error());
               health->send_ended(outcome);
               done(std::move(outcome));
             });
}

void ApiChannel::reconcile(Delivery, std::function<void(DeliveryOutcome)> done) {
  done(unknown_outcome("the vendor cannot be asked"));
}

}  // namespace weir::connectors
