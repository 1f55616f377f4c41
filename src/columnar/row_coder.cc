#include "columnar/row_coder.h"

#include "base/bytes.h"

namespace weir::columnar {

uint32_t RowCoder::event(std::string_view name) {
  StringTable& names = dictionary_[Family::Event];
  if (names.size() >= event_names_max_ && !names.find(name)) name = kOverflowEvent;
  return names.intern(name);
}

Cell RowCoder::cell(const NewCell& from) {
  Cell out{from.type, from.bits, {}};
  switch (from.type) {
    case CellType::Text: out.bits = dictionary_[Family::Value].intern(from.text); break;
    case CellType::Json: out.bytes = from.text; break;
    case CellType::List: {
      bytes_.clear();
      ByteWriter w(bytes_);
      w.varint(from.list->size());
      for (const std::string& item : *from.list) w.varint(dictionary_[Family::Value].intern(item));
      out.bytes = bytes_;
      break;
    }
    default: break;
  }
  return out;
}

}  // namespace weir::columnar
