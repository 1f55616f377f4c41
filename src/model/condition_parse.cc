#include "model/condition.h"

#include <fmt/format.h>

#include <array>
#include <optional>

namespace weir {
namespace {

constexpr int kDepthMax = 6;    // SG1
constexpr int kLeavesMax = 50;  // SG1
constexpr int kWindowDaysMax = 3660;

std::unexpected<Error> bad(std::string_view where, std::string message) {
  return fail(ErrorCode::InvalidArgument, fmt::format("{}: {}", where, message),
              std::string(where));
}

class Parser {
 public:
  explicit Parser(const Calendar& calendar) : calendar_(calendar) {}

  Result<Condition> parse(const json::value& v, const std::string& where, int depth) {
    if (depth > kDepthMax)
      return bad(where, fmt::format("nested deeper than {} levels", kDepthMax));
    WEIR_TRY(const json::object* o, json::as_object(v, where));
    if (o->size() != 1) {
      return bad(where,
                 "must have exactly one of and, or, not, profile, tag, done, not_done, sequence, "
                 "segment, consent, bucket");
    }
    std::string key(o->begin()->key());
    const json::value& body = o->begin()->value();
    std::string path = where + "." + key;
    if (key == "and" || key == "or") return group(key, body, path, depth);
    if (key == "not") {
      Condition c;
      c.kind = Condition::Kind::Not;
      WEIR_TRY(Condition child, parse(body, path, depth + 1));
      c.children.push_back(std::move(child));
      return c;
    }
    if (++leaves_ > kLeavesMax) return bad(where, fmt::format("more than {} leaves", kLeavesMax));
    return leaf(key, body, path);
  }

 private:
  Result<Condition> group(const std::string& key, const json::value& body, const std::string& path,
                          int depth) {
    if (!body.is_array()) return bad(path, "must be a list of conditions");
    Condition c;
    c.kind = key == "and" ? Condition::Kind::And : Condition::Kind::Or;
    size_t index = 0;
    for (const json::value& item : body.get_array()) {
      WEIR_TRY(Condition child, parse(item, fmt::format("{}[{}]", path, index++), depth + 1));
      c.children.push_back(std::move(child));
    }
    return c;
  }

  Result<Condition> leaf(const std::string& key, const json::value& body, const std::string& path) {
    Condition c;
    if (key == "segment") {
      if (!body.is_string()) return bad(path, "must be a segment id");
      c.kind = Condition::Kind::Segment;
      c.name = json::view(body.get_string());
      return c;
    }
    WEIR_TRY(const json::object* o, json::as_object(body, path));
    if (key == "profile") return profile(*o, path);
    if (key == "tag") {
      c.kind = Condition::Kind::Tag;
      WEIR_TRY(c.name, json::required_string(*o, "code", path));
      WEIR_CHECK_OK(comparison(*o, path, c, FilterOp::IsSet));
      return c;
    }
    if (key == "consent") {
      c.kind = Condition::Kind::Consent;
      WEIR_TRY(c.name, json::required_string(*o, "channel", path));
      c.purpose = json::optional_string(*o, "purpose", "marketing");
      c.state = json::optional_string(*o, "state", "granted");
      if (c.state != "granted" && c.state != "withdrawn" && c.state != "unknown") {
        return bad(path + ".state",
                   fmt::format("\"{}\" is not granted, withdrawn or unknown", c.state));
      }
      return c;
    }
    if (key == "bucket") {
      c.kind = Condition::Kind::Bucket;
      WEIR_TRY(c.name, json::required_string(*o, "salt", path));
      c.bucket_from = static_cast<int>(json::optional_int(*o, "from", 0));
      c.bucket_to = static_cast<int>(json::optional_int(*o, "to", 10000));
      if (c.bucket_from < 0 || c.bucket_to > 10000 || c.bucket_from > c.bucket_to) {
        return bad(path, "from and to must lie in 0…10000 with from ≤ to");
      }
      return c;
    }
    if (key == "done" || key == "not_done") return done(*o, path, key == "not_done");
    if (key == "sequence") return sequence(*o, path);
    return bad(path,
               fmt::format("condition \"{}\" is unknown; use and, or, not, profile, tag, done, "
                           "not_done, sequence, segment, consent or bucket",
                           key));
  }

