#include "adapters/embedded/behaviour/cells.h"

#include "base/bytes.h"

#include <bit>

namespace weir::embedded {
namespace {

using columnar::Cell;
using columnar::CellType;
using columnar::Family;

StringList list_of(const Cell& cell, const columnar::Dictionary& dictionary) {
  ByteReader r(cell.bytes());
  StringList out;
  for (uint64_t n = r.varint(); n > 0 && r.ok(); --n) {
    out.emplace_back(dictionary[Family::Value].text(static_cast<uint32_t>(r.varint())));
  }
  return out;
}

}  // namespace

TimeMs late_receipt(TimeMs event_time, TimeMs received_time) {
  if (received_time <= event_time + kOnTime) return 0;
  return (received_time + kMinuteMs - 1) / kMinuteMs * kMinuteMs;
}

bool to_cell(std::string_view name, const Value& value, columnar::NewCell& out) {
  out = {};
  out.property = name;
  struct Visitor {
    columnar::NewCell& out;
    void operator()(std::monostate) const {}
    void operator()(bool b) const {
      out.type = CellType::Bool;
      out.bits = b ? 1 : 0;
    }
    void operator()(int64_t i) const {
      out.type = CellType::Int;
      out.bits = static_cast<uint64_t>(i);
    }
    void operator()(double d) const {
      out.type = CellType::Double;
      out.bits = std::bit_cast<uint64_t>(d);
    }
    void operator()(const std::string& s) const {
      out.type = CellType::Text;
      out.text = s;
    }
    void operator()(const StringList& list) const {
      out.type = CellType::List;
      out.list = &list;
    }
    void operator()(const JsonText& j) const {
      out.type = CellType::Json;
      out.text = j.text;
    }
    void operator()(const Sealed&) const { out.type = CellType::Present; }
  };
  std::visit(Visitor{out}, value);
  return out.type != CellType::Missing;
}

Value from_cell(const Cell& cell, const columnar::Dictionary& dictionary) {
  switch (cell.type) {
    case CellType::Bool: return cell.bits != 0;
    case CellType::Int: return cell.as_int();
    case CellType::Double: return cell.as_double();
    case CellType::Text: return std::string(dictionary[Family::Value].text(cell.code()));
    case CellType::List: return list_of(cell, dictionary);
    case CellType::Json: return JsonText{std::string(cell.bytes())};
    case CellType::Present: return Sealed{};
    case CellType::Missing: break;
  }
  return std::monostate{};
}

}  // namespace weir::embedded
