// The HTTP side of the sandbox: the vendors behind their faults, and the controls.
#include "base/url.h"
#include "sandbox/core.h"
#include "sandbox/vendor.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace weir::sandbox {
namespace {

size_t number_or(std::string_view text, size_t fallback) {
  size_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : fallback;
}

HttpResponse bad_request(const Error& error) {
  json::object body = {{"code", to_string(error.code)}, {"message", error.message}};
  body["field"] = error.field;
  return HttpResponse::json(400, json::to_text(json::object{{"error", std::move(body)}}));
}

// Which calls put a message out: only these can be committed late.
bool is_send(std::string_view path, const HttpRequest& request) {
  return path.ends_with("/send") || path.ends_with("/add_msg_template") ||
         request.headers.get("x-acs-action") == "SendSms";
}

}  // namespace

struct Sandbox::Core::VendorCall {
  std::function<HttpResponse()> run;
  HttpResponse busy;  // what this vendor says when it is overloaded
  bool is_send = false;
};

void Sandbox::Core::handle(HttpRequest request, HttpResponder respond) {
  locked([&] { route(request, std::move(respond)); });
}

void Sandbox::Core::answer(DurationMs delay, HttpResponse response, HttpResponder respond) {
  auto send = [this, response = std::move(response), respond = std::move(respond)] {
    world_.after_unlock([response, respond] { respond(response); });
  };
  if (delay == 0) return send();
  world_.later(delay, std::move(send));
}

void Sandbox::Core::route(const HttpRequest& request, HttpResponder respond) {
  std::string_view path = request.path();
  if (path.starts_with("/_sandbox/")) return control(request, std::move(respond));
  ++world_.totals.calls;
  auto below = [&](std::string_view prefix) { return std::string(path.substr(prefix.size())); };
  if (path.starts_with("/wechat/")) {
    auto run = [this, name = below("/wechat"), request] { return wechat_.handle(name, request); };
    return serve({run, vendor_error(world_, -1, "system error"), is_send(path, request)},
                 std::move(respond));
  }
  if (path.starts_with("/wecom/")) {
    auto run = [this, name = below("/wecom"), request] { return wecom_.handle(name, request); };
    return serve({run, vendor_error(world_, -1, "system busy"), is_send(path, request)},
                 std::move(respond));
  }
  if (path == "/sms" || path == "/sms/") {
    auto run = [this, request] { return sms_.handle(request); };
    json::object busy = {{"Code", "Throttling.User"}, {"Message", "Request was denied"}};
    return serve({run, HttpResponse::json(429, json::to_text(busy)), is_send(path, request)},
                 std::move(respond));
  }
  answer(0, HttpResponse::text(404, "vendors are at /wechat, /wecom and /sms"), std::move(respond));
}

void Sandbox::Core::serve(VendorCall call, HttpResponder respond) {
  const Profile& profile = world_.profile;
  Dice& dice = world_.dice;
  DurationMs latency = dice.between(profile.latency_min_ms, profile.latency_max_ms);
  if (dice.chance(profile.busy)) return answer(latency, std::move(call.busy), std::move(respond));
  // A reply that nobody waits for any more stands for one that was lost.
  HttpResponse lost = HttpResponse::text(504, "");
  if (call.is_send && dice.chance(profile.late_commit)) {
    ++world_.totals.late_commits;
    DurationMs when = dice.between(kSecondMs, profile.late_commit_max_ms);
    world_.later(when, [run = call.run] { run(); });
    return answer(profile.lost_reply_hold_ms, std::move(lost), std::move(respond));
  }
  HttpResponse done = call.run();
  if (dice.chance(profile.lost_reply)) {
    ++world_.totals.lost_replies;
    return answer(profile.lost_reply_hold_ms, std::move(lost), std::move(respond));
  }
  if (dice.chance(profile.bad_gateway)) {
    ++world_.totals.lost_replies;
    done = HttpResponse::text(502, "<html><body>502 Bad Gateway</body></html>", "text/html");
  }
  answer(latency, std::move(done), std::move(respond));
}