  Result<Condition> profile(const json::object& o, const std::string& path) {
    Condition c;
    c.kind = Condition::Kind::Profile;
    WEIR_TRY(c.name, json::required_string(o, "prop", path));
    if (c.name.starts_with("profile.")) c.name.erase(0, 8);
    WEIR_CHECK_OK(comparison(o, path, c, std::nullopt));
    return c;
  }

  Status comparison(const json::object& o, const std::string& path, Condition& c,
                    std::optional<FilterOp> fallback) {
    if (const json::value* op = json::find(o, "op")) {
      if (!op->is_string()) return bad(path + ".op", "must be a string like eq or gte");
      WEIR_TRY(c.op, parse_filter_op(json::view(op->get_string())));
    } else if (fallback) {
      c.op = *fallback;
    } else {
      return bad(path + ".op", "is missing; use eq, neq, in, gte …");
    }
    const json::value* value = json::find(o, "value");
    if (value == nullptr) {
      if (c.op == FilterOp::IsSet || c.op == FilterOp::IsNotSet) return {};
      return bad(path + ".value", "is missing");
    }
    if (value->is_array()) {
      for (const json::value& item : value->get_array())
        c.operands.push_back(value_from_json(item));
    } else {
      c.operands.push_back(value_from_json(*value));
    }
    return {};
  }

  Result<Condition> done(const json::object& o, const std::string& path, bool negated) {
    Condition c;
    c.kind = Condition::Kind::Done;
    WEIR_CHECK_OK(event_names(o, path, c.events));
    WEIR_TRY(c.filter, parse_filter(json::find(o, "filter"), path + ".filter"));
    WEIR_TRY(c.window, parse_window(json::find(o, "window"), path + ".window", calendar_));
    WEIR_CHECK_OK(aggregate(o, path, c));
    c.op = FilterOp::Gte;
    c.operands = {Value(int64_t{1})};
    if (!negated && json::find(o, "value") != nullptr) {
      c.operands.clear();
      WEIR_CHECK_OK(comparison(o, path, c, FilterOp::Gte));
    }
    if (!negated) return c;
    Condition outer;
    outer.kind = Condition::Kind::Not;
    outer.children.push_back(std::move(c));
    return outer;
  }

  /// SG4. Steps by hold values and without events in between are a funnel's.
  Result<Condition> sequence(const json::object& o, const std::string& path) {
    Condition c;
    c.kind = Condition::Kind::Sequence;
    const json::value* steps = json::find(o, "steps");
    if (steps == nullptr || !steps->is_array()) return bad(path + ".steps", "must be a list");
    for (const json::value& item : steps->get_array()) {
      std::string where = fmt::format("{}.steps[{}]", path, c.steps.size());
      WEIR_TRY(const json::object* step, json::as_object(item, where));
      Condition::Step& out = c.steps.emplace_back();
      WEIR_CHECK_OK(event_names(*step, where, out.events));
      WEIR_TRY(out.filter, parse_filter(json::find(*step, "filter"), where + ".filter"));
    }
    if (c.steps.size() < 2 || c.steps.size() > kSequenceStepsMax)
      return bad(path + ".steps", fmt::format("must be 2 to {} steps", kSequenceStepsMax));
    if (json::find(o, "within") != nullptr) {
      WEIR_TRY(std::string within, json::required_string(o, "within", path));
      auto length = parse_duration(within);
      if (!length || *length <= 0)
        return bad(path + ".within", fmt::format("\"{}\" is not a duration like P1D", within));
      c.within_ms = *length;
    }
    c.then_not = json::optional_bool(o, "then_not", false);
    if (c.then_not && c.steps.size() != 2)
      return bad(path + ".steps", "then_not has two steps: what was done, and what did not follow");
    for (const char* later : {"hold", "immediately"}) {
      if (json::find(o, later) != nullptr)
        return bad(path + "." + later, "is not available in segments; use a strict funnel");
    }
    WEIR_TRY(c.window, parse_window(json::find(o, "window"), path + ".window", calendar_));
    return c;
  }

