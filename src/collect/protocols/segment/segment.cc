#include "collect/protocols/segment/segment.h"

#include "base/url.h"
#include "collect/batch.h"
#include "collect/body.h"
#include "collect/protocols/segment/message.h"

#include <fmt/format.h>

#include <array>
#include <memory>

namespace weir::collect {
namespace {

constexpr BatchLimits kLimits{.item_bytes_max = 32 << 10};
constexpr std::string_view kPrefix = "/v1/";

struct Route {
  std::string_view path;  // after the prefix
  std::string_view type;  // of the one message; empty for batches
};
constexpr std::array kRoutes = {
    Route{"track", "track"}, Route{"identify", "identify"},
    Route{"page", "page"},   Route{"screen", "screen"},
    Route{"group", "group"}, Route{"alias", "alias"},
    Route{"batch", ""},      Route{"t", "track"},
    Route{"i", "identify"},  Route{"p", "page"},
    Route{"s", "screen"},    Route{"g", "group"},
    Route{"a", "alias"},     Route{"b", ""},
};

const Route* find_route(std::string_view path) {
  if (!path.starts_with(kPrefix)) return nullptr;
  path.remove_prefix(kPrefix.size());
  if (path.ends_with('/')) path.remove_suffix(1);
  for (const Route& route : kRoutes) {
    if (route.path == path) return &route;
  }
  return nullptr;
}

ReadItem reader(std::string_view type) {
  return [type](Json item, const ItemContext& context, ReadCounts& counts, Envelope& out) {
    return segment::read_message(item, type, context, counts, out);
  };
}

// Routes for one message name its type in the path; a replay has only the message.
void name_type(const JsonObject& message, std::string_view type, std::string& payload) {
  Json given;
  if (find(message, "type", given) || message.size() == 0) return;
  payload.insert(1, fmt::format("\"type\":\"{}\",", type));
}

HttpResponse success() {
  return HttpResponse::json(200, R"({"success":true})");
}

HttpResponse unauthorised() {
  return error_answer(401, "unauthenticated",
                      "the write key is missing or unknown; send it as the user name of Basic "
                      "authentication or as \"writeKey\" in the body",
                      "writeKey");
}

HttpResponse bad_request(const Refusal& refusal) {
  return error_answer(refusal.reason == reason::kTooLarge ? 413 : 400, refusal.reason,
                      refusal.message, refusal.field);
}

// Basic "key:", or "writeKey" in the query (beacons) or in the body.
const Source* find_source(const HttpRequest& request, const SourceRegistry& sources,
                          const JsonObject* body) {
  auto [user, password] = parse_basic_auth(request.headers.get("authorization"));
  if (!user.empty()) return sources.find(user);
  if (!request.query().empty()) {
    QueryString query(request.query());
    if (query.has("writeKey")) return sources.find(query.get("writeKey"));
  }
  std::string_view key;
  if (body != nullptr && find_string(*body, "writeKey", key)) return sources.find(key);
  return nullptr;
}

class Segment : public Protocol {
 public:
  std::string_view name() const override { return "segment"; }
  bool owns(std::string_view path) const override { return find_route(path) != nullptr; }
  HttpResponse busy(const Error& error) const override { return busy_answer(error); }

  Intake read(const HttpRequest& request, const SourceRegistry& sources,
              TimeMs now) const override {
    Intake intake;
    const Route& route = *find_route(request.path());
    if (request.method != "POST") {
      intake.answer = error_answer(405, "invalid_argument", "send this route by POST");
      intake.answer.headers.set("allow", "POST, OPTIONS");
      return intake;
    }
    auto body = plain_body(request, route.type.empty() ? kBatchBytesMax : kSingleBytesMax);
    if (!body) {
      bool large = body.error().code == ErrorCode::ResourceExhausted;
      intake.answer = error_answer(large ? 413 : 400, large ? reason::kTooLarge : reason::kBadJson,
                                   body.error().message);
      return intake;
    }
    unwrap_form(*body);
    Json document;
    if (auto bad = thread_json_reader().read(*body, document)) {
      read_broken(request, sources, route, now, *body, *std::move(bad), intake);
    } else {
      read_document(request, sources, route, now, document, intake);
    }
    return intake;
  }

  Verdict read_item(Json item, const ItemContext& context, ReadCounts& counts,
                    Envelope& out) const override {
    return segment::read_message(item, {}, context, counts, out);
  }

 private:
  // A form body of a beacon: data=<JSON or base64>. RudderStack says "form" and sends JSON.
  static void unwrap_form(std::string& body) {
    if (body_form(body) != BodyForm::Fields) return;
    QueryString form(body);
    if (!form.has("data")) return;
    if (auto data = decode_form_value(form.get("data"))) body = *std::move(data);
  }

  void read_document(const HttpRequest& request, const SourceRegistry& sources, const Route& route,
                     TimeMs now, Json document, Intake& intake) const {
    JsonObject body;
    bool is_object = !document.get_object().get(body);
    intake.source = find_source(request, sources, is_object ? &body : nullptr);
    if (intake.source == nullptr) {
      intake.answer = unauthorised();
      return;
    }
    if (!is_object) {
      intake.answer = bad_request(*refuse(reason::kBadType, "", "the body must be a JSON object"));
      return;
    }
    intake.answer = success();
    Json sent;
    if (find(body, "sentAt", sent)) (void)read_time(sent, "sentAt", intake.sent_time);
    ItemContext context{*intake.source, now, intake.sent_time};
    if (!route.type.empty()) {
      take_item(reader(route.type), document, context, kLimits, intake);
      if (!intake.refused.empty()) name_type(body, route.type, intake.refused.back().payload);
      return;
    }
    if (auto bad = check_frame(document)) {
      intake.answer = bad_request(*bad);
      bad->payload = json_text(document);
      intake.refused.push_back(*std::move(bad));
      return;
    }
    Json batch;
    JsonArray items;
    if (!find(body, "batch", batch) || batch.get_array().get(items)) {
      intake.answer =
          bad_request(*refuse(reason::kMissing, "batch", "\"batch\" must be a list of messages"));
      return;
    }
    if (auto many = check_count(items.size(), kLimits)) {
      intake.answer = bad_request(*many);
      return;
    }
    take_items(reader({}), items, context, kLimits, intake);
  }

  // The whole is not JSON. Items that are can still be told apart; the rest is kept in quarantine,
  // for SDKs drop what was answered with 400.
  void read_broken(const HttpRequest& request, const SourceRegistry& sources, const Route& route,
                   TimeMs now, std::string& body, Refusal bad, Intake& intake) const {
    std::string frame = without_items(body, "batch");
    Json outer;
    JsonObject object;
    bool frame_is_good =
        !thread_json_reader().read(frame, outer) && !outer.get_object().get(object);
    intake.source = find_source(request, sources, frame_is_good ? &object : nullptr);
    if (intake.source == nullptr) {
      intake.answer = unauthorised();
      return;
    }
    if (frame_is_good) {
      Json sent;
      if (find(object, "sentAt", sent)) (void)read_time(sent, "sentAt", intake.sent_time);
    }
    ItemContext context{*intake.source, now, intake.sent_time};
    if (route.type.empty() && frame_is_good && !check_frame(outer) &&
        take_split_items(reader({}), body, "batch", context, kLimits, intake)) {
      intake.answer = success();
      return;
    }
    intake.answer = bad_request(bad);
    bad.payload = std::move(body);
    intake.refused.push_back(std::move(bad));
  }
};

}  // namespace

std::unique_ptr<Protocol> make_segment() {
  return std::make_unique<Segment>();
}

}  // namespace weir::collect
