#include "columnar/row_coder.h"

#include "base/bytes.h"

namespace weir::columnar {

uint32_t RowCoder::event(std::string_view name) {
  StringTable& names = dictionary_[Family::Event];
  if (names.size() >= event_names_max_ && !names.find(name)) name = kOverflowEvent;
  return names.intern(name);
}

Cell RowCoder::cell(const NewCell& from) {
  Cell out{from.type, 0, from.bits};
  switch (from.type) {
    case CellType::Text: out.bits = dictionary_[Family::Value].intern(from.text); break;
    case CellType::Json: return Cell::of_bytes(from.type, from.text);
    case CellType::List: {
      bytes_.clear();
      ByteWriter w(bytes_);
      w.varint(from.list->size());
      for (const std::string& item : *from.list) w.varint(dictionary_[Family::Value].intern(item));
      return Cell::of_bytes(from.type, bytes_);
    }
    default: break;
  }
  return out;
}

}  // namespace weir::columnar
