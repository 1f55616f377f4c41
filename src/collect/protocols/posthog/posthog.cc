#include "collect/protocols/posthog/posthog.h"

#include "base/url.h"
#include "collect/batch.h"
#include "collect/body.h"
#include "collect/protocols/posthog/event.h"

#include <algorithm>
#include <array>
#include <memory>

namespace weir::collect {
namespace {

constexpr BatchLimits kLimits{.item_bytes_max = 256 << 10};
constexpr std::array<std::string_view, 7> kPaths = {"/batch", "/capture", "/e",         "/i/v0/e",
                                                    "/track", "/engage",  "/i/v0/batch"};

std::string_view without_slash(std::string_view path) {
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path;
}

HttpResponse success() {
  return HttpResponse::json(200, R"({"status":1})");
}

HttpResponse unauthorised(std::string_view message) {
  return error_answer(401, "unauthenticated", message, "api_key");
}

HttpResponse bad_request(const Refusal& refusal) {
  return error_answer(refusal.reason == reason::kTooLarge ? 413 : 400, refusal.reason,
                      refusal.message, refusal.field);
}

// The JSON text of the request, wherever it is.
Result<std::string> request_text(const HttpRequest& request, const QueryString& query) {
  WEIR_TRY(std::string body, plain_body(request, kBatchBytesMax));
  BodyForm form = body_form(body);
  if (form == BodyForm::Fields) {
    QueryString fields(body);
    if (fields.has("data")) return decode_form_value(fields.get("data"));
  }
  if (form == BodyForm::Empty && query.has("data")) return decode_form_value(query.get("data"));
  if (form == BodyForm::Document && query.get("compression") == "base64" &&
      !body.starts_with('{') && !body.starts_with('[')) {
    return decode_form_value(body);
  }
  return body;
}

struct Document {
  JsonArray items;
  Json single;
  bool is_list = false;
  std::string_view token;
  bool tokens_agree = true;
};

// `batch` body, bare list or single event.
Verdict open(Json root, Document& out) {
  JsonObject object;
  Json batch;
  if (!root.get_array().get(out.items)) {
    out.is_list = true;
  } else if (root.get_object().get(object)) {
    return refuse(reason::kBadType, "", "the body must be a JSON object or list");
  } else if (find(object, "batch", batch)) {
    if (batch.get_array().get(out.items))
      return refuse(reason::kBadType, "batch", "must be a list");
    out.is_list = true;
    if (!find_string(object, "api_key", out.token)) find_string(object, "token", out.token);
  } else {
    out.single = root;
  }
  if (!out.token.empty()) return {};
  if (!out.is_list) {
    out.token = posthog::event_token(root);
    return {};
  }
  for (Json item : out.items) {
    std::string_view token = posthog::event_token(item);
    if (out.token.empty()) out.token = token;
    if (!token.empty() && token != out.token) out.tokens_agree = false;
  }
  return {};
}

class Posthog : public Protocol {
 public:
  std::string_view name() const override { return "posthog"; }
  bool owns(std::string_view path) const override {
    return std::ranges::find(kPaths, without_slash(path)) != kPaths.end();
  }
  HttpResponse busy(const Error& error) const override { return busy_answer(error); }

  Intake read(const HttpRequest& request, const SourceRegistry& sources,
              TimeMs now) const override {
    Intake intake;
    QueryString query(request.query());
    auto text = request_text(request, query);
    if (!text) {
      bool large = text.error().code == ErrorCode::ResourceExhausted;
      intake.answer = bad_request(
          *refuse(large ? reason::kTooLarge : reason::kBadJson, "", text.error().message));
      return intake;
    }
    read_text(*text, query, sources, now, intake);
    return intake;
  }

  Verdict read_item(Json item, const ItemContext& context, ReadCounts& counts,
                    Envelope& out) const override {
    return posthog::read_event(item, context, counts, out);
  }

