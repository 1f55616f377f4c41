#include "adapters/embedded/behaviour/compile_sessions.h"

#include <algorithm>

namespace weir::embedded {
namespace {

constexpr std::string_view kGivenId = "$session_id", kDirect = "direct";

std::string_view without_prefix(std::string_view prop) {
  return prop.starts_with(kEventPrefix) ? prop.substr(kEventPrefix.size()) : prop;
}

}  // namespace

Result<columnar::SessionRules> compile_sessions(const SessionOptions& options,
                                                const QueryCommon& common, const CompileInput& in,
                                                const Calendar& calendar) {
  columnar::SessionRules out;
  std::vector<uint32_t> ignored = select(options.ignore_events, {}, in).events;
  out.events = select({std::string(kAnyActive)}, {}, in).events;
  std::erase_if(out.events, [&](uint32_t code) {
    return std::find(ignored.begin(), ignored.end(), code) != ignored.end();
  });
  out.start_events = select(options.start_events, {}, in).events;
  out.end_events = select(options.end_events, {}, in).events;
  out.gap_ms = options.gap_ms;
  if (!options.platform.empty()) out.platform = property_code(without_prefix(options.platform), in);
  if (options.by_given_id) {
    out.given = property_code(kGivenId, in);
    if (out.given == columnar::kNone) out.events.clear();  // no event has one
  }
  if (options.cut_on_source_change) {
    out.source = property_code(without_prefix(options.source), in);
    if (auto direct = in.dictionary[columnar::Family::Value].find(kDirect))
      out.no_source.push_back(*direct);
  }
  if (options.cut_at_midnight) {
    WEIR_TRY(out.days,
             columnar::make_buckets(common.range.from - 2 * kDayMs, common.range.to + 3 * kDayMs,
                                    columnar::BucketUnit::Day, false, calendar));
  }
  return out;
}

columnar::SessionBounds session_bounds(const QueryCommon& common, bool only_range) {
  return {common.range.from, std::min(common.range.to, common.as_of + 1), common.as_of, only_range};
}

}  // namespace weir::embedded
