#include "sandbox/pusher.h"

#include "base/url.h"
#include "sandbox/callback_seal.h"

#include <fmt/format.h>

#include <array>

namespace weir::sandbox {

struct Pusher::Push {
  PushTarget target;
  std::string elements;  // or the JSON body
  int attempts = 0;
  Done done;
};

PushRequest make_push(const PushTarget& target, std::string_view elements,
                      std::string_view timestamp, std::string_view nonce,
                      std::string_view random16) {
  std::string t(timestamp), n(nonce);
  std::string message = fmt::format("<xml>{}</xml>", elements);
  std::string plain = push_signature({target.token, t, n});
  if (target.mode == PushMode::Plain) {
    return {fmt::format("signature={}&timestamp={}&nonce={}", plain, t, n), message};
  }
  std::string sealed = seal_push(target.key, random16, message, target.receive_id);
  std::string signature = push_signature({target.token, t, n, sealed});
  bool corp = target.kind == PushTarget::Kind::Corp;
  bool both = target.mode == PushMode::Compatible;
  std::string query =
      corp ? fmt::format("msg_signature={}&timestamp={}&nonce={}", signature, t, n)
           : fmt::format("signature={}&timestamp={}&nonce={}&encrypt_type=aes&msg_signature={}",
                         plain, t, n, signature);
  std::string body = fmt::format("<xml>{}{}{}</xml>", cdata("ToUserName", target.to_user),
                                 both ? elements : "", cdata("Encrypt", sealed));
  return {std::move(query), std::move(body)};
}

std::string Pusher::nonce() {
  return std::to_string(world_.dice.between(100'000'000, 999'999'999));
}

void Pusher::push(const PushTarget& target, std::string elements, Done done) {
  Profile& profile = world_.profile;
  if (open_ >= kOpenMax || world_.dice.chance(profile.drop_callback)) {
    ++world_.totals.callbacks_dropped;
    if (done) done(0);
    return;
  }
  maybe_forge(target, elements);
  auto original = std::make_shared<Push>(Push{target, elements, 0, std::move(done)});
  DurationMs delay = 0;
  if (world_.dice.chance(profile.reorder_callback)) {
    delay = world_.dice.between(1, profile.reorder_max_ms);
  }
  ++open_;
  world_.later(delay, [this, original] { send(original); });
  if (world_.dice.chance(profile.duplicate_callback)) {
    auto copy = std::make_shared<Push>(Push{target, std::move(elements), 0, {}});
    // Sometimes while the first is still under way, sometimes after its success.
    DurationMs behind = world_.dice.chance(0.5) ? delay : delay + world_.dice.between(100, 3000);
    ++open_;
    world_.later(behind, [this, copy] { send(copy); });
  }
}

void Pusher::send(std::shared_ptr<Push> push) {
  ++push->attempts;
  ++world_.totals.callbacks;
  std::string random16 = world_.dice.letters(16);
  PushRequest made = make_push(push->target, push->elements, std::to_string(world_.now_seconds()),
                               nonce(), random16);
  HttpRequest request;
  request.method = "POST";
  request.headers.set("content-type", "text/xml");
  request.body = std::move(made.body);
  std::string url = fmt::format("{}?{}", push->target.url, made.query);
  auto on_reply = [this, push](Result<HttpResponse> response) {
    bool taken = response && response->status == 200 &&
                 (response->body == "success" || response->body.empty());
    if (taken) return finish(push, 200);
    if (push->attempts < kAttemptsMax) {
      world_.later(5 * kSecondMs, [this, push] { send(push); });
      return;
    }
    ++world_.totals.callbacks_refused;
    finish(push, response ? response->status : 0);
  };
  world_.call(std::move(url), std::move(request), 5 * kSecondMs, std::move(on_reply));
}

void Pusher::finish(const std::shared_ptr<Push>& push, int status) {
  --open_;
  if (push->done) push->done(status);
}

void Pusher::maybe_forge(const PushTarget& target, const std::string& elements) {
  if (!world_.dice.chance(world_.profile.forged_callback)) return;
  PushTarget forger = target;
  bool wrong_id = world_.dice.chance(0.5) && target.mode != PushMode::Plain;
  if (wrong_id) {
    forger.receive_id += "x";
  } else {
    forger.token += "x";
  }
  std::string message = elements + cdata("Forged", nonce());
  PushRequest made = make_push(forger, message, std::to_string(world_.now_seconds()), nonce(),
                               world_.dice.letters(16));
  HttpRequest request;
  request.method = "POST";
  request.body = std::move(made.body);
  ++world_.totals.forged;
  auto on_reply = [this](Result<HttpResponse> response) {
    if (response && response->status == 200) ++world_.totals.forged_accepted;
  };
  world_.call(fmt::format("{}?{}", target.url, made.query), std::move(request), 5 * kSecondMs,
              std::move(on_reply));
}

void Pusher::check_address(const PushTarget& target, Done done) {
  std::string timestamp = std::to_string(world_.now_seconds()), once = nonce();
  std::string expected = std::to_string(world_.dice.between(1'000'000'000, 9'999'999'999));
  std::string url;
  if (target.kind == PushTarget::Kind::Corp) {
    std::string sealed =
        seal_push(target.key, world_.dice.letters(16), expected, target.receive_id);
    url = fmt::format("{}?msg_signature={}&timestamp={}&nonce={}&echostr={}", target.url,
                      push_signature({target.token, timestamp, once, sealed}), timestamp, once,
                      percent_encode(sealed));
  } else {
    url = fmt::format("{}?signature={}&timestamp={}&nonce={}&echostr={}", target.url,
                      push_signature({target.token, timestamp, once}), timestamp, once, expected);
  }
  auto on_reply = [expected, done = std::move(done)](Result<HttpResponse> response) {
    bool right = response && response->status == 200 && response->body == expected;
    int status = response ? response->status : 0;
    done(right ? 200 : status == 200 ? 0 : status);
  };
  world_.call(std::move(url), HttpRequest{}, kSecondMs, std::move(on_reply));
}

void Pusher::push_json(std::string url, std::string body, Done done) {
  if (open_ >= kOpenMax) {
    ++world_.totals.callbacks_dropped;
    if (done) done(0);
    return;
  }
  ++open_;
  PushTarget target;
  target.url = std::move(url);
  send_json(std::make_shared<Push>(Push{std::move(target), std::move(body), 0, std::move(done)}));
}

void Pusher::send_json(std::shared_ptr<Push> push) {
  constexpr std::array<DurationMs, 3> kGaps = {kMinuteMs, 5 * kMinuteMs, 10 * kMinuteMs};
  auto attempt = static_cast<size_t>(push->attempts++);
  ++world_.totals.callbacks;
  HttpRequest request;
  request.method = "POST";
  request.headers.set("content-type", "application/json; charset=utf-8");
  request.body = push->elements;
  auto on_reply = [this, push, attempt, kGaps](Result<HttpResponse> response) {
    // The platform looks at the status and whether "code" is a number.
    bool taken = false;
    if (response && response->status == 200) {
      auto parsed = json::parse(response->body);
      taken = parsed && parsed->is_object() && json::required_int(parsed->get_object(), "code");
    }
    if (taken) return finish(push, 200);
    if (attempt < kGaps.size()) {
      world_.later(kGaps[attempt], [this, push] { send_json(push); });
      return;
    }
    ++world_.totals.callbacks_refused;
    finish(push, response ? response->status : 0);
  };
  // 700 ms is what the vendor's voice pushes wait; SMS may well be the same.
  world_.call(push->target.url, std::move(request), 700, std::move(on_reply));
}

}  // namespace weir::sandbox
