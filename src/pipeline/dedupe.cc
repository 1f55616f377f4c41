#include "pipeline/dedupe.h"

#include "base/bytes.h"
#include "pipeline/keys.h"
#include "ports/resident_table.h"

namespace weir::pipeline {
namespace {

constexpr size_t kEntryBytes = 20;
constexpr uint32_t kAnyBody = 0;
constexpr size_t kKeyBytes = 2 + 4 + 8;

std::string chunk_key(int32_t day, uint64_t chunk) {
  return pipeline_key(kDedupeRow) + ordinal_key(static_cast<uint32_t>(day)) + ordinal_key(chunk);
}

void digest_value(const Value& value, ByteWriter& w) {
  w.u8(static_cast<uint8_t>(value.index()));
  if (const auto* sealed = std::get_if<Sealed>(&value)) {
    w.string(sealed->token);  // equal for equal values that are looked up by; empty for others
    return;
  }
  if (const auto* number = std::get_if<int64_t>(&value)) return w.zigzag(*number);
  if (const auto* number = std::get_if<double>(&value)) return w.f64(*number);
  if (const auto* json = std::get_if<JsonText>(&value)) return w.string(json->text);
  w.string(display_text(value));
}

}  // namespace

uint32_t body_digest(const Envelope& e, std::string& scratch) {
  scratch.clear();
  ByteWriter w(scratch);
  w.u8(static_cast<uint8_t>(e.kind));
  w.string(e.name);
  for (const Identity& identity : e.identities) {
    w.u8(static_cast<uint8_t>(identity.kind));
    w.string(identity.scope);
    w.string(identity.value);
  }
  for (const Property& property : e.properties) {
    w.string(property.name);
    digest_value(property.value, w);
  }
  for (const TraitChange& change : e.traits) {
    w.u8(static_cast<uint8_t>(change.op));
    w.string(change.name);
    digest_value(change.value, w);
  }
  return static_cast<uint32_t>(hash64(scratch));
}

Hash128 Dedupe::id_of(std::string_view source, std::string_view message_id) {
  scratch_.clear();
  ByteWriter w(scratch_);
  w.string(source);
  w.string(message_id);
  return hash128(scratch_);
}

Seen Dedupe::check(const Envelope& envelope, TimeMs now) {
  Hash128 id = id_of(envelope.source, envelope.message_id);
  return check(id, body_digest(envelope, scratch_), now);
}

Seen Dedupe::check(std::string_view source, std::string_view message_id, TimeMs now) {
  return check(id_of(source, message_id), kAnyBody, now);
}

Seen Dedupe::check(const Hash128& id, uint32_t body, TimeMs now) {
  auto today = static_cast<int32_t>(now / kDayMs);
  if (days_.empty() || days_.back().number < today) begin_day(today);
  for (auto day = days_.rbegin(); day != days_.rend(); ++day) {
    auto it = day->bodies.find(id);
    if (it == day->bodies.end()) continue;
    bool same = it->second == body || it->second == kAnyBody || body == kAnyBody;
    return same ? Seen::Duplicate : Seen::OtherBody;
  }
  days_.back().bodies.emplace(id, body);
  unsaved_.push_back({id, body});
  return Seen::New;
}

size_t Dedupe::size() const {
  size_t total = 0;
  for (const Day& day : days_) total += day.bodies.size();
  return total;
}

void Dedupe::begin_day(int32_t number) {
  save_unsaved(unwritten_);
  days_.emplace_back().number = number;
  while (days_.front().number < number - kDaysKept) {
    for (uint64_t chunk = 0; chunk < days_.front().chunks; ++chunk) {
      unwritten_.erase(chunk_key(days_.front().number, chunk));
    }
    days_.pop_front();
  }
}

void Dedupe::save(WriteBatch& batch) {
  for (const WriteBatch::Op& op : unwritten_.ops()) {
    if (op.value) {
      batch.put(op.key, *op.value);
    } else {
      batch.erase(op.key);
    }
  }
  unwritten_.clear();
  save_unsaved(batch);
}

void Dedupe::save_unsaved(WriteBatch& batch) {
  if (unsaved_.empty()) return;
  std::string entries;
  entries.reserve(unsaved_.size() * kEntryBytes);
  ByteWriter w(entries);
  for (const Entry& entry : unsaved_) {
    w.u64(entry.id.low);
    w.u64(entry.id.high);
    w.u32(entry.body);
  }
  batch.put(chunk_key(days_.back().number, days_.back().chunks++), std::move(entries));
  unsaved_.clear();
}

Status Dedupe::load(const StateStore& store) {
  Status loaded;
  auto visit = [&](std::string_view key, std::string_view entries) {
    loaded = load_chunk(key, entries);
    return loaded.has_value();
  };
  WEIR_CHECK_OK(store.scan(pipeline_key(kDedupeRow), visit));
  return loaded;
}

Status Dedupe::load_chunk(std::string_view key, std::string_view entries) {
  if (key.size() != kKeyBytes || entries.size() % kEntryBytes != 0) {
    return fail(ErrorCode::DataLoss, "dedupe entries in the state store are damaged");
  }
  auto number = static_cast<int32_t>(parse_ordinal_key(key.substr(2, 4)));
  if (days_.empty() || days_.back().number != number) days_.emplace_back().number = number;
  Day& day = days_.back();
  ++day.chunks;
  ByteReader r(entries);
  while (!r.at_end()) {
    Hash128 id;
    id.low = r.u64();
    id.high = r.u64();
    day.bodies.emplace(id, r.u32());
  }
  return {};
}

}  // namespace weir::pipeline