void Sandbox::Core::control(const HttpRequest& request, HttpResponder respond) {
  std::string_view path = request.path();
  if (path == "/_sandbox/act") return act(request, std::move(respond));
  HttpResponse response = HttpResponse::text(404, "no such control");
  if (path == "/_sandbox/ledger") {
    QueryString query(request.query());
    json::object ledger =
        world_.ledger.show(query.get("channel"), number_or(query.get("limit"), Ledger::kSendsMax));
    response = HttpResponse::json(200, json::to_text(ledger));
  } else if (path == "/_sandbox/people") {
    response = show_people(request);
  } else if (path == "/_sandbox/health") {
    response = show_health();
  } else if (path == "/_sandbox/faults") {
    response = change_faults(request);
  }
  answer(0, std::move(response), std::move(respond));
}

HttpResponse Sandbox::Core::change_faults(const HttpRequest& request) {
  if (request.method == "POST") {
    auto parsed = json::parse(request.body);
    if (!parsed) return bad_request(parsed.error());
    auto fields = json::as_object(*parsed, "body");
    if (!fields) return bad_request(fields.error());
    json::object changes = **fields;
    if (json::optional_bool(changes, "kill_tokens", false)) {
      wechat_.kill_tokens();
      wecom_.kill_tokens();
    }
    if (json::optional_bool(changes, "calm", false)) world_.profile = calm_profile();
    changes.erase("kill_tokens");
    changes.erase("calm");
    if (Status changed = change_profile(world_.profile, changes); !changed) {
      return bad_request(changed.error());
    }
  }
  return HttpResponse::json(200, json::to_text(show_profile(world_.profile)));
}

HttpResponse Sandbox::Core::show_people(const HttpRequest& request) {
  QueryString query(request.query());
  size_t offset = number_or(query.get("offset"), 0);
  size_t limit = std::min<size_t>(number_or(query.get("limit"), 100), 10'000);
  json::array list;
  for (size_t i = offset; i < world_.people.size() && list.size() < limit; ++i) {
    list.emplace_back(show_person(world_.people.at(i)));
  }
  json::array staff;
  for (const std::string& member : world_.people.staff()) staff.emplace_back(member);
  json::object out = {{"total", static_cast<int64_t>(world_.people.size())},
                      {"people", std::move(list)},
                      {"staff", std::move(staff)}};
  return HttpResponse::json(200, json::to_text(out));
}

HttpResponse Sandbox::Core::show_health() {
  const Totals& t = world_.totals;
  json::object out = {{"now", world_.now()},
                      {"people", static_cast<int64_t>(world_.people.size())},
                      {"addresses_verified", verified_},
                      {"actions", t.actions},
                      {"vendor_calls", t.calls},
                      {"callbacks", t.callbacks},
                      {"callbacks_refused", t.callbacks_refused},
                      {"callbacks_dropped", t.callbacks_dropped},
                      {"forged", t.forged},
                      {"forged_accepted", t.forged_accepted},
                      {"events", t.events},
                      {"events_refused", t.events_refused},
                      {"events_dropped", t.events_dropped},
                      {"lost_replies", t.lost_replies},
                      {"late_commits", t.late_commits},
                      {"agenda_dropped", t.agenda_dropped},
                      {"duplicates", world_.ledger.duplicates()}};
  return HttpResponse::json(200, json::to_text(out));
}

void Sandbox::Core::act(const HttpRequest& request, HttpResponder respond) {
  auto refuse = [&](const Error& error) { answer(0, bad_request(error), respond); };
  auto parsed = json::parse(request.body);
  if (!parsed) return refuse(parsed.error());
  auto command = json::as_object(*parsed, "body");
  if (!command) return refuse(command.error());
  const json::value* who = json::find(**command, "person");
  Person* person = who == nullptr ? nullptr : world_.people.find(*who);
  if (person == nullptr) {
    return refuse(
        {ErrorCode::InvalidArgument, "\"person\" is nobody here; GET /_sandbox/people", "person"});
  }
  auto done = [respond](int status) {
    bool taken = status >= 200 && status < 300;
    json::object out = {{"ok", taken}, {"weir_status", status}};
    respond(HttpResponse::json(taken ? 200 : 502, json::to_text(out)));
  };
  // `done` may run under the lock: the answer leaves after it.
  auto deferred = [this, done](int status) {
    world_.after_unlock([done, status] { done(status); });
  };
  if (Status acted = behaviour_.act(*person, **command, deferred); !acted) refuse(acted.error());
}

}  // namespace weir::sandbox
