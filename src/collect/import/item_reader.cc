#include "collect/import/item_reader.h"

#include "base/hash.h"
#include "collect/import/cells.h"

#include <fmt/format.h>

namespace weir::collect {
namespace {

constexpr size_t kTextBytesMax = 32 << 10;

std::string order_id_of(const TableRow& row, const ImportMapping& mapping) {
  auto column = static_cast<size_t>(mapping.word("order_id"));
  return column < row.cells.size() ? cell_text(row.cells[column]) : std::string();
}

json::object bad_row(const TableRow& row) {
  return refused_item(row.number, 1, *refuse(reason::kBadRow, "", row.error), row.text);
}

}  // namespace

json::object refused_item(uint64_t row, uint64_t rows, const Refusal& refusal,
                          std::string_view text) {
  json::object payload{{"row", row}, {"text", text.substr(0, kTextBytesMax)}};
  return {{"row", row},
          {"rows", rows},
          {"reason", refusal.reason},
          {"column", refusal.field},
          {"message", refusal.message},
          {"payload", json::to_text(payload)}};
}

ItemReader::ItemReader(TableFile file, ImportMapping mapping)
    : file_(std::move(file)), mapping_(std::move(mapping)) {
  scan();
}

void ItemReader::scan() {
  TableRow row;
  while (file_.next(row)) {
    ++rows_;
    if (mapping_.feed != "orders") continue;
    std::string id = order_id_of(row, mapping_);
    if (!id.empty()) last_rows_[hash64(id)] = row.number;
  }
  file_.rewind();
}

bool ItemReader::next(json::object& item) {
  TableRow row;
  while (ready_.empty()) {
    if (!file_.next(row)) return false;
    read_row(row);
  }
  item = std::move(ready_.front());
  ready_.pop_front();
  return true;
}

void ItemReader::read_row(const TableRow& row) {
  if (mapping_.feed == "orders") {
    read_order_row(row);
  } else if (mapping_.feed == "events") {
    ready_.push_back(event_item(row));
  } else if (!row.error.empty()) {
    ready_.push_back(bad_row(row));
  } else {
    ready_.push_back(read_profile(row));
  }
}

json::object ItemReader::event_item(const TableRow& row) const {
  return row.error.empty() ? read_event(row) : bad_row(row);
}

void ItemReader::read_order_row(const TableRow& row) {
  std::string id = order_id_of(row, mapping_);
  if (id.empty() || is_rounded_number(id)) {
    Verdict bad = !row.error.empty() ? refuse(reason::kBadRow, "", row.error)
                  : id.empty()
                      ? refuse(reason::kMissing, "order_id", "the row has no order id")
                      : refuse(reason::kBadNumber, "order_id", "a spreadsheet rounded this number");
    ready_.push_back(refused_item(row.number, 1, *bad, row.text));
    return;
  }
  auto it = open_orders_.find(id);
  if (it == open_orders_.end()) it = open_orders_.emplace(id, OrderGroup(id)).first;
  it->second.add(row, mapping_, file_);
  auto last = last_rows_.find(hash64(id));
  if (last == last_rows_.end() || row.number < last->second) return;
  it->second.finish(mapping_, ready_);
  open_orders_.erase(it);
}

std::string ItemReader::row_id(const TableRow& row) const {
  int column = mapping_.word("message_id");
  std::string given =
      column < 0 ? std::string() : cell_text(row.cells[static_cast<size_t>(column)]);
  return given.empty() ? fmt::format("{}:{}", file_.checksum().substr(0, 16), row.number) : given;
}

Verdict ItemReader::read_named(const TableRow& row, const std::vector<NamedColumn>& columns,
                               json::object& out) const {
  for (const NamedColumn& named : columns) {
    auto column = static_cast<size_t>(named.column);
    auto value = cell_value(row.cells[column], named.type, mapping_.time_zone);
    if (!value) return refuse(reason::kBadType, file_.columns()[column], value.error().message);
    if (!value->is_null()) out[named.name] = *std::move(value);
  }
  return {};
}

Verdict ItemReader::read_when(const TableRow& row, json::object& out) const {
  int column = mapping_.word("time");
  if (column < 0) return {};
  auto time =
      parse_file_time(cell_text(row.cells[static_cast<size_t>(column)]), mapping_.time_zone);
  if (!time)
    return refuse(reason::kBadTime, file_.columns()[static_cast<size_t>(column)],
                  time.error().message);
  out["time"] = *time;
  return {};
}

json::object ItemReader::read_event(const TableRow& row) const {
  json::object item{{"row", row.number}, {"message_id", row_id(row)}};
  json::object properties;
  json::array ids;
  int column = mapping_.word("event");
  std::string name = column < 0 ? std::string() : cell_text(row.cells[static_cast<size_t>(column)]);
  if (name.empty()) name = mapping_.event_name;
  Verdict bad;
  if (name.empty()) bad = refuse(reason::kMissing, "event", "the row has no event name");
  if (!bad) bad = read_when(row, item);
  if (!bad) bad = read_row_ids(row, mapping_, file_, ids);
  if (!bad) bad = read_named(row, mapping_.properties, properties);
  if (!bad && ids.empty()) bad = refuse(reason::kNoIdentity, "", "the row names nobody");
  if (bad) return refused_item(row.number, 1, *bad, row.text);
  item["name"] = name;
  item["ids"] = std::move(ids);
  item["properties"] = std::move(properties);
  return item;
}

json::object ItemReader::read_profile(const TableRow& row) const {
  json::object item{{"row", row.number}, {"message_id", row_id(row)}};
  json::object traits;
  json::array ids;
  Verdict bad = read_row_ids(row, mapping_, file_, ids);
  if (!bad) bad = read_named(row, mapping_.traits, traits);
  if (!bad && ids.empty()) bad = refuse(reason::kNoIdentity, "", "the row names nobody");
  // A profile without a readable time is of today.
  if (bad) return refused_item(row.number, 1, *bad, row.text);
  if (read_when(row, item)) item.erase("time");
  item["ids"] = std::move(ids);
  item["traits"] = std::move(traits);
  return item;
}

}  // namespace weir::collect
