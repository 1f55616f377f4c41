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
    entries[tag.code()] = {*std::move(value), tag.since()};
  }
  return true;
}

std::string ValuesRow::SerializeAsString() const {
  pb::Values row;
  for (const auto& [code, entry] : entries) {
    auto* tag = row.add_tags();
    tag->set_code(code);
    tag->set_value(encode_value(entry.value));
    tag->set_since(entry.since);
  }
  return row.SerializeAsString();
}

}  // namespace weir::tags
