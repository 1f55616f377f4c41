// Saved questions, boards and cost tables: definitions that are read back as they were put.

#include "api/definitions.h"
#include "api/routes.h"

namespace weir::api {
namespace {

json::value parsed(const std::string& text) {
  auto body = json::parse(text);
  return body ? *std::move(body) : json::value(nullptr);
}

json::object render_question(const boards::Saved& saved) {
  json::value body = parsed(saved.body);
  json::value query = body.is_object() ? body.get_object()["query"] : json::value(nullptr);
  return {{"id", saved.id},
          {"name", saved.name},
          {"version", saved.version},
          {"updated_at", saved.updated_at},
          {"query", std::move(query)}};
}

json::object render_board(const boards::Saved& saved) {
  return {{"id", saved.id},
          {"name", saved.name},
          {"version", saved.version},
          {"updated_at", saved.updated_at},
          {"def", parsed(saved.body)}};
}

json::object cost_header(const boards::Saved& saved, json::array& rows) {
  json::value body = parsed(saved.body);
  if (body.is_object()) rows = std::move(body.get_object()["rows"].get_array());
  return {{"id", saved.id},
          {"name", saved.name},
          {"version", saved.version},
          {"updated_at", saved.updated_at},
          {"row_count", rows.size()}};
}

json::object render_cost_table(const boards::Saved& saved) {
  json::array rows;
  json::object out = cost_header(saved, rows);
  out["rows"] = std::move(rows);
  return out;
}

void list_cost_tables(Services& s, const Request&, Reply reply) {
  s.gate.run([&s, reply = std::move(reply)] {
    json::array all, rows;
    for (const auto& saved : s.boards.cost_tables()) all.push_back(cost_header(saved, rows));
    reply(json::object{{"cost_tables", all}});
  });
}

void list_questions(Services& s, const Request&, Reply reply) {
  s.gate.run([&s, reply = std::move(reply)] {
    json::array all;
    for (const auto& saved : s.boards.questions()) all.push_back(render_question(saved));
    reply(json::object{{"questions", all}});
  });
}

void list_boards(Services& s, const Request&, Reply reply) {
  s.gate.run([&s, reply = std::move(reply)] {
    json::array all;
    for (const auto& saved : s.boards.boards()) all.push_back(render_board(saved));
    reply(json::object{{"boards", all}});
  });
}

using Find = Result<boards::Saved> (boards::Boards::*)(std::string_view) const;
using Render = json::object (*)(const boards::Saved&);

Handler get(Services& s, Find find, Render render) {
  return [&s, find, render](const Request& request, Reply reply) {
    s.gate.run([&s, find, render, id = std::string(request.param("id")), reply = std::move(reply)] {
      auto saved = (s.boards.*find)(id);
      if (!saved) return reply(std::unexpected<Error>(saved.error()));
      reply(render(*saved));
    });
  };
}

Handler remove(Services& s, std::string type, Find find) {
  return [&s, type = std::move(type), find](const Request& request, Reply reply) {
    std::string id(request.param("id"));
    s.gate.run([&s, type, find, id, who = request.who, reply = std::move(reply)] {
      if (auto saved = (s.boards.*find)(id); !saved) {
        return reply(std::unexpected<Error>(saved.error()));
      }
      put_definition(s, who, type + "/" + id, nullptr, [reply](Status done) {
        if (!done) return reply(std::unexpected<Error>(done.error()));
        reply(json::object{{"deleted", true}});
      });
    });
  };
}

/// Appends a checked definition and answers with its version once it is folded.
void store(Services& s, const Operator& who, const std::string& type, std::string id,
           json::value body, Find find, Reply reply) {
  put_definition(s, who, type + "/" + id, std::move(body), [&s, id, find, reply](Status done) {
    if (!done) return reply(std::unexpected<Error>(done.error()));
    auto saved = (s.boards.*find)(id);
    if (!saved) return reply(std::unexpected<Error>(saved.error()));
    reply(json::object{{"id", id}, {"version", saved->version}});
  });
}

using Check = Status (*)(const json::value&);

/// Of definitions that name no other.
Handler put(Services& s, std::string type, Check check, Find find) {
  return [&s, type = std::move(type), check, find](const Request& request, Reply reply) {
    std::string id(request.param("id"));
    auto body = request.body();
    if (!body) return reply(std::unexpected<Error>(body.error()));
    json::value definition(*body);
    if (auto ok = check_id(id); !ok) return reply(std::unexpected<Error>(ok.error()));
    if (auto ok = check(definition); !ok) return reply(std::unexpected<Error>(ok.error()));
    store(s, request.who, type, id, std::move(definition), find, std::move(reply));
  };
}

void put_board(Services& s, const Request& request, Reply reply) {
  std::string id(request.param("id"));
  auto body = request.body();
  if (!body) return reply(std::unexpected<Error>(body.error()));
  json::value definition(*body);
  if (auto ok = check_id(id); !ok) return reply(std::unexpected<Error>(ok.error()));
  if (auto ok = boards::check_board(definition); !ok) {
    return reply(std::unexpected<Error>(ok.error()));
  }
  s.gate.run([&s, id, definition, who = request.who, reply = std::move(reply)] {
    if (auto ok = s.boards.check_references(definition); !ok) {
      return reply(std::unexpected<Error>(ok.error()));
    }
    store(s, who, "board", id, definition, &boards::Boards::board, reply);
  });
}

}  // namespace

void add_board_routes(Router& router, Services& s) {
  router.add("GET", "/api/questions", Permission::Read, route(s, list_questions));
  router.add("GET", "/api/questions/{id}", Permission::Read,
             get(s, &boards::Boards::question, render_question));
  router.add("PUT", "/api/questions/{id}", Permission::Write,
             put(s, "question", boards::check_question, &boards::Boards::question));
  router.add("DELETE", "/api/questions/{id}", Permission::Write,
             remove(s, "question", &boards::Boards::question));
  router.add("GET", "/api/boards", Permission::Read, route(s, list_boards));
  router.add("GET", "/api/boards/{id}", Permission::Read,
             get(s, &boards::Boards::board, render_board));
  router.add("PUT", "/api/boards/{id}", Permission::Write, route(s, put_board));
  router.add("DELETE", "/api/boards/{id}", Permission::Write,
             remove(s, "board", &boards::Boards::board));
  router.add("GET", "/api/cost-tables", Permission::Read, route(s, list_cost_tables));
  router.add("GET", "/api/cost-tables/{id}", Permission::Read,
             get(s, &boards::Boards::cost_table, render_cost_table));
  router.add("PUT", "/api/cost-tables/{id}", Permission::Write,
             put(s, "cost_table", boards::check_cost_table, &boards::Boards::cost_table));
  router.add("DELETE", "/api/cost-tables/{id}", Permission::Write,
             remove(s, "cost_table", &boards::Boards::cost_table));
}

}  // namespace weir::api
