// Where data comes from: connectors, quarantine, imports.

#include "api/definitions.h"
#include "api/routes.h"

namespace weir::api {
namespace {

void connectors(Services& s, const Request&, Reply reply) {
  json::array all;
  for (const auto& h : s.connectors.health()) {
    all.push_back(json::object{{"id", h.id},
                               {"kind", h.kind},
                               {"name", h.name},
                               {"instance", h.instance},
                               {"base_url", h.base_url},
                               {"state", std::string(connectors::to_string(h.state))},
                               {"token_expires_at", h.token_expires_at},
                               {"last_callback_at", h.last_callback_at},
                               {"last_send_at", h.last_send_at},
                               {"last_error", h.last_error},
                               {"sent", h.sent},
                               {"failed", h.failed},
                               {"unknown", h.unknown},
                               {"callbacks", h.callbacks},
                               {"callbacks_refused", h.callbacks_refused},
                               {"in_flight", h.in_flight},
                               {"webhook_url", s.public_url + h.webhook_path}});
  }
  reply(json::object{{"connectors", all}});
}

/// Payloads are sealed: each is opened and masked, one after the other, then the page is answered.
struct QuarantinePageReader : std::enable_shared_from_this<QuarantinePageReader> {
  Services& s;
  collect::QuarantinePage page;
  Reply reply;
  json::array items;

  QuarantinePageReader(Services& services, collect::QuarantinePage p, Reply r)
      : s(services), page(std::move(p)), reply(std::move(r)) {}

  void next() {
    size_t index = items.size();
    if (index == page.items.size()) {
      return reply(json::object{
          {"total", page.total}, {"items", std::move(items)}, {"next_cursor", page.next_cursor}});
    }
    s.collect.show(page.items[index].id, [self = shared_from_this()](Result<std::string> payload) {
      self->add(std::move(payload));
      self->next();
    });
  }

  void add(Result<std::string> payload) {
    const collect::QuarantineItem& item = page.items[items.size()];
    items.push_back(
        json::object{{"id", item.id},
                     {"time", item.received_time},
                     {"source", item.source},
                     {"protocol", item.protocol},
                     {"reason", item.reason},
                     {"field", item.field},
                     {"message", item.message},
                     {"payload_cut", item.payload_cut},
                     {"payload", payload ? json::value(*payload) : json::value(nullptr)}});
  }
};

void quarantine(Services& s, const Request& request, Reply reply) {
  s.gate.run([&s, limit = request.limit(20, 100), cursor = request.query("cursor"),
              reply = std::move(reply)] {
    auto page = s.collect.quarantine().list(limit, cursor);
    std::make_shared<QuarantinePageReader>(s, std::move(page), reply)->next();
  });
}

void replay(Services& s, const Request& request, Reply reply) {
  std::string id(request.param("id"));
  audit(s, request.who, "quarantine_replay", id, [&s, id, reply](Status done) {
    if (!done) return reply(std::unexpected<Error>(done.error()));
    s.collect.replay(id, [reply](Status replayed) {
      if (!replayed) return reply(std::unexpected<Error>(replayed.error()));
      reply(json::object{{"replayed", true}});
    });
  });
}

void discard(Services& s, const Request& request, Reply reply) {
  std::string id(request.param("id"));
  audit(s, request.who, "quarantine_discard", id, [&s, id, reply](Status done) {
    if (!done) return reply(std::unexpected<Error>(done.error()));
    s.collect.discard(id, [reply](Status discarded) {
      if (!discarded) return reply(std::unexpected<Error>(discarded.error()));
      reply(json::object{{"discarded", true}});
    });
  });
}

}  // namespace

void add_source_routes(Router& router, Services& s) {
  router.add("GET", "/api/connectors", Permission::Read, route(s, connectors));
  router.add("GET", "/api/quarantine", Permission::Read, route(s, quarantine));
  router.add("POST", "/api/quarantine/{id}/replay", Permission::Write, route(s, replay));
  router.add("POST", "/api/quarantine/{id}/discard", Permission::Write, route(s, discard));
}

}  // namespace weir::api
