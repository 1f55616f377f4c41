#include "adapters/embedded/behaviour/compile_orders.h"

namespace weir::embedded {
namespace {

uint32_t code_of(std::string_view prop, const CompileInput& in) {
  return prop.empty() ? columnar::kNone : property_code(prop.substr(kEventPrefix.size()), in);
}

}  // namespace

columnar::OrderSpec compile_orders(const OrderDef& def, const Filter& filter,
                                   const CompileInput& in) {
  columnar::OrderSpec out;
  out.paid = select(def.paid, in);
  out.refunds = select(def.refund, in);
  out.filter = compile_filter(filter, in.dictionary, in.request, in.people);
  out.value = code_of(def.value, in);
  out.id = code_of(def.id, in);
  out.refund_value = code_of(def.refund_value, in);
  out.refund_id = code_of(def.refund_id, in);
  return out;
}

Status collect_order_traits(const OrderDef& def, const std::string& where, PeopleRequest& request) {
  WEIR_CHECK_OK(collect_traits(def.paid.filter, where + ".filter", request));
  return collect_traits(def.refund.filter, where + ".refund.filter", request);
}

}  // namespace weir::embedded