 private:
  void read_text(std::string& text, const QueryString& query, const SourceRegistry& sources,
                 TimeMs now, Intake& intake) const {
    Json root;
    Verdict bad = thread_json_reader().read(text, root);
    if (bad) {
      read_broken(text, query, sources, now, *std::move(bad), intake);
      return;
    }
    Document document;
    if (auto wrong = open(root, document)) {
      intake.answer = bad_request(*wrong);
      return;
    }
    if (!authorise(document, query, sources, intake)) return;
    if (auto twice = document.is_list ? check_frame(root) : Verdict()) {
      intake.answer = bad_request(*twice);
      twice->payload = std::move(text);
      intake.refused.push_back(*std::move(twice));
      return;
    }
    ItemContext context = context_of(root, query, *intake.source, now);
    intake.sent_time = context.sent_time;
    if (!document.is_list) {
      take_item(posthog::read_event, document.single, context, kLimits, intake);
    } else if (document.items.size() == 0) {
      intake.answer = bad_request(*refuse(reason::kMissing, "batch", "the batch is empty"));
      return;
    } else if (auto many = check_count(document.items.size(), kLimits)) {
      intake.answer = bad_request(*many);  // 413: the SDK halves the batch
      return;
    } else {
      take_items(posthog::read_event, document.items, context, kLimits, intake);
    }
    answer(intake);
  }

  static bool authorise(const Document& document, const QueryString& query,
                        const SourceRegistry& sources, Intake& intake) {
    std::string_view token = document.token;
    if (token.empty()) token = query.has("api_key") ? query.get("api_key") : query.get("token");
    if (!document.tokens_agree) {
      intake.answer = unauthorised("the events of one request carry different tokens");
      return false;
    }
    intake.source = sources.find(token);
    if (intake.source == nullptr) {
      intake.answer =
          unauthorised(token.starts_with("phx_")
                           ? "a personal key cannot send events; use the project's key"
                           : "the project key is missing or unknown; send it as \"api_key\"");
    }
    return intake.source != nullptr;
  }

  static ItemContext context_of(Json root, const QueryString& query, const Source& source,
                                TimeMs now) {
    ItemContext context{source, now};
    JsonObject object;
    Json value;
    if (!root.get_object().get(object)) {
      if (find(object, "sent_at", value)) (void)read_time(value, "sent_at", context.sent_time);
      bool migration = false;
      if (find(object, "historical_migration", value) && !value.get_bool().get(migration)) {
        // Only a server may bring old history: it is exempt from the one-year rule.
        context.historical = migration && source.trust >= Trust::Server;
      }
    }
    if (context.sent_time == 0 && !query.get("_").empty()) {
      int64_t millis = 0;
      for (char c : query.get("_").substr(0, 13)) {
        if (c >= '0' && c <= '9') millis = millis * 10 + (c - '0');
      }
      if (millis > 1'000'000'000'000) context.sent_time = millis;
    }
    return context;
  }

  // The SDKs drop what was answered with 400, so only a request without any good event gets one.
  static void answer(Intake& intake) {
    intake.answer = intake.accepted.empty() && !intake.refused.empty()
                        ? bad_request(intake.refused.front())
                        : success();
  }

  void read_broken(std::string& text, const QueryString& query, const SourceRegistry& sources,
                   TimeMs now, Refusal bad, Intake& intake) const {
    size_t start = text.find_first_not_of(" \t\r\n");
    bool bare_list = start != std::string::npos && text[start] == '[';
    std::string_view key = bare_list ? "" : "batch";
    std::string frame = bare_list ? "{}" : without_items(text, key);
    Json root;
    Document document;
    if (thread_json_reader().read(frame, root) || open(root, document)) {
      intake.answer = bad_request(bad);  // no token can be read: nobody we know
      return;
    }
    if (!authorise(document, query, sources, intake)) return;
    ItemContext context = context_of(root, query, *intake.source, now);
    intake.sent_time = context.sent_time;
    if (!check_frame(root) &&
        take_split_items(posthog::read_event, text, key, context, kLimits, intake)) {
      answer(intake);
      return;
    }
    intake.answer = bad_request(bad);
    bad.payload = std::move(text);
    intake.refused.push_back(std::move(bad));
  }
};

}  // namespace

std::unique_ptr<Protocol> make_posthog() {
  return std::make_unique<Posthog>();
}

}  // namespace weir::collect
