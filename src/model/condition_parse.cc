#include "model/condition.h"

#include <fmt/format.h>

#include <array>
#include <optional>

namespace weir {
namespace {

constexpr int kDepthMax = 6;    // SG1
constexpr int kLeavesMax = 50;  // SG1

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
                 "segment, list, consent, bucket");
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
    if (key == "segment" || key == "list") {
      if (!body.is_string()) return bad(path, fmt::format("must be the id of a {}", key));
      c.kind = Condition::Kind::Segment;
      c.listed = key == "list";
      c.name = json::view(body.get_string());
      return c;
    }
    if (key == "group" || key == "guide") {
      return bad(path,
                 fmt::format("\"{}\" asks about {}, which Weir does not keep yet; use a tag "
                             "or a list of people",
                             key, key == "group" ? "group chats" : "guides and their rosters"));
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
      if (json::find(*o, "fixed") != nullptr) {
        return bad(
            path + ".fixed",
            "a fixed number is a sample of people, not a property of one; use from and to for a "
            "share of them");
      }
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
                           "not_done, sequence, segment, list, consent or bucket",
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

  /// SG4.
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
    c.immediately = json::optional_bool(o, "immediately", false);
    if (c.immediately && c.then_not)
      return bad(path + ".immediately", "does not go with then_not; leave one of them out");
    WEIR_CHECK_OK(held(o, path, c));
    WEIR_TRY(c.window, parse_window(json::find(o, "window"), path + ".window", calendar_));
    return c;
  }

  /// FN8: "sku" is one property of all steps, ["sku","item"] one of each.
  Status held(const json::object& o, const std::string& path, Condition& c) {
    const json::value* hold = json::find(o, "hold");
    if (hold == nullptr || hold->is_null()) return {};
    std::string where = path + ".hold";
    const json::array* groups = hold->if_array();
    if (groups == nullptr || groups->size() > kSequenceHoldsMax)
      return bad(where, fmt::format("must be a list of at most {} properties", kSequenceHoldsMax));
    for (const json::value& group : *groups) {
      std::vector<std::string>& names = c.hold.emplace_back();
      for (size_t step = 0; step < c.steps.size(); ++step) {
        const json::value* name = &group;
        if (const json::array* each = group.if_array())
          name = each->size() == c.steps.size() ? &(*each)[step] : nullptr;
        if (name == nullptr || !name->is_string())
          return bad(where, "must be names of event properties, one for all steps or one for each");
        std::string_view text = json::view(name->get_string());
        names.emplace_back(text.starts_with("event.") ? text.substr(6) : text);
      }
    }
    return {};
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

Result<Condition> parse_condition(const json::value& definition, std::string_view where,
                                  const Calendar& calendar) {
  Parser parser(calendar);
  return parser.parse(definition, std::string(where), 1);
}

}  // namespace weir
