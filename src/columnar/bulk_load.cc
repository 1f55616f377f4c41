#include "columnar/bulk_load.h"

#include "columnar/part_writer.h"
#include "columnar/row_order.h"

#include <deque>
#include <tuple>

namespace weir::columnar {

/// Rows of one part to be, in the order in which they came.
struct BulkLoad::Batch {
  PartRows rows;
  std::vector<RowRank> ranks;
  std::vector<uint32_t> ordinals;  // which row of its event
  absl::flat_hash_map<uint32_t, uint32_t> event_rows;
  RowColumns columns;
  std::deque<std::string> bytes;  // of List and Json

  std::string part(uint32_t positions_rows_max);

 private:
  void sort_rows(const std::vector<uint32_t>& order);
};

namespace {

template <class T>
void permute(std::vector<T>& values, const std::vector<uint32_t>& order) {
  std::vector<T> out;
  out.reserve(order.size());
  for (uint32_t i : order) out.push_back(values[i]);
  values = std::move(out);
}

/// The column with its rows in the order `sorted` names them.
EventValues permuted(const EventValues& column, const std::vector<uint32_t>& sorted) {
  EventValues out;
  out.event = column.event;
  out.ordinals.reserve(column.ordinals.size());
  out.values.reserve(column.ordinals.size());
  bool dense = column.ordinals.size() == sorted.size();
  std::vector<uint32_t> slot;
  if (!dense) {
    slot.assign(sorted.size(), UINT32_MAX);
    for (uint32_t i = 0; i < column.ordinals.size(); ++i) slot[column.ordinals[i]] = i;
  }
  for (uint32_t i = 0; i < sorted.size(); ++i) {
    uint32_t at = dense ? sorted[i] : slot[sorted[i]];
    if (at == UINT32_MAX) continue;
    out.ordinals.push_back(i);
    out.values.push_back(column.values[at]);
    if (!column.bytes.empty()) out.bytes.push_back(column.bytes[at]);
  }
  return out;
}

}  // namespace

std::string BulkLoad::Batch::part(uint32_t positions_rows_max) {
  std::vector<uint32_t> order = order_by_group(rows.group, [&](uint32_t a, uint32_t b) {
    if (rows.subject[a] != rows.subject[b]) return rows.subject[a] < rows.subject[b];
    if (rows.time[a] != rows.time[b]) return rows.time[a] < rows.time[b];
    return std::tuple(ranks[a], rows.position[a], rows.hop[a], a) <
           std::tuple(ranks[b], rows.position[b], rows.hop[b], b);
  });
  // Per event: its rows, as numbered when they came, in the part's order.
  absl::flat_hash_map<uint32_t, std::vector<uint32_t>> sorted;
  for (const auto& [event, count] : event_rows) sorted[event].reserve(count);
  for (uint32_t i : order) sorted[rows.event[i]].push_back(ordinals[i]);
  sort_rows(order);
  order = {};
  PartWriter writer(rows, rows.size() <= positions_rows_max);
  rows = {};
  for (PropertyValues& property : std::move(columns).finish()) {
    for (EventValues& column : property.events) column = permuted(column, sorted[column.event]);
    writer.add_property(property);
    property = {};
  }
  return writer.finish();
}

void BulkLoad::Batch::sort_rows(const std::vector<uint32_t>& order) {
  ranks = {};
  ordinals = {};
  permute(rows.subject, order);
  permute(rows.group, order);
  permute(rows.event, order);
  permute(rows.time, order);
  permute(rows.position, order);
  permute(rows.hop, order);
}

BulkLoad::BulkLoad(Store& store, Executor* helper, BulkLimits limits)
    : store_(store), helper_(helper), limits_(limits), batch_(std::make_unique<Batch>()) {}

BulkLoad::~BulkLoad() {
  (void)wait().has_value();
}

Status BulkLoad::append(const NewRow& row) {
  if (batch_->rows.size() >= limits_.part_rows) WEIR_CHECK_OK(flush(row.position));
  keep(row);
  return {};
}

void BulkLoad::keep(const NewRow& row) {
  Batch& batch = *batch_;
  RowCoder& coder = store_.coder();
  uint32_t event = coder.event(row.event);
  batch.rows.subject.push_back(row.subject);
  batch.rows.group.push_back(store_.group_of(row.subject));
  batch.rows.event.push_back(event);
  batch.rows.time.push_back(row.time);
  batch.rows.position.push_back(row.position);
  batch.rows.hop.push_back(row.hop);
  batch.ranks.push_back(row.rank);
  batch.ordinals.push_back(batch.event_rows[event]++);
  batch.columns.start_row(event);
  for (const NewCell& from : row.cells) {
    Cell cell = coder.cell(from);
    if (cell.has_bytes()) cell = Cell::of_bytes(cell.type, batch.bytes.emplace_back(cell.bytes()));
    batch.columns.add(coder.property(from.property), cell);
  }
}

Status BulkLoad::flush(uint64_t cursor) {
  WEIR_CHECK_OK(wait());
  if (batch_->rows.size() == 0) return {};
  auto batch =
      std::make_shared<std::unique_ptr<Batch>>(std::exchange(batch_, std::make_unique<Batch>()));
  auto work = [this, batch, cursor] {
    std::string bytes = (*batch)->part(store_.limits().positions_rows_max);
    batch->reset();
    Status written = store_.add_part(bytes, cursor);
    std::lock_guard lock(mutex_);
    status_ = std::move(written);
    busy_ = false;
    idle_.notify_all();
  };
  busy_ = true;
  helper_ != nullptr ? helper_->post(work) : work();
  return {};
}

Status BulkLoad::wait() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [&] { return !busy_; });
  return status_;
}

Status BulkLoad::finish(uint64_t cursor) {
  WEIR_CHECK_OK(flush(cursor));
  return wait();
}

}  // namespace weir::columnar
