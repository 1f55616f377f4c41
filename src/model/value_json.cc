// Values to and from JSON: declared in model/filter.h.

#include "model/filter.h"

namespace weir {

Value value_from_json(const json::value& v) {
  switch (v.kind()) {
    case boost::json::kind::null: return std::monostate{};
    case boost::json::kind::bool_: return v.get_bool();
    case boost::json::kind::int64: return v.get_int64();
    case boost::json::kind::uint64:
      return static_cast<double>(v.get_uint64());  // above int64's range
    case boost::json::kind::double_: return v.get_double();
    case boost::json::kind::string: return std::string(json::view(v.get_string()));
    case boost::json::kind::object: return JsonText{json::to_text(v)};
    case boost::json::kind::array: break;
  }
  StringList list;
  for (const json::value& item : v.get_array()) {
    if (!item.is_string()) return JsonText{json::to_text(v)};
    list.emplace_back(json::view(item.get_string()));
  }
  return list;
}

json::value value_to_json(const Value& value) {
  struct Visitor {
    json::value operator()(std::monostate) const { return nullptr; }
    json::value operator()(bool b) const { return b; }
    json::value operator()(int64_t i) const { return i; }
    json::value operator()(double d) const { return d; }
    json::value operator()(const std::string& s) const { return json::value(s); }
    json::value operator()(const StringList& list) const {
      json::array out;
      for (const std::string& s : list) out.emplace_back(s);
      return out;
    }
    json::value operator()(const JsonText& j) const {
      // Text that is not JSON can only come from a damaged or foreign writer; show it as text.
      auto parsed = json::parse(j.text);
      return parsed ? *std::move(parsed) : json::value(j.text);
    }
    json::value operator()(const Sealed& s) const { return json::value(display_text(Value(s))); }
  };
  return std::visit(Visitor{}, value);
}

}  // namespace weir
