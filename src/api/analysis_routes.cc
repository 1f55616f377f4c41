#include "api/routes.h"
#include "api/static_segments.h"
#include "base/client_gone.h"
#include "base/crypto.h"

#include <algorithm>
#include <memory>

namespace weir::api {
namespace {

constexpr size_t kRowsPerStep = 50;  // persons a gate call: ingest waits behind it
constexpr std::string_view kCostTable = "table:";

/// Shows the persons of a drill as the people list shows them, a few a gate call.
struct PersonRows : std::enable_shared_from_this<PersonRows> {
  Services& services;
  json::object answer;
  Reply reply;
  size_t next = 0;

  PersonRows(Services& s, json::object a, Reply r)
      : services(s), answer(std::move(a)), reply(std::move(r)) {}

  void step() {
    services.gate.run([self = shared_from_this()] { self->fill(); });
  }

  void fill() {
    json::array& persons = answer.at("persons").get_array();
    for (size_t end = std::min(persons.size(), next + kRowsPerStep); next < end; ++next) {
      auto profile = parse_profile_id(json::view(persons[next].at("profile_id").get_string()));
      // Who was merged away since shows as what they are part of now.
      persons[next] = profile_row(services, services.identities.canonical(*profile));
    }
    if (next < persons.size()) return step();
    reply(json::value(std::move(answer)));
  }
};

/// {"save_as_segment":{"name","id"}}
Result<PeopleToSave> parse_save(const json::value& v, Random& random) {
  WEIR_TRY(const json::object* o, json::as_object(v, "save_as_segment"));
  PeopleToSave out;
  WEIR_TRY(out.header.name, json::required_string(*o, "name", "save_as_segment"));
  if (out.header.name.empty() || out.header.name.size() > 200) {
    return fail(ErrorCode::InvalidArgument, "\"save_as_segment.name\" must have 1…200 bytes",
                "save_as_segment.name");
  }
  out.id = json::optional_string(*o, "id");
  if (out.id.empty()) out.id = "saved_" + crypto::to_hex(random.bytes(6));
  WEIR_CHECK_OK(check_id(out.id));
  return out;
}

/// One page of people. Looking at them is written down before they are shown, once per list.
std::string answer_page(Services& s, json::object query, const Operator& who, Reply reply,
                        json::value saved) {
  const json::value* cursor = json::find(query, "cursor");
  bool first = cursor == nullptr || cursor->is_null();
  auto answered = [&s, who, first, reply, saved = std::move(saved)](Result<json::value> answer) {
    if (!answer) return reply(std::move(answer));
    json::object out = std::move(answer->get_object());
    if (!saved.is_null()) out["segment"] = saved;
    std::string target = json::to_text(out.at("of"));
    auto rows = std::make_shared<PersonRows>(s, std::move(out), reply);
    if (!first) return rows->step();
    audit(s, who, "drill", target, [rows](Status done) {
      if (!done) return rows->reply(std::unexpected<Error>(done.error()));
      rows->step();
    });
  };
  return s.analyst.answer(std::move(query), who.username, std::move(answered));
}

/// Everybody behind the number becomes a static segment; then the page is answered.
void save_drill(Services& s, const Operator& who, json::object query, const Reply& reply) {
  auto save = parse_save(query.at("save_as_segment"), s.env.random());
  if (!save) return reply(std::unexpected<Error>(save.error()));
  if (who.role == "viewer") {
    return reply(fail(ErrorCode::PermissionDenied,
                      "your role \"viewer\" may not save segments; leave save_as_segment out"));
  }
  query.erase("save_as_segment");
  s.analyst.people(
      query, who.username,
      [&s, who, query, reply, save = *std::move(save)](Result<analytics::DrillPeople> found) {
        if (!found) return reply(std::unexpected<Error>(found.error()));
        PeopleToSave list = save;
        list.people = std::move(found->people);
        list.header.as_of = found->as_of;
        list.header.origin = json::to_text(json::object{
            {"query_hash", found->query_hash}, {"query", found->question}, {"of", found->of}});
        // The page is of the same people, by the hash that stands for the same as_of.
        json::object page = query;
        page["as_of"] = nullptr;
        page["of"] = found->of;
        page.at("of").get_object()["query_hash"] = found->query_hash;
        json::object saved{
            {"id", list.id}, {"name", list.header.name}, {"count", list.people.size()}};
        save_people(s, who, std::move(list), [&s, who, page, reply, saved](Status done) {
          if (!done) return reply(std::unexpected<Error>(done.error()));
          answer_page(s, page, who, reply, saved);
        });
      });
}

/// Asks, or takes a number apart into people. Returns the key by which it can be cancelled; empty
/// for what is answered step by step.
std::string ask(Services& s, json::object query, const Operator& who, Reply reply) {
  if (json::optional_string(query, "kind") != "drill")
    return s.analyst.answer(std::move(query), who.username, std::move(reply));
  const json::value* save = json::find(query, "save_as_segment");
  if (save == nullptr || save->is_null())
    return answer_page(s, std::move(query), who, std::move(reply), nullptr);
  save_drill(s, who, std::move(query), reply);
  return {};
}

/// The rows of the table take the place of its name, so that the answer is of what they say now.
void ask_with_costs(Services& s, const std::string& table, json::object query, const Operator& who,
                    Reply reply) {
  if (json::optional_string(query, "query_id").empty())
    query["query_id"] = crypto::to_hex(s.env.random().bytes(8));
  std::string id = json::optional_string(query, "query_id");
  s.gate.run([&s, table, query = std::move(query), who, reply = std::move(reply)]() mutable {
    auto saved = s.boards.cost_table(table);
    if (!saved) {
      return reply(fail(ErrorCode::InvalidArgument,
                        "\"cost\": there is no cost table \"" + table + "\"", "cost"));
    }
    auto body = json::parse(saved->body);
    if (!body) return reply(std::unexpected<Error>(body.error()));
    query["cost"] = std::move(body->get_object()["rows"]);
    ask(s, std::move(query), who, std::move(reply));
  });
  on_client_gone([&s, id] { s.analyst.cancel(id); });
}

void query(Services& s, const Request& request, Reply reply) {
  auto body = request.body();
  if (!body) return reply(std::unexpected<Error>(body.error()));
  std::string cost = json::optional_string(*body, "cost");
  if (cost.starts_with(kCostTable)) {
    return ask_with_costs(s, cost.substr(kCostTable.size()), *std::move(body), request.who,
                          std::move(reply));
  }
  if (json::value* of = body->if_contains("of"); of != nullptr && of->is_object()) {
    // Costs have no people behind them.
    json::value* inner = of->get_object().if_contains("query");
    if (inner != nullptr && inner->is_object()) inner->get_object().erase("cost");
  }
  std::string id = ask(s, *std::move(body), request.who, std::move(reply));
  // Nobody waits for the answer of a connection that was closed.
  if (!id.empty()) on_client_gone([&s, id] { s.analyst.cancel(id); });
}

bool may_see(const Operator& who, const QueryState& state) {
  return state.owner == who.username || who.role == "admin";
}

json::object render(const QueryState& state) {
  return {{"query_id", state.id},
          {"owner", state.owner},
          {"kind", state.kind},
          {"state", state.running ? "running" : "waiting"},
          {"submitted_at", state.submitted_at},
          {"running_ms", state.running_ms},
          {"passes", state.passes},
          {"share", state.share}};
}

void live_queries(Services& s, const Request& request, Reply reply) {
  json::array all;
  for (const QueryState& state : s.analyst.list()) {
    if (may_see(request.who, state)) all.push_back(render(state));
  }
  reply(json::object{{"queries", std::move(all)}});
}

/// One that the caller may see; NotFound also for those of others.
Result<QueryState> find_query(Services& s, const Request& request) {
  std::string_view id = request.param("id");
  for (QueryState& state : s.analyst.list()) {
    if (state.id == id && may_see(request.who, state)) return std::move(state);
  }
  return fail(ErrorCode::NotFound, "no question with this id waits or runs", "id");
}

void live_query(Services& s, const Request& request, Reply reply) {
  auto state = find_query(s, request);
  if (!state) return reply(std::unexpected<Error>(state.error()));
  reply(render(*state));
}

void cancel_query(Services& s, const Request& request, Reply reply) {
  auto state = find_query(s, request);
  if (!state) return reply(std::unexpected<Error>(state.error()));
  reply(json::object{{"cancelled", s.analyst.cancel(state->id)}});
}

json::array trait_part(Services& s) {
  json::array traits;
  for (const auto& t : s.profiles.registry()) {
    bool registered = t.rule.has_value();
    // Of the values that there are: that is what conditions compare.
    bool dated = registered && t.rule->type == TraitType::Date;
    std::string type = !t.type.empty() ? t.type
                       : dated         ? "text"
                                       : std::string(to_string(t.rule->type));
    traits.push_back(json::object{{"name", t.name},
                                  {"type", type},
                                  {"data_class", t.data_class},
                                  {"name_zh", registered ? t.rule->name_zh : ""},
                                  {"name_en", registered ? t.rule->name_en : ""}});
  }
  return traits;
}

void schema(Services& s, const Request&, Reply reply) {
  s.gate.run([&s, reply = std::move(reply)] {
    s.analyst.schema([traits = trait_part(s), reply](Result<json::value> answer) {
      if (!answer) return reply(std::unexpected<Error>(answer.error()));
      json::object out = std::move(answer->get_object());
      out["traits"] = traits;
      reply(json::value(std::move(out)));
    });
  });
}

}  // namespace

void add_analysis_routes(Router& router, Services& s) {
  router.add("POST", "/api/query", Permission::Read, route(s, query));
  router.add("GET", "/api/query", Permission::Read, route(s, live_queries));
  router.add("GET", "/api/query/{id}", Permission::Read, route(s, live_query));
  router.add("DELETE", "/api/query/{id}", Permission::Read, route(s, cancel_query));
  router.add("GET", "/api/schema", Permission::Read, route(s, schema));
}

}  // namespace weir::api
