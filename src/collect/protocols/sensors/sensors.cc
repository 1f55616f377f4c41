#include "collect/protocols/sensors/sensors.h"

#include "collect/batch.h"
#include "collect/body.h"
#include "collect/protocols/sensors/form.h"
#include "collect/protocols/sensors/record.h"

#include <memory>

namespace weir::collect {
namespace {

constexpr BatchLimits kLimits{.item_bytes_max = 256 << 10};

// A transparent pixel, for clients that load an image.
constexpr std::string_view kPixel(
    "GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\x01\0\0\0\0,"
    "\0\0\0\0\x01\0\x01\0\0\x02\x02"
    "D\x01\0;",
    43);

HttpResponse accepted(std::string_view path) {
  if (path == "/sa.gif") {
    HttpResponse response = HttpResponse::text(200, std::string(kPixel), "image/gif");
    response.headers.set("cache-control", "no-store");
    return response;
  }
  return HttpResponse::text(200, path == "/debug" ? "{}" : "");
}

const Source* find_source(const sensors::Form& form, const SourceRegistry& sources,
                          Json* document) {
  const Source* source = sources.find(form.token);
  if (source == nullptr) source = sources.find(form.project);
  JsonObject record;
  JsonArray list;
  if (source != nullptr || document == nullptr) return source;
  Json first = *document;
  if (!document->get_array().get(list) && list.size() > 0) first = list.at(0).value_unsafe();
  std::string_view key;
  if (first.get_object().get(record)) return nullptr;
  if (find_string(record, "token", key)) source = sources.find(key);
  if (source == nullptr && find_string(record, "project", key)) source = sources.find(key);
  return source;
}

class Sensors : public Protocol {
 public:
  std::string_view name() const override { return "sensors"; }
  bool owns(std::string_view path) const override {
    path = sensors::path_of(path);
    return path == "/sa" || path == "/sa.gif" || path == "/debug";
  }
  // Nothing was stored: the clients that can send again do so on a 5xx, and on nothing else.
  HttpResponse busy(const Error& error) const override {
    HttpResponse response = error_answer(503, to_string(error.code), error.message);
    response.headers.set("retry-after", "1");
    return response;
  }

  Intake read(const HttpRequest& request, const SourceRegistry& sources,
              TimeMs now) const override {
    Intake intake;
    std::string_view path = sensors::path_of(request.target);
    intake.answer = accepted(path);
    auto form = sensors::read_form(request);
    if (!form) {
      bool large = form.error().code == ErrorCode::ResourceExhausted;
      Refusal bad =
          *refuse(large ? reason::kTooLarge : reason::kBadJson, "data", form.error().message);
      if (!large) bad.payload = request.body.empty() ? request.target : request.body;
      intake.refused.push_back(std::move(bad));
    } else if (!form->text.empty()) {
      read_text(*form, sources, now, intake);
    }
    if (path == "/debug") show_errors(request, intake);
    return intake;
  }

  Verdict read_item(Json item, const ItemContext& context, ReadCounts& counts,
                    Envelope& out) const override {
    return sensors::read_record(item, context, counts, out);
  }

 private:
  static void read_text(sensors::Form& form, const SourceRegistry& sources, TimeMs now,
                        Intake& intake) {
    if (form.crc_mismatch) ++intake.counts.crc_mismatches;
    Json document;
    Verdict bad = form.encrypted ? refuse(reason::kEncrypted, "gzip",
                                          "the payload is encrypted; switch "
                                          "encryption off in the SDK's settings")
                                 : thread_json_reader().read(form.text, document);
    intake.source = find_source(form, sources, bad ? nullptr : &document);
    if (intake.source == nullptr) {
      bad =
          refuse(reason::kUnknownSource, "token", "neither token nor project belongs to a source");
      bad->write_key = form.token.empty() ? form.project : form.token;
    } else if (bad) {
      ItemContext context{*intake.source, now};
      if (!form.encrypted &&
          take_split_items(sensors::read_record, form.text, "", context, kLimits, intake)) {
        return;
      }
    } else {
      ItemContext context{*intake.source, now};
      JsonArray list;
      bool single = document.get_array().get(list) != simdjson::SUCCESS;
      bad = single ? Verdict() : check_count(list.size(), kLimits);
      if (!bad) {
        if (single)
          take_item(sensors::read_record, document, context, kLimits, intake);
        else
          take_items(sensors::read_record, list, context, kLimits, intake);
        return;
      }
    }
    bad->payload = std::move(form.text);
    intake.refused.push_back(*std::move(bad));
  }

  // The debug route is for developers: it says what is wrong, and "dry-run" stores nothing.
  static void show_errors(const HttpRequest& request, Intake& intake) {
    if (!intake.refused.empty()) {
      const Refusal& bad = intake.refused.front();
      intake.answer = HttpResponse::text(400, bad.reason + " " + bad.field + ": " + bad.message);
    }
    if (request.headers.get("dry-run") == "true") {
      intake.accepted.clear();
      intake.refused.clear();
    }
  }
};

}  // namespace

std::unique_ptr<Protocol> make_sensors() {
  return std::make_unique<Sensors>();
}

}  // namespace weir::collect
