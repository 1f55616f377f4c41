#include "collect/quarantine/quarantine.h"

#include "base/string_map.h"
#include "model/key_space.h"
#include "ports/pending_erasures.h"
#include "ports/resident_table.h"

#include "collect/quarantine/quarantine.pb.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace weir::collect {
namespace {

const std::string kRows{key_space::kQuarantine, 'm'};      // ‖ position → row
const std::string kPayloads{key_space::kQuarantine, 'p'};  // ‖ position → sealed payload
const std::string kTotals{key_space::kQuarantine, 't'};

QuarantineItem to_item(const proto::QuarantineRow& row) {
  QuarantineItem item;
  item.id = row.id();
  item.protocol = row.protocol();
  item.source = row.source();
  item.reason = row.reason();
  item.field = row.field();
  item.message = row.message();
  item.write_key = row.write_key();
  item.received_time = row.received_time();
  item.sent_time = row.sent_time();
  item.position = row.position();
  item.payload_bytes = row.payload_bytes();
  item.payload_cut = row.payload_cut();
  item.payload_dropped = row.payload_dropped();
  return item;
}

std::string pack(const Sealed& sealed) {
  proto::QuarantinePayload payload;
  payload.set_key_id(sealed.key_id);
  payload.set_field(sealed.field);
  payload.set_token(sealed.token);
  payload.set_cipher(sealed.cipher);
  return payload.SerializeAsString();
}

Result<Sealed> unpack(std::string_view bytes) {
  proto::QuarantinePayload payload;
  if (!payload.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return fail(ErrorCode::DataLoss, "a quarantined payload is damaged");
  }
  return Sealed{payload.key_id(), payload.field(), payload.token(), payload.cipher()};
}

}  // namespace

struct Quarantine::State {
  State(ErasureSink& sink, QuarantineLimits l)
      : limits(l), doomed(sink, {key_space::kQuarantine, 'k'}) {}

  QuarantineLimits limits;
  const StateStore* store = nullptr;
  ResidentTable<proto::QuarantineRow> rows{kRows};
  StringMap<Position> by_id;
  std::map<Position, uint64_t> sizes;  // of payloads still kept, oldest first
  std::set<Position> order;
  uint64_t payload_bytes = 0;
  PendingErasures doomed;  // keys of payloads that left
  proto::QuarantineTotals totals;
  bool totals_changed = false;
  std::map<std::string, std::optional<std::string>> pending;  // payload writes until save()

  void index(const proto::QuarantineRow& row) {
    by_id[row.id()] = row.position();
    order.insert(row.position());
    if (row.payload_dropped() || row.payload_bytes() == 0) return;
    sizes[row.position()] = row.payload_bytes();
    payload_bytes += row.payload_bytes();
  }
  // `now` is the position of the record in hand.
  void drop_payload(Position position, Position now) {
    auto it = sizes.find(position);
    if (it == sizes.end()) return;
    payload_bytes -= it->second;
    sizes.erase(it);
    std::string key = ordinal_key(position);
    if (const auto* row = rows.find(key)) {
      doomed.add(now, {{text_owner(payload_owner(row->id())), row->key_generation()}});
    }
    pending[kPayloads + key] = std::nullopt;
  }
  void drop_row(Position position, Position now) {
    drop_payload(position, now);
    std::string key = ordinal_key(position);
    if (const auto* row = rows.find(key)) by_id.erase(row->id());
    rows.erase(key);
    order.erase(position);
  }
  void keep_bounds(Position now) {
    totals_changed = true;
    while (payload_bytes > limits.payload_bytes_max && !sizes.empty()) {
      Position oldest = sizes.begin()->first;
      rows.mutate(ordinal_key(oldest)).set_payload_dropped(true);
      drop_payload(oldest, now);
      totals.set_payloads_dropped(totals.payloads_dropped() + 1);
    }
    while (order.size() > limits.rows_max) {
      drop_row(*order.begin(), now);
      totals.set_rows_dropped(totals.rows_dropped() + 1);
    }
  }
  void add(const Step& step) {
    const Envelope& e = step.record;
    const Properties& p = e.properties;
    totals.set_received(totals.received() + 1);
    totals_changed = true;
    if (by_id.contains(e.name)) return;  // the same input again: it has the same key
    std::string key = ordinal_key(step.position);
    proto::QuarantineRow& row = rows.mutate(key);
    row.set_id(e.name);
    row.set_protocol(std::string(string_property(p, "protocol")));
    row.set_source(e.source);
    row.set_reason(std::string(string_property(p, "reason")));
    row.set_field(std::string(string_property(p, "field")));
    row.set_message(std::string(string_property(p, "message")));
    row.set_write_key(std::string(string_property(p, "write_key")));
    row.set_received_time(e.received_time);
    row.set_sent_time(e.sent_time);
    row.set_position(step.position);
    row.set_payload_cut(find_property(p, "payload_cut") != nullptr);
    const Value* payload = find_property(p, "payload");
    if (const auto* sealed = payload == nullptr ? nullptr : std::get_if<Sealed>(payload)) {
      row.set_key_generation(sealed->key_id.substr(
          sealed->key_id.size() - std::min(sealed->key_id.size(), kKeyGenerationBytes)));
      std::string bytes = pack(*sealed);
      row.set_payload_bytes(bytes.size());
      pending[kPayloads + key] = std::move(bytes);
    }
    index(row);
    keep_bounds(step.position);
  }
};

