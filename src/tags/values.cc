#include "tags/values.h"

#include "model/envelope.h"
#include "tags/state.pb.h"

namespace weir::tags {

bool ValuesRow::ParseFromArray(const void* data, int size) {
  pb::Values row;
  if (!row.ParseFromArray(data, size)) return false;
  for (const auto& tag : row.tags()) {
    auto value = decode_value(tag.value());
    if (!value) return false;
    entries[tag.code()] = {*std::move(value), tag.since(), static_cast<ValueSource>(tag.source()),
                           tag.hidden()};
  }
  given.assign(row.given().begin(), row.given().end());
  return true;
}

std::string ValuesRow::SerializeAsString() const {
  pb::Values row;
  for (const auto& [code, entry] : entries) {
    auto* tag = row.add_tags();
    tag->set_code(code);
    tag->set_value(encode_value(entry.value));
    tag->set_since(entry.since);
    tag->set_source(static_cast<uint32_t>(entry.source));
    tag->set_hidden(entry.hidden);
  }
  row.mutable_given()->Add(given.begin(), given.end());
  return row.SerializeAsString();
}

}  // namespace weir::tags