  Status event_names(const json::object& o, const std::string& path,
                     std::vector<std::string>& names) {
    if (const json::value* events = json::find(o, "events");
        events != nullptr && events->is_array()) {
      for (const json::value& e : events->get_array()) {
        if (!e.is_string()) return bad(path + ".events", "must be event names");
        names.emplace_back(json::view(e.get_string()));
      }
      if (!names.empty()) return {};
    }
    WEIR_TRY(std::string event, json::required_string(o, "event", path));
    names.push_back(std::move(event));
    return {};
  }

  Status aggregate(const json::object& o, const std::string& path, Condition& c) {
    static constexpr std::array<std::pair<std::string_view, Condition::Agg>, 7> kAggs = {{
        {"count", Condition::Agg::Count},
        {"sum", Condition::Agg::Sum},
        {"avg", Condition::Agg::Avg},
        {"min", Condition::Agg::Min},
        {"max", Condition::Agg::Max},
        {"distinct", Condition::Agg::Distinct},
        {"days", Condition::Agg::Days},
    }};
    std::string name = json::optional_string(o, "agg", "count");
    bool known = false;
    for (const auto& [text, agg] : kAggs) {
      if (text == name) {
        c.agg = agg;
        known = true;
      }
    }
    if (!known)
      return bad(path + ".agg",
                 fmt::format("\"{}\" is not count, sum, avg, min, max, distinct or days", name));
    if (c.agg != Condition::Agg::Count && c.agg != Condition::Agg::Days) {
      WEIR_TRY(c.agg_prop, json::required_string(o, "prop", path));
      if (c.agg_prop.starts_with("event.")) c.agg_prop.erase(0, 6);
    }
    return {};
  }

  const Calendar& calendar_;
  int leaves_ = 0;
};

}  // namespace

Result<Window> parse_window(const json::value* window, std::string_view where,
                            const Calendar& calendar) {
  Window w;
  if (window == nullptr || window->is_null()) return w;
  if (window->is_string() && json::view(window->get_string()) == "ever") return w;
  WEIR_TRY(const json::object* o, json::as_object(*window, where));
  for (auto [key, kind] :
       {std::pair{"last", Window::Kind::LastDays}, {"past", Window::Kind::PastDays}}) {
    if (json::find(*o, key) == nullptr) continue;
    WEIR_TRY(int64_t n, json::required_int(*o, key, where));
    std::string unit = json::optional_string(*o, "unit", "day");
    if (n < 1 || n > kWindowDaysMax)
      return bad(where, fmt::format("{} must be 1…{}", key, kWindowDaysMax));
    if (unit == "day" || unit == "week") {
      w.kind = kind;
      w.days = static_cast<int>(unit == "week" ? n * 7 : n);
      return w;
    }
    if (kind == Window::Kind::LastDays && (unit == "hour" || unit == "minute")) {
      w.kind = Window::Kind::Rolling;  // G2: hours and minutes are rolling
      w.length_ms = n * (unit == "hour" ? kHourMs : kMinuteMs);
      return w;
    }
    return bad(where, fmt::format("unit \"{}\" is not day, week, hour or minute", unit));
  }
  if (json::find(*o, "rolling") != nullptr) {
    WEIR_TRY(std::string text, json::required_string(*o, "rolling", where));
    WEIR_TRY(w.length_ms, parse_duration(text));
    w.kind = Window::Kind::Rolling;
    return w;
  }
  WEIR_TRY(std::string from, json::required_string(*o, "from", where));
  WEIR_TRY(std::string to, json::required_string(*o, "to", where));
  WEIR_TRY(w.from, calendar.parse_date(from));
  WEIR_TRY(TimeMs last_day, calendar.parse_date(to));
  w.to = calendar.day_start(calendar.day_number(last_day) + 1);
  if (w.to <= w.from) return bad(where, "from must not be after to");
  w.kind = Window::Kind::Absolute;
  return w;
}

Result<Condition> parse_condition(const json::value& definition, std::string_view where,
                                  const Calendar& calendar) {
  Parser parser(calendar);
  return parser.parse(definition, std::string(where), 1);
}

}  // namespace weir