std::string payload_owner(std::string_view id) {
  return fmt::format("quarantine:{}", id);
}

Quarantine::Quarantine(ErasureSink& keys, QuarantineLimits limits)
    : state_(std::make_unique<State>(keys, limits)) {}
Quarantine::~Quarantine() = default;

Status Quarantine::load(const StateStore& store) {
  state_->store = &store;
  WEIR_CHECK_OK(state_->rows.load(store));
  state_->rows.for_each(
      [&](std::string_view, const proto::QuarantineRow& row) { state_->index(row); });
  WEIR_CHECK_OK(state_->doomed.load(store));
  WEIR_TRY(auto totals, store.get(kTotals));
  if (totals && !state_->totals.ParseFromString(*totals)) {
    return fail(ErrorCode::DataLoss, "the totals of the quarantine are damaged");
  }
  return {};
}

void Quarantine::save(WriteBatch& batch) {
  state_->rows.save(batch);
  state_->doomed.save(batch);
  for (auto& [key, bytes] : state_->pending) {
    if (bytes)
      batch.put(key, std::move(*bytes));
    else
      batch.erase(key);
  }
  state_->pending.clear();
  if (state_->totals_changed) batch.put(kTotals, state_->totals.SerializeAsString());
  state_->totals_changed = false;
}

void Quarantine::apply(Step& step, StepContext&) {
  if (step.record.kind == RecordKind::Quarantine) {
    state_->add(step);
  } else if (step.record.kind == RecordKind::Released) {
    auto it = state_->by_id.find(step.record.name);
    if (it != state_->by_id.end()) state_->drop_row(it->second, step.position);
  }
}

void Quarantine::on_batch_end() {
  state_->doomed.hand_over();
}

QuarantinePage Quarantine::list(size_t limit, std::string_view cursor) const {
  QuarantinePage page;
  page.total = state_->order.size();
  auto it = state_->order.end();
  uint64_t before = 0;
  for (char c : cursor.substr(0, 19)) {
    if (c >= '0' && c <= '9') before = before * 10 + static_cast<uint64_t>(c - '0');
  }
  if (!cursor.empty()) it = state_->order.lower_bound(before);
  while (it != state_->order.begin() && page.items.size() < limit) {
    --it;
    page.items.push_back(to_item(*state_->rows.find(ordinal_key(*it))));
  }
  if (it != state_->order.begin() && !page.items.empty()) {
    page.next_cursor = fmt::format("{}", page.items.back().position);
  }
  return page;
}

std::optional<QuarantineItem> Quarantine::get(std::string_view id) const {
  auto it = state_->by_id.find(id);
  if (it == state_->by_id.end()) return std::nullopt;
  return to_item(*state_->rows.find(ordinal_key(it->second)));
}

Result<Sealed> Quarantine::payload(std::string_view id) const {
  auto it = state_->by_id.find(id);
  if (it == state_->by_id.end()) {
    return fail(ErrorCode::NotFound, fmt::format("nothing waits in quarantine under \"{}\"", id),
                "id");
  }
  std::string key = kPayloads + ordinal_key(it->second);
  if (auto pending = state_->pending.find(key);
      pending != state_->pending.end() && pending->second) {
    return unpack(*pending->second);
  }
  WEIR_TRY(auto stored, state_->store->get(key));
  if (!stored) {
    return fail(ErrorCode::NotFound, fmt::format("the payload of \"{}\" was given up for room", id),
                "id");
  }
  return unpack(*stored);
}

uint64_t Quarantine::received() const {
  return state_->totals.received();
}
uint64_t Quarantine::rows_dropped() const {
  return state_->totals.rows_dropped();
}
uint64_t Quarantine::payloads_dropped() const {
  return state_->totals.payloads_dropped();
}

}  // namespace weir::collect
