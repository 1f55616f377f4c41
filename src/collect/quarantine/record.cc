#include "base/hash.h"
#include "collect/quarantine/quarantine.h"
#include "collect/values.h"

#include <fmt/format.h>

namespace weir::collect {

Result<Envelope> quarantine_record(const Refusal& refusal, std::string_view protocol,
                                   std::string_view source, TimeMs received_time, TimeMs sent_time,
                                   Vault& vault) {
  Envelope e;
  e.kind = RecordKind::Quarantine;
  e.source = source.empty() ? "unknown" : source;
  std::string same =
      refusal.same_as.empty() ? refusal.reason + '\x1f' + refusal.payload : refusal.same_as;
  e.name = to_hex(hash128(fmt::format("{}\x1f{}\x1f{}", protocol, source, same)));
  e.message_id = "quarantine:" + e.name;
  e.event_time = e.received_time = received_time;
  e.sent_time = sent_time;
  auto text = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) e.properties.push_back({std::string(name), std::string(value)});
  };
  text("protocol", protocol);
  text("reason", refusal.reason);
  text("field", refusal.field);
  text("message", refusal.message);
  text("write_key", refusal.write_key.substr(0, 100));
  std::string_view kept = cut_utf8(refusal.payload, kQuarantinePayloadMax);
  if (kept.size() < refusal.payload.size()) e.properties.push_back({"payload_cut", true});
  if (!kept.empty()) {
    // One key for all payloads of a day: a new key costs a sync of the key store, and a flood of
    // bad input must not become a flood of syncs.
    std::string owner = "quarantine:" + day_text(static_cast<int32_t>(received_time / kDayMs));
    WEIR_TRY(Sealed sealed, vault.seal_text(owner, "payload", kept));
    e.properties.push_back({"payload", std::move(sealed)});
  }
  return e;
}

Envelope released_record(std::string_view id, std::string_view outcome, TimeMs now) {
  Envelope e;
  e.kind = RecordKind::Released;
  e.trust = Trust::Verified;
  e.source = "weir";
  e.name = id;
  e.message_id = fmt::format("released:{}:{}", id, now);
  e.event_time = e.received_time = now;
  e.properties.push_back({"outcome", std::string(outcome)});
  return e;
}

}  // namespace weir::collect
