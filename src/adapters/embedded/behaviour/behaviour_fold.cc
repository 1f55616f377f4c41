#include "adapters/embedded/behaviour/behaviour_fold.h"

#include "adapters/embedded/behaviour/cells.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/log.h"
#include "model/key_space.h"

#include <algorithm>

namespace weir::embedded {
namespace {

constexpr uint32_t kRetryRows = 50000;

/// Order of events at the same instant (G4): by message id, not by arrival. Bytewise in the first
/// eight bytes; ids that share them are in some order that is always the same.
columnar::RowRank rank_of(std::string_view message_id) {
  uint64_t high = 0;
  for (size_t i = 0; i < 8; ++i)
    high = high << 8 | (i < message_id.size() ? static_cast<uint8_t>(message_id[i]) : 0);
  return {high, static_cast<uint32_t>(hash64(message_id))};
}

bool is_profile(ProfileOrdinal profile) {
  return columnar::is_group(profile.value);
}

}  // namespace

void BehaviourFold::save(WriteBatch& batch) {
  std::string row;
  ByteWriter(row).varint(store_.cursor());
  batch.put(std::string(1, key_space::kBehaviour), std::move(row));
}

Status BehaviourFold::load(const StateStore& state) {
  WEIR_TRY(auto row, state.get(std::string_view(&key_space::kBehaviour, 1)));
  uint64_t written = row ? ByteReader(*row).varint() : 0;
  if (store_.cursor() < written) {
    return fail(
        ErrorCode::DataLoss,
        "the behaviour store ends at position " + std::to_string(store_.cursor()) +
            " and the state was written at " + std::to_string(written) +
            ": it was lost or is an older copy; restore both from one backup, or move "
            "\"behaviour\" and \"state\" out of the data folder to rebuild them from the log");
  }
  for (uint32_t i = 0; i < identities_.identity_count(); ++i) {
    ProfileOrdinal owner = identities_.owner(IdentityOrdinal(i));
    // Loaded identities have owners; one without was erased, and its events go with it.
    is_profile(owner) ? store_.assign(i, identities_.canonical(owner).value)
                      : store_.drop_subject(i);
  }
  cursor_ = store_.cursor();
  return {};
}

void BehaviourFold::apply(Step& step, StepContext&) {
  if (step.record.kind == RecordKind::Definition) touched_.touch_all();
  if (step.profile) store_event(step);
  // Records of nobody that are no definitions change no answer. After the row, so that an answer
  // never misses what its version stands for.
  if (step.profile || step.record.kind == RecordKind::Definition) version_.fetch_add(1);
}

void BehaviourFold::store_event(const Step& step) {
  touched_.touch(*step.profile);
  std::string_view event = event_name(step.record);
  if (step.identity) store_.assign(step.identity->value, step.profile->value);
  if (event.empty()) return;
  std::optional<IdentityOrdinal> identity = step.identity;
  if (!identity) {
    // A fact names a profile only; it is kept under the profile's first identity.
    std::vector<IdentityOrdinal> known = identities_.identities_of(*step.profile);
    if (known.empty()) return;  // erased in this very step
    identity = *std::min_element(known.begin(), known.end());
    store_.assign(identity->value, step.profile->value);
  }
  append(step, *identity, event);
}

void BehaviourFold::append(const Step& step, IdentityOrdinal identity, std::string_view event) {
  uint16_t hop = next_hop(step);
  if (step.position < cursor_) return;  // in a part already: the log is being replayed
  if (store_.head_rows() >= std::max(head_rows_max_, retry_at_rows_)) {
    if (Status s = checkpoint(step.position); !s) {
      retry_at_rows_ = store_.head_rows() + kRetryRows;
      log::error("behaviour_seal_failed", {{"error", s.error().message}});
    }
  }
  row_.subject = identity.value;
  row_.time = step.record.event_time;
  // Derived facts come after the records of their instant.
  row_.rank = hop == 0 ? rank_of(step.record.message_id) : columnar::RowRank{UINT64_MAX, 0};
  row_.position = step.position;
  row_.hop = hop;
  row_.event = event;
  row_.cells.clear();
  columnar::NewCell cell;
  for (const Property& p : step.record.properties) {
    if (to_cell(p.name, p.value, cell)) row_.cells.push_back(cell);
  }
  if (!step.record.source.empty()) {
    cell = {};
    cell.property = kSourceProperty;
    cell.type = columnar::CellType::Text;
    cell.text = step.record.source;
    row_.cells.push_back(cell);
  }
  if (step.record.received_time > step.record.event_time + kOnTime) {
    cell = {};
    cell.property = kReceivedProperty;
    cell.type = columnar::CellType::Int;
    cell.bits =
        static_cast<uint64_t>((step.record.received_time + kMinuteMs - 1) / kMinuteMs * kMinuteMs);
    row_.cells.push_back(cell);
  }
  store_.append(row_);
}

// 0 for the log record, 1, 2, … for the facts of the same position in the order in which they were
// folded: several facts may have the same depth, and every row needs its own place in the order.
uint16_t BehaviourFold::next_hop(const Step& step) {
  if (step.position != last_position_) {
    last_position_ = step.position;
    last_fact_ = 0;
  }
  return step.hop == 0 ? uint16_t{0} : ++last_fact_;
}

void BehaviourFold::on_merge(ProfileOrdinal from, ProfileOrdinal into, StepContext&) {
  touched_.touch(from);
  touched_.touch(into);
  store_.join(from.value, into.value);
  version_.fetch_add(1);
}

void BehaviourFold::on_erase(ProfileOrdinal profile, StepContext&) {
  touched_.touch(profile);
  store_.drop(profile.value);
  version_.fetch_add(1);
}

Status BehaviourFold::checkpoint(Position cursor) {
  uint32_t before = store_.head_rows();
  WEIR_CHECK_OK(store_.seal(cursor));
  cursor_ = store_.cursor();
  retry_at_rows_ = 0;
  if (store_.head_rows() != before) sealed_();
  return {};
}

void BehaviourFold::visit(ProfileOrdinal profile, TimeMs from, TimeMs to,
                          const std::vector<std::string>& names,
                          const std::function<bool(const StoredEvent&)>& visit) const {
  const columnar::Dictionary& dictionary = store_.dictionary();
  std::vector<uint32_t> codes;
  for (const std::string& name : names) {
    if (auto code = dictionary[columnar::Family::Event].find(name)) codes.push_back(*code);
  }
  if (!names.empty() && codes.empty()) return;
  auto wanted = [&](uint32_t code) {
    return codes.empty() || std::find(codes.begin(), codes.end(), code) != codes.end();
  };
  Properties properties;
  Status s =
      store_.visit(profile.value, from, to, wanted, [&](const columnar::Store::Found& found) {
        properties.clear();
        for (const auto& [code, cell] : found.cells) {
          std::string_view name = dictionary[columnar::Family::Property].text(code);
          if (!is_internal(name))
            properties.push_back({std::string(name), from_cell(cell, dictionary)});
        }
        StoredEvent event;
        event.time = found.time;
        event.name = dictionary[columnar::Family::Event].text(found.event);
        event.identity = IdentityOrdinal(found.subject);
        event.position = found.position;
        event.hop = found.hop;
        event.properties = &properties;
        return visit(event);
      });
  if (!s) {
    // Going on would decide on half of a person's history.
    log::error("behaviour_store_damaged", {{"error", s.error().message}});
    WEIR_ASSERT(false && "the behaviour store is damaged; run weir verify");
  }
}

}  // namespace weir::embedded
