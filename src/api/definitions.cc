#include "api/definitions.h"

#include "base/crypto.h"

#include <algorithm>
#include <cctype>

namespace weir::api {
namespace {

Envelope console_record(Services& s, RecordKind kind, std::string name) {
  Envelope record;
  record.kind = kind;
  record.trust = Trust::Verified;
  record.source = "console";
  record.name = std::move(name);
  record.event_time = s.env.clock().now();
  record.message_id = crypto::to_hex(s.env.random().bytes(16));
  return record;
}

}  // namespace

// Asks again between batches until the folds have passed `position`.
void after_folded(Services& s, Position position, std::function<void()> then) {
  s.gate.run([&s, position, then = std::move(then)] {
    if (s.pipeline.cursor() > position) return then();
    after_folded(s, position, then);
  });
}

Status check_id(std::string_view id) {
  bool good = !id.empty() && id.size() <= 64 &&
              std::all_of(id.begin(), id.end(),
                          [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; });
  if (good) return {};
  return fail(ErrorCode::InvalidArgument, "an id has 1…64 letters, digits, _ or -", "id");
}

void append_definitions(Services& s, const Operator& who, std::vector<NamedDefinition> definitions,
                        std::function<void(Result<Position>)> then) {
  std::vector<Envelope> batch;
  for (NamedDefinition& definition : definitions) {
    Envelope& record =
        batch.emplace_back(console_record(s, RecordKind::Definition, std::move(definition.name)));
    std::string text = definition.body.is_null() ? std::string() : json::to_text(definition.body);
    record.properties = {{"body", JsonText{std::move(text)}}, {"operator", who.username}};
  }
  s.appender.append(std::move(batch), std::move(then));
}

void put_definition(Services& s, const Operator& who, std::string name, json::value body,
                    std::function<void(Status)> then) {
  append_definitions(s, who, {{std::move(name), std::move(body)}},
                     [&s, then = std::move(then)](Result<Position> at) {
                       if (!at) return then(std::unexpected<Error>(at.error()));
                       after_folded(s, *at, [then] { then({}); });
                     });
}

void audit(Services& s, const Operator& who, std::string_view action, std::string_view target,
           std::function<void(Status)> then) {
  Envelope record = console_record(s, RecordKind::Track, "$audit");
  record.properties = {
      {"operator", who.username}, {"action", std::string(action)}, {"target", std::string(target)}};
  std::vector<Envelope> batch{std::move(record)};
  s.appender.append(std::move(batch), [then = std::move(then)](Result<Position> at) {
    if (!at) return then(std::unexpected<Error>(at.error()));
    then({});
  });
}

json::array render_changes(const std::vector<FieldChange>& changes) {
  auto value = [](const std::string& text) -> json::value {
    auto parsed = text.empty() ? json::value(nullptr) : json::parse(text);
    return parsed ? *std::move(parsed) : json::value(nullptr);
  };
  json::array out;
  for (const FieldChange& c : changes) {
    out.push_back(
        json::object{{"field", c.field}, {"before", value(c.before)}, {"after", value(c.after)}});
  }
  return out;
}

}  // namespace weir::api
