#include "connectors/callback_answers.h"

#include "base/log.h"

namespace weir::connectors {

void refuse_callback(HealthKeeper& health, std::string_view connector, const Error& error,
                     const HttpResponder& respond) {
  health.callback_refused(error.message);
  log::warn("webhook_refused", {{"connector", connector}, {"why", error.message}});
  bool forged = error.code == ErrorCode::Unauthenticated;
  respond(HttpResponse::text(forged ? 403 : 400, "refused"));
}

void answer_address_check(HealthKeeper& health, std::string_view connector,
                          Result<std::string> echo, const HttpResponder& respond) {
  if (!echo) return refuse_callback(health, connector, echo.error(), respond);
  health.callback_accepted();
  respond(HttpResponse::text(200, *std::move(echo)));
}

}  // namespace weir::connectors
