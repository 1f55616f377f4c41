#include "adapters/embedded/behaviour/behaviour_fold.h"

#include "adapters/embedded/behaviour/cells.h"
#include "adapters/embedded/behaviour/chunk_rows.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/log.h"
#include "model/event_chunk.h"
#include "model/key_space.h"

#include <algorithm>

namespace weir::embedded {
namespace {

constexpr uint32_t kRetryRows = 50000;

/// While history comes in bulk, parts are this much larger than usual, so that they are merged
/// less.
constexpr uint32_t kBulkFactor = 5;

bool is_profile(ProfileOrdinal profile) {
  return columnar::is_group(profile.value);
}

}  // namespace

void BehaviourFold::save(WriteBatch& batch) {
  std::string row;
  ByteWriter(row).varint(store_.begun_cursor());  // durable before the batch is written
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
  if (step.record.kind == RecordKind::Definition) touched_.definition_changed();
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

void BehaviourFold::apply_chunk(ChunkStep& step, StepContext&) {
  for (const ChunkStep::Person& person : step.persons) {
    if (!person.profile) continue;
    touched_.touch(*person.profile);
    history_.drop(*person.profile);
    store_.assign(person.identity->value, person.profile->value);
  }
  // Facts of this position get places behind all of its rows.
  last_position_ = step.position;
  last_fact_ = static_cast<uint16_t>(step.chunk.rows());
  if (step.position >= cursor_) {
    seal_when_full(head_rows_max_ * kBulkFactor, step.position);
    code_rows(step, store_.coder(), rows_);
    store_.append(rows_);
  }
  version_.fetch_add(1);
}

void BehaviourFold::append(const Step& step, IdentityOrdinal identity, std::string_view event) {
  uint16_t hop = next_hop(step);
  if (step.position < cursor_) return;  // in a part already: the log is being replayed
  seal_when_full(head_rows_max_, step.position);
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
    if (p.name != kImportRowsProperty && to_cell(p.name, p.value, cell)) row_.cells.push_back(cell);
  }
  if (!step.record.source.empty()) {
    cell = {};
    cell.property = kSourceProperty;
    cell.type = columnar::CellType::Text;
    cell.text = step.record.source;
    row_.cells.push_back(cell);
  }
  if (TimeMs late = late_receipt(step.record.event_time, step.record.received_time); late != 0) {
    cell = {};
    cell.property = kReceivedProperty;
    cell.type = columnar::CellType::Int;
    cell.bits = static_cast<uint64_t>(late);
    row_.cells.push_back(cell);
  }
  store_.append(row_);
  remember(step, identity, hop);
}

/// Of what was just stored, for who is asked about again.
void BehaviourFold::remember(const Step& step, IdentityOrdinal identity, uint16_t hop) {
  // A name beyond the most that the store knows is kept under another.
  if (!store_.dictionary()[columnar::Family::Event].find(row_.event)) return;
  StoredEvent event;
  event.time = step.record.event_time;
  event.name = row_.event;
  event.identity = identity;
  event.position = step.position;
  event.hop = hop;
  event.properties = &step.record.properties;
  history_.add(*step.profile, event);
}

void BehaviourFold::seal_when_full(uint32_t rows_max, Position position) {
  adopt();
  if (store_.unsealed_rows() >= rows_max && store_.begin_seal(position)) seal_();
  if (store_.head_rows() < std::max(2 * rows_max, retry_at_rows_)) return;
  // Rows come faster than parts are made of them: wait.
  if (Status s = store_.run_seals(); !s) {
    retry_at_rows_ = store_.head_rows() + kRetryRows;
    log::error("behaviour_seal_failed", {{"error", s.error().message}});
  }
  adopt();
}

/// Parts that were made take the place of their rows.
void BehaviourFold::adopt() {
  if (!store_.adopt_seals()) return;
  cursor_ = store_.cursor();
  retry_at_rows_ = 0;
  sealed_();
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
  history_.drop(from);
  history_.drop(into);
  store_.join(from.value, into.value);
  version_.fetch_add(1);
}

void BehaviourFold::on_split(const Split& split, StepContext&) {
  touched_.touch(split.kept);
  touched_.touch(split.apart);
  for (IdentityOrdinal identity : split.identities) {
    store_.assign(identity.value, split.apart.value);
  }
  history_.drop(split.kept);
  history_.drop(split.apart);
  version_.fetch_add(1);
}

void BehaviourFold::on_erase(ProfileOrdinal profile, StepContext&) {
  touched_.touch(profile);
  history_.drop(profile);
  store_.drop(profile.value);
  version_.fetch_add(1);
}

std::function<Status()> BehaviourFold::begin_checkpoint(Position cursor) {
  adopt();
  store_.begin_seal(cursor);
  return [this] { return store_.run_seals(); };
}

void BehaviourFold::visit(ProfileOrdinal profile, const HistoryQuery& query,
                          const std::function<bool(const StoredEvent&)>& visit) const {
  auto load = [&](const HistoryQuery& all, const HistoryCache::Visit& take) {
    visit_store(profile, all, take);
  };
  if (!history_.visit(profile, query, load, visit)) visit_store(profile, query, visit);
}

void BehaviourFold::visit_store(ProfileOrdinal profile, const HistoryQuery& query,
                                const std::function<bool(const StoredEvent&)>& visit) const {
  const columnar::Dictionary& dictionary = store_.dictionary();
  columnar::VisitQuery wanted;
  wanted.from = query.from;
  wanted.to = query.to;
  for (const std::string& name : query.names) {
    if (auto code = dictionary[columnar::Family::Event].find(name)) wanted.events.push_back(*code);
  }
  wanted.all_events = query.names.empty();
  if (!wanted.all_events && wanted.events.empty()) return;
  wanted.all_properties = !query.properties;
  if (query.properties) {
    for (std::string_view name : *query.properties) {
      if (auto code = dictionary[columnar::Family::Property].find(name))
        wanted.properties.push_back(*code);
    }
  }
  Properties properties;
  Status s = store_.visit(profile.value, wanted, [&](const columnar::Store::Found& found) {
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
