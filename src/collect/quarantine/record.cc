#include "base/hash.h"
#include "collect/quarantine/quarantine.h"
#include "collect/values.h"

#include <fmt/format.h>

namespace weir::collect {

namespace {

Envelope record_without_payload(const Refusal& refusal, const RefusedAt& at) {
  Envelope e;
  e.kind = RecordKind::Quarantine;
  e.source = at.source.empty() ? "unknown" : at.source;
  std::string same =
      refusal.same_as.empty() ? refusal.reason + '\x1f' + refusal.payload : refusal.same_as;
  e.name = to_hex(hash128(fmt::format("{}\x1f{}\x1f{}", at.protocol, at.source, same)));
  e.message_id = fmt::format("quarantine:{}:{}", e.name, at.received_time);
  e.event_time = e.received_time = at.received_time;
  e.sent_time = at.sent_time;
  auto text = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) e.properties.push_back({std::string(name), std::string(value)});
  };
  text("protocol", at.protocol);
  text("reason", refusal.reason);
  text("field", refusal.field);
  text("message", refusal.message);
  text("write_key", refusal.write_key.substr(0, 100));
  if (refusal.payload.size() > kQuarantinePayloadMax) e.properties.push_back({"payload_cut", true});
  return e;
}

}  // namespace

Result<std::vector<Envelope>> quarantine_records(std::span<const Refusal> refused,
                                                 const RefusedAt& at, Vault& vault) {
  std::vector<Envelope> records;
  std::vector<TextToSeal> texts;
  std::vector<size_t> of_record;
  for (const Refusal& refusal : refused) {
    records.push_back(record_without_payload(refusal, at));
    std::string_view kept = cut_utf8(refusal.payload, kQuarantinePayloadMax);
    if (kept.empty()) continue;
    texts.push_back({payload_owner(records.back().name), "payload", kept});
    of_record.push_back(records.size() - 1);
  }
  if (texts.empty()) return records;
  WEIR_TRY(std::vector<Sealed> sealed, vault.seal_texts(texts));
  for (size_t i = 0; i < sealed.size(); ++i) {
    records[of_record[i]].properties.push_back({"payload", std::move(sealed[i])});
  }
  return records;
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
