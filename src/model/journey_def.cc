#include "model/journey_def.h"

#include "model/facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace weir {
namespace {

/// `"since":"entry"` travels through the shared condition parser as this window, which nobody
/// writes.
constexpr std::string_view kSinceEntryText = "P3649DT23H59M59S";
constexpr DurationMs kSinceEntryLength = 3650 * kDayMs - kSecondMs;
constexpr size_t kChainMax = 8;
constexpr size_t kIdMax = 64;

struct NodeTypeName {
  std::string_view text;
  NodeType type;
  std::vector<std::string_view> outcomes;
};
const std::array<NodeTypeName, 7>& node_types() {
  static const std::array<NodeTypeName, 7> kTypes = {{
      {"wait", NodeType::Wait, {"done"}},
      {"wait_event", NodeType::WaitEvent, {"matched", "timeout"}},
      {"branch", NodeType::Branch, {}},
      {"split", NodeType::Split, {}},
      {"send", NodeType::Send, {"sent", "failed", "suppressed"}},
      {"issue_coupon",
       NodeType::IssueCoupon,
       {"ok", "already_owned", "out_of_stock", "budget_exhausted"}},
      {"exit", NodeType::Exit, {}},
  }};
  return kTypes;
}

/// Replaces "since":"entry" inside a condition, which the shared grammar does not know.
void rewrite_since_entry(json::value& v) {
  if (v.is_array()) {
    for (json::value& item : v.get_array()) rewrite_since_entry(item);
  } else if (v.is_object()) {
    json::object& o = v.get_object();
    if (json::optional_string(o, "since") == "entry") {
      o["window"] = json::object{{"rolling", std::string(kSinceEntryText)}};
    }
    for (auto& member : o) rewrite_since_entry(member.value());
  }
}

void mark_since_entry(Condition& condition) {
  Window& w = condition.window;
  if (w.kind == Window::Kind::Rolling && w.length_ms == kSinceEntryLength) {
    w = Window{};
    w.kind = Window::Kind::Absolute;
    w.from = w.to = -1;
  }
  for (Condition& child : condition.children) mark_since_entry(child);
}

void collect_placeholders(const json::value& v, std::set<std::string>& out) {
  if (v.is_array()) {
    for (const json::value& item : v.get_array()) collect_placeholders(item, out);
  } else if (v.is_object()) {
    for (const auto& member : v.get_object()) collect_placeholders(member.value(), out);
  } else if (v.is_string()) {
    std::string_view text = json::view(v.get_string());
    for (size_t open = text.find("${"); open != text.npos; open = text.find("${", open + 2)) {
      size_t close = text.find('}', open);
      if (close == text.npos) return;
      out.emplace(text.substr(open + 2, close - open - 2));
    }
  }
}

bool valid_id(std::string_view id) {
  if (id.empty() || id.size() > kIdMax) return false;
  return std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

/// Reads a definition and keeps going after a problem, so that the author sees all of them.
class Parser {
 public:
  explicit Parser(std::vector<Error>& problems) : problems_(problems) {}

  JourneyDef parse(const json::value& document) {
    if (!document.is_object()) {
      problem("", "a journey must be a JSON object");
      return std::move(def_);
    }
    const json::object& o = document.get_object();
    header(o);
    trigger(section(o, "trigger", true));
    entry(section(o, "entry", false));
    holdout(section(o, "holdout", false));
    goal(section(o, "goal", false));
    exit_when(json::find(o, "exit_when"));
    policy(section(o, "policy", false));
    nodes(section(o, "nodes", true));
    collect_placeholders(document, def_.placeholders);
    // Only a graph that could be read is worth checking.
    if (!def_.nodes.empty()) check_graph(def_, problems_);
    return std::move(def_);
  }

 private:
  void problem(const std::string& where, const std::string& message) {
    problems_.push_back(
        {ErrorCode::InvalidArgument, where.empty() ? message : where + ": " + message, where});
  }
  /// The value, or the fallback after noting the problem.
  template <class T>
  T take(Result<T> result, const std::string& where, T fallback = {}) {
    if (result) return *std::move(result);
    problems_.push_back(result.error());
    if (problems_.back().field.empty()) {
      problems_.back().field = where;
      problems_.back().message = where + ": " + problems_.back().message;
    }
    return fallback;
  }

  const json::object* section(const json::object& o, std::string_view key, bool required) {
    const json::value* v = json::find(o, key);
    if (v == nullptr || v->is_null()) {
      if (required) problem(std::string(key), "is missing");
      return nullptr;
    }
    if (!v->is_object()) {
      problem(std::string(key), "must be an object");
      return nullptr;
    }
    return &v->get_object();
  }

  std::string text(const json::object& o, std::string_view key, const std::string& where) {
    return take(json::required_string(o, key, where), where);
  }
  DurationMs duration(const json::object& o, std::string_view key, const std::string& where,
                      std::optional<DurationMs> fallback = std::nullopt) {
    if (json::find(o, key) == nullptr && fallback) return *fallback;
    auto raw = json::required_string(o, key, where);
    std::string path = where + "." + std::string(key);
    if (!raw) {
      take(std::move(raw), path);
      return 0;
    }
    return take(parse_duration(*raw), path);
  }
  int64_t number(const json::object& o, std::string_view key, const std::string& where,
                 int64_t fallback, int64_t min, int64_t max) {
    if (json::find(o, key) == nullptr) return fallback;
    std::string path = where + "." + std::string(key);
    int64_t value = take(json::required_int(o, key, where), path, fallback);
    if (value < min || value > max)
      problem(path, fmt::format("{} is not in {}…{}", value, min, max));
    return value;
  }
  Filter filter(const json::object& o, const std::string& where) {
    return take(parse_filter(json::find(o, "filter"), where + ".filter"), where + ".filter");
  }
  Condition condition(const json::value& v, const std::string& where) {
    json::value copy = v;
    rewrite_since_entry(copy);
    Condition c = take(parse_condition(copy, where, Calendar::shanghai()), where);
    mark_since_entry(c);
    return c;
  }
  void listen(const std::string& event) {
    if (!event.empty()) def_.events.insert(event);
  }

  void header(const json::object& o) {
    if (std::string schema = json::optional_string(o, "schema"); schema != "weir.journey/1") {
      problem("schema", fmt::format("\"{}\" is not weir.journey/1", schema));
    }
    def_.id = text(o, "id", "");
    if (!def_.id.empty() && !valid_id(def_.id)) {
      problem("id",
              fmt::format("\"{}\" may have letters, digits, _ and -, at most {}", def_.id, kIdMax));
    }
    def_.name = json::optional_string(o, "name", def_.id);
    def_.version = static_cast<uint32_t>(number(o, "version", "", 1, 1, UINT32_MAX));
    def_.start = text(o, "start", "");
    if (std::string subject = json::optional_string(o, "subject", "person"); subject != "person") {
      problem("subject", fmt::format("\"{}\" is not supported yet; use person", subject));
    }
  }

  void trigger(const json::object* o) {
    if (o == nullptr) return;
    std::string type = json::optional_string(*o, "type", "event");
    def_.max_age_ms = duration(*o, "max_age", "trigger", kDayMs);
    def_.trigger_filter = filter(*o, "trigger");
    if (type == "event") {
      def_.trigger_event = text(*o, "event", "trigger");
    } else if (type == "segment_enter" || type == "segment_exit") {
      bool enter = type == "segment_enter";
      def_.trigger = enter ? JourneyDef::Trigger::SegmentEnter : JourneyDef::Trigger::SegmentExit;
      def_.trigger_event = enter ? facts::kSegmentEntered : facts::kSegmentLeft;
      def_.trigger_subject = text(*o, "segment", "trigger");
      def_.definition_changes = json::optional_bool(*o, "include_definition_changes", false);
    } else if (type == "tag_changed") {
      def_.trigger = JourneyDef::Trigger::TagChanged;
      def_.trigger_event = facts::kTagChanged;
      def_.trigger_subject = text(*o, "tag", "trigger");
    } else {
      problem("trigger.type", fmt::format("\"{}\" is not supported yet; use event, segment_enter, "
                                          "segment_exit or tag_changed",
                                          type));
    }
    listen(def_.trigger_event);
  }

  void entry(const json::object* o) {
    if (o == nullptr) return;
    def_.key = json::optional_string(*o, "key");
    if (!def_.key.empty() && !def_.key.starts_with("event.")) {
      problem(
          "entry.key",
          fmt::format("\"{}\" must be a property of the trigger, like event.order_id", def_.key));
    }
    def_.concurrency = static_cast<int>(number(*o, "concurrency", "entry", 1, 1, 100));
    def_.purpose = json::optional_string(*o, "purpose", "marketing");
    def_.restart = json::optional_bool(*o, "restart", false);
    if (const json::value* audience = json::find(*o, "audience")) {
      def_.audience = condition(*audience, "entry.audience");
    }
    const json::value* limit = json::find(*o, "limit");
    if (limit == nullptr) return;
    auto limit_object = json::as_object(*limit, "entry.limit");
    if (!limit_object) {
      problem("entry.limit", "must be an object like {\"mode\":\"once_per\",\"period\":\"P7D\"}");
      return;
    }
    std::string mode = text(**limit_object, "mode", "entry.limit");
    def_.after_exit = json::optional_bool(**limit_object, "after_exit", false);
    if (mode == "once") {
      def_.limit = JourneyDef::Limit::Once;
    } else if (mode == "once_per") {
      def_.limit = JourneyDef::Limit::OncePer;
      def_.limit_period_ms = duration(**limit_object, "period", "entry.limit");
    } else if (mode != "unlimited") {
      problem("entry.limit.mode", fmt::format("\"{}\" is not once, once_per or unlimited", mode));
    }
  }

  void holdout(const json::object* o) {
    def_.salt = def_.id;
    if (o == nullptr) return;
    def_.global_holdout = json::optional_bool(*o, "global", true);
    def_.salt = json::optional_string(*o, "salt", def_.id);
    def_.control_share = share(*o, "control_pct", "holdout");
  }

  /// A percentage (whole or with decimals) as a number of the 10,000 buckets.
  int share(const json::object& o, std::string_view key, const std::string& where) {
    const json::value* v = json::find(o, key);
    if (v == nullptr) return 0;
    double percent = v->is_number() ? v->to_number<double>() : -1;
    if (percent < 0 || percent > 100) {
      problem(where + "." + std::string(key), "must be a percentage from 0 to 100");
      return 0;
    }
    return static_cast<int>(std::lround(percent * 100));
  }

  void goal(const json::object* o) {
    if (o == nullptr) return;
    JourneyDef::Goal g;
    g.event = text(*o, "event", "goal");
    g.filter = filter(*o, "goal");
    g.window_ms = duration(*o, "window", "goal", 7 * kDayMs);
    g.exit = json::optional_bool(*o, "exit", true);
    listen(g.event);
    def_.goal = std::move(g);
  }

  void exit_when(const json::value* v) {
    if (v == nullptr || v->is_null()) return;
    if (!v->is_array()) {
      problem("exit_when", "must be a list");
      return;
    }
    for (size_t i = 0; i < v->get_array().size(); ++i) {
      std::string where = fmt::format("exit_when[{}]", i);
      auto o = json::as_object(v->get_array()[i], where);
      if (!o) {
        take(std::move(o), where);
        continue;
      }
      JourneyDef::ExitWhen exit;
      if (json::find(**o, "segment") != nullptr) {
        exit.segment = text(**o, "segment", where);
        def_.exit_segments.insert(exit.segment);
        listen(std::string(facts::kSegmentEntered));
      } else {
        exit.event = text(**o, "event", where);
        exit.filter = filter(**o, where);
        listen(exit.event);
      }
      def_.exit_when.push_back(std::move(exit));
    }
  }

  void policy(const json::object* o) {
    if (o == nullptr) return;
    def_.category = json::optional_string(*o, "category", "marketing");
    def_.priority = static_cast<int>(number(*o, "priority", "policy", 50, 0, 100));
    def_.caps = json::optional_bool(*o, "caps", true);
    const json::value* quiet = json::find(*o, "quiet_hours");
    if (quiet == nullptr || quiet->is_null()) return;
    auto q = json::as_object(*quiet, "policy.quiet_hours");
    if (!q) {
      take(std::move(q), "policy.quiet_hours");
      return;
    }
    def_.quiet_hours.start_minute = minute(**q, "start");
    def_.quiet_hours.end_minute = minute(**q, "end");
    std::string action = json::optional_string(**q, "action", "defer");
    def_.quiet_hours.defer = action == "defer";
    if (action != "defer" && action != "drop") {
      problem("policy.quiet_hours.action", fmt::format("\"{}\" is not defer or drop", action));
    }
  }

  int minute(const json::object& o, std::string_view key) {
    std::string where = "policy.quiet_hours";
    std::string value = text(o, key, where);
    auto digit = [&](size_t i) { return value[i] >= '0' && value[i] <= '9' ? value[i] - '0' : 99; };
    if (value.size() == 5 && value[2] == ':') {
      int hour = digit(0) * 10 + digit(1), minutes = digit(3) * 10 + digit(4);
      if (hour < 24 && minutes < 60) return hour * 60 + minutes;
    }
    if (!value.empty()) {
      problem(where + "." + std::string(key),
              fmt::format("\"{}\" is not a time like 22:00", value));
    }
    return 0;
  }

  void nodes(const json::object* o) {
    if (o == nullptr) return;
    for (const auto& member : *o) {
      std::string id(member.key());
      std::string where = "nodes." + id;
      auto body = json::as_object(member.value(), where);
      if (!valid_id(id)) problem(where, "a node id may have letters, digits, _ and -");
      if (!body) {
        take(std::move(body), where);
        continue;
      }
      node(id, **body, where);
    }
    if (def_.nodes.empty()) problem("nodes", "needs at least one node");
  }

  void node(const std::string& id, const json::object& o, const std::string& where) {
    NodeDef n;
    n.id = id;
    std::string type = text(o, "type", where);
    const NodeTypeName* known = nullptr;
    for (const NodeTypeName& t : node_types()) {
      if (t.text == type) known = &t;
    }
    n.max_visits = static_cast<int>(number(o, "max_visits", where, 10, 1, 1000));
    if (known != nullptr) {
      n.type = known->type;
    } else if (!type.empty()) {
      problem(where + ".type",
              fmt::format("node type \"{}\" is not supported yet; use wait, wait_event, "
                          "branch, split, send, issue_coupon or exit",
                          type));
    }
    outcomes(n, o, where, known);
    if (known != nullptr) details(n, o, where);
    def_.nodes.emplace(id, std::move(n));
  }

  void outcomes(NodeDef& n, const json::object& o, const std::string& where,
                const NodeTypeName* known) {
    const json::value* on = json::find(o, "on");
    if (on == nullptr) return;
    if (!on->is_object()) {
      problem(where + ".on", "must be an object from outcome to node");
      return;
    }
    for (const auto& member : on->get_object()) {
      std::string outcome(member.key());
      bool fits = known == nullptr || std::find(known->outcomes.begin(), known->outcomes.end(),
                                                outcome) != known->outcomes.end();
      if (!fits) {
        problem(where + ".on",
                fmt::format("a {} node has no outcome \"{}\"", known->text, outcome));
      } else if (!member.value().is_string()) {
        problem(where + ".on." + outcome, "must be a node id");
      } else {
        n.on[outcome] = json::view(member.value().get_string());
      }
    }
  }

  void details(NodeDef& n, const json::object& o, const std::string& where) {
    switch (n.type) {
      case NodeType::Wait: n.duration_ms = duration(o, "for", where); break;
      case NodeType::WaitEvent:
        n.event = text(o, "event", where);
        n.filter = filter(o, where);
        n.duration_ms = duration(o, "timeout", where);
        listen(n.event);
        break;
      case NodeType::Branch:
      case NodeType::Split: cases(n, o, where); break;
      case NodeType::Send: send(n, o, where); break;
      case NodeType::IssueCoupon:
        n.coupon_template = text(o, "template", where);
        n.duration_ms = duration(o, "valid", where, 0);
        n.budget = json::optional_string(o, "budget");
        n.per_person = static_cast<int>(number(o, "per_person", where, 1, 1, 1000));
        break;
      case NodeType::Exit: n.reason = json::optional_string(o, "reason", "end"); break;
    }
  }

  void cases(NodeDef& n, const json::object& o, const std::string& where) {
    auto list = json::required_array(o, "cases", where);
    if (!list) {
      take(std::move(list), where + ".cases");
      return;
    }
    int total = 0;
    for (size_t i = 0; i < (*list)->size(); ++i) {
      std::string path = fmt::format("{}.cases[{}]", where, i);
      auto item = json::as_object((**list)[i], path);
      if (!item) {
        take(std::move(item), path);
        continue;
      }
      CaseDef c;
      c.to = text(**item, "to", path);
      if (n.type == NodeType::Split) {
        c.share = share(**item, "pct", path);
        total += c.share;
      } else if (const json::value* condition_json = json::find(**item, "if")) {
        c.condition = condition(*condition_json, path + ".if");
      } else {
        problem(path + ".if", "is missing");
      }
      n.cases.push_back(std::move(c));
    }
    if (n.type == NodeType::Split && total != 10000) {
      problem(where + ".cases",
              fmt::format("the pct add up to {}, they must add up to 100", total / 100.0));
    }
    if (n.type == NodeType::Branch) n.otherwise = json::optional_string(o, "else");
  }

  void send(NodeDef& n, const json::object& o, const std::string& where) {
    n.message = json::optional_string(o, "message", n.id);
    n.transactional = json::optional_bool(o, "transactional", false);
    if (const json::value* vars = json::find(o, "vars"); vars != nullptr && vars->is_object()) {
      for (const auto& member : vars->get_object()) {
        n.vars[std::string(member.key())] =
            member.value().is_string() ? std::string(json::view(member.value().get_string()))
                                       : json::to_text(member.value());
      }
    }
    auto chain = json::required_array(o, "chain", where);
    if (!chain) {
      take(std::move(chain), where + ".chain");
      return;
    }
    if ((*chain)->empty() || (*chain)->size() > kChainMax) {
      problem(where + ".chain", fmt::format("needs 1 to {} attempts", kChainMax));
    }
    for (size_t i = 0; i < (*chain)->size(); ++i) {
      std::string path = fmt::format("{}.chain[{}]", where, i);
      auto item = json::as_object((**chain)[i], path);
      if (!item) {
        take(std::move(item), path);
        continue;
      }
      n.chain.push_back(attempt(**item, path, i));
    }
  }

  AttemptSpec attempt(const json::object& o, const std::string& where, size_t index) {
    AttemptSpec a;
    a.channel = text(o, "channel", where);
    a.template_id = text(o, "template", where);
    a.receipt_timeout_ms = duration(o, "receipt_timeout", where, 10 * kMinuteMs);
    a.fallback_on_unknown = json::optional_bool(o, "fallback_on_unknown", false);
    a.staff = json::optional_string(o, "staff", "binding");
    if (a.staff != "binding" && a.staff != "nearest_store" && a.staff != "binding|nearest_store") {
      problem(
          where + ".staff",
          fmt::format("\"{}\" is not binding, nearest_store or binding|nearest_store", a.staff));
    }
    if (const json::value* when = json::find(o, "when"); when != nullptr && when->is_array()) {
      for (const json::value& reason : when->get_array()) {
        if (reason.is_string()) a.when.emplace_back(json::view(reason.get_string()));
      }
    }
    if (index > 0 && a.when.empty()) {
      problem(where + ".when",
              "is missing; list the reasons that lead here, or [\"*\"] for any failure");
    }
    return a;
  }

  std::vector<Error>& problems_;
  JourneyDef def_;
};

}  // namespace

std::string_view to_string(NodeType type) {
  for (const NodeTypeName& t : node_types()) {
    if (t.type == type) return t.text;
  }
  return "exit";
}

bool is_since_entry(const Window& window) {
  return window.kind == Window::Kind::Absolute && window.from == -1 && window.to == -1;
}

Result<JourneyDef> parse_journey(std::string_view text, std::vector<Error>* problems) {
  std::vector<Error> found;
  auto document = json::parse(text);
  if (!document) {
    found.push_back(document.error());
  } else {
    JourneyDef def = Parser(found).parse(*document);
    if (found.empty()) return def;
  }
  std::string message = found.size() == 1 ? "" : fmt::format("{} problems: ", found.size());
  for (size_t i = 0; i < found.size(); ++i) message += (i == 0 ? "" : "; ") + found[i].message;
  Error error{ErrorCode::InvalidArgument, std::move(message), found.front().field};
  if (problems != nullptr) *problems = std::move(found);
  return std::unexpected<Error>(std::move(error));
}

}  // namespace weir
