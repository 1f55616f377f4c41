#include "collect/import/imports.h"

#include "base/json.h"
#include "collect/import/imports.pb.h"
#include "model/event_chunk.h"
#include "model/key_space.h"
#include "ports/resident_table.h"

#include <fmt/format.h>

namespace weir::collect {
namespace {

const std::string kRows{key_space::kQuarantine, 'i'};  // ‖ import id → row
constexpr std::string_view kNamePrefix = "import/";

ImportProgress to_progress(std::string_view id, const proto::ImportRow& row) {
  ImportProgress p;
  p.id = id;
  p.file = row.file();
  p.feed = row.feed();
  p.state = row.state();
  p.rows = row.rows();
  p.rows_done = row.rows_done();
  p.accepted = row.rows_accepted();
  p.quarantined = row.rows_quarantined();
  p.next_item = row.next_item();
  p.started_at = row.started_at();
  p.updated_at = row.updated_at();
  return p;
}

}  // namespace

struct Imports::State {
  ResidentTable<proto::ImportRow> rows{kRows};
};

Imports::Imports() : state_(std::make_unique<State>()) {}
Imports::~Imports() = default;

Status Imports::load(const StateStore& store) {
  return state_->rows.load(store);
}
void Imports::save(WriteBatch& batch) {
  state_->rows.save(batch);
}

void Imports::apply(Step& step, StepContext&) {
  const Envelope& e = step.record;
  if (step.hop != 0) return;
  if (e.kind == RecordKind::Definition && e.name.starts_with(kNamePrefix)) {
    auto parsed = json::parse(definition_body(e));
    if (!parsed || !parsed->is_object()) return;
    const json::object& o = parsed->get_object();
    proto::ImportRow& row = state_->rows.mutate(e.name.substr(kNamePrefix.size()));
    row.set_file(json::optional_string(o, "file"));
    row.set_feed(json::optional_string(o, "as"));
    row.set_state(json::optional_string(o, "state"));
    row.set_rows(static_cast<uint64_t>(json::optional_int(o, "rows", 0)));
    row.set_rows_done(static_cast<uint64_t>(json::optional_int(o, "rows_done", 0)));
    row.set_next_item(static_cast<uint64_t>(json::optional_int(o, "next_item", 0)));
    row.set_started_at(json::optional_int(o, "started_at", 0));
    row.set_updated_at(e.received_time);
    return;
  }
  if (!e.source.starts_with("import:")) return;
  std::string_view id = string_property(e.properties, kImportIdProperty);
  if (id.empty()) return;
  auto rows = static_cast<uint64_t>(int_property(e.properties, kImportRowsProperty, 1));
  proto::ImportRow& row = state_->rows.mutate(id);
  if (e.kind == RecordKind::Quarantine)
    row.set_rows_quarantined(row.rows_quarantined() + rows);
  else
    row.set_rows_accepted(row.rows_accepted() + rows);
}

void Imports::apply_chunk(ChunkStep& step, StepContext&) {
  chunk_rows_folded_ += step.chunk.rows();
  proto::ImportRow& row = state_->rows.mutate(step.record.name);
  row.set_rows_accepted(row.rows_accepted() + step.rows.size());
}

std::optional<ImportProgress> Imports::get(std::string_view id) const {
  const proto::ImportRow* row = state_->rows.find(id);
  if (row == nullptr) return std::nullopt;
  return to_progress(id, *row);
}

std::vector<ImportProgress> Imports::list() const {
  std::vector<ImportProgress> all;
  state_->rows.for_each([&](std::string_view id, const proto::ImportRow& row) {
    all.push_back(to_progress(id, row));
  });
  std::ranges::sort(all, [](const ImportProgress& a, const ImportProgress& b) {
    return std::tie(b.started_at, a.id) < std::tie(a.started_at, b.id);
  });
  return all;
}

Envelope progress_record(const ImportProgress& p, TimeMs now) {
  Envelope e;
  e.kind = RecordKind::Definition;
  e.trust = Trust::Server;
  e.source = "import:" + p.feed;
  e.name = std::string(kNamePrefix) + p.id;
  e.message_id = fmt::format("progress:{}:{}:{}", p.id, p.next_item, p.state);
  e.event_time = e.received_time = now;
  json::object body{{"file", p.file},
                    {"as", p.feed},
                    {"state", p.state},
                    {"rows", p.rows},
                    {"rows_done", p.rows_done},
                    {"next_item", p.next_item},
                    {"started_at", p.started_at}};
  e.properties.push_back({"body", JsonText{json::to_text(body)}});
  return e;
}

}  // namespace weir::collect
