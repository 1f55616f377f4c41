#include "sandbox/weir_client.h"

#include "base/crypto.h"
#include "base/gzip.h"
#include "base/url.h"

#include <fmt/format.h>

namespace weir::sandbox {

struct WeirClient::Post {
  std::string url, content_type, authorization, body;
  int attempts = 0;
  Done done;
};

json::object WeirClient::sensors_record(const Person& person, std::string_view type,
                                        std::string_view event, json::object properties) {
  // Before the login the SDK knows openid and unionid, after it the member number (§3.4).
  json::object identities = {{"$identity_mp_id", person.mini_id}};
  if (person.logged_in) {
    identities["$identity_login_id"] = person.member_id;
  } else {
    std::string key = fmt::format("$identity_mp_{}_openid", world_.options.mini_appid);
    identities[key] = person.mini_openid;
    identities["$identity_mp_unionid"] = person.unionid;
  }
  properties["$lib"] = "MiniProgram";
  properties["$lib_version"] = "1.22.7";
  properties["$app_id"] = world_.options.mini_appid;
  properties["$network_type"] = "WIFI";
  json::object record = {
      {"_track_id", world_.dice.between(1, 999'999'999)},
      {"time", world_.now()},
      {"type", type},
      {"distinct_id", person.logged_in ? person.member_id : person.mini_id},
      {"anonymous_id", person.mini_id},
      {"identities", std::move(identities)},
      {"lib",
       json::object{{"$lib", "MiniProgram"}, {"$lib_version", "1.22.7"}, {"$lib_method", "code"}}},
      {"properties", std::move(properties)},
      {"_flush_time", world_.now()}};
  if (!event.empty()) record["event"] = event;
  if (person.logged_in) record["login_id"] = person.member_id;
  return record;
}

void WeirClient::mini_event(const Person& person, std::string_view event, json::object properties,
                            Done done) {
  send_sensors({sensors_record(person, "track", event, std::move(properties))}, std::move(done));
}

void WeirClient::mini_visit(const Person& person, std::string_view sku, Done done) {
  std::string path = fmt::format("pages/product/index?sku={}", sku);
  json::array records;
  records.emplace_back(sensors_record(person, "track", "$MPLaunch",
                                      {{"$scene", "wx-1011"}, {"$url_path", "pages/index/index"}}));
  records.emplace_back(sensors_record(person, "track", "$MPShow",
                                      {{"$scene", "wx-1011"}, {"$url_path", "pages/index/index"}}));
  records.emplace_back(sensors_record(
      person, "track", "$MPViewScreen",
      {{"$url_path", "pages/product/index"}, {"$url", path}, {"sku_id", sku}, {"$title", "商品"}}));
  send_sensors(records, std::move(done));
}

json::object WeirClient::segment_message(const Person& person, std::string_view type) {
  json::object message = {
      {"type", type},
      {"messageId", fmt::format("shop-{}-{}", world_.now(), world_.dice.letters(16))},
      {"timestamp", format_utc(world_.now())},
      {"anonymousId", person.mini_id},
      {"context", json::object{{"library", json::object{{"name", "shop"}, {"version", "1"}}}}}};
  if (person.logged_in) message["userId"] = person.member_id;
  return message;
}

void WeirClient::login(const Person& person, Done done) {
  // The SDK's sign-up record is the only one of the mini program that holds both sides of a login.
  json::object sign_up = sensors_record(person, "track_signup", "$SignUp", {});
  sign_up["original_id"] = person.mini_id;
  json::object& identities = sign_up["identities"].as_object();
  identities[fmt::format("$identity_mp_{}_openid", world_.options.mini_appid)] = person.mini_openid;
  identities["$identity_mp_unionid"] = person.unionid;
  send_sensors({std::move(sign_up)}, {});
  json::object identify = segment_message(person, "identify");
  identify["traits"] =
      json::object{{"phone", person.phone}, {"name", person.name}, {"province", person.province}};
  json::object consent = segment_message(person, "track");
  consent["event"] = "consent_granted";
  consent["properties"] = json::object{{"channel", "*"},
                                       {"purpose", "marketing"},
                                       {"method", "member_signup"},
                                       {"policy_version", "2026-01"}};
  send_segment({std::move(identify), std::move(consent)}, std::move(done));
}

void WeirClient::order_paid(const Person& person, const json::object& order, Done done) {
  json::object paid = segment_message(person, "track");
  paid["event"] = "order_paid";
  paid["properties"] = order;
  send_segment({std::move(paid)}, std::move(done));
}

void WeirClient::send_sensors(const json::array& records, Done done) {
  std::string text = json::to_text(records);
  // The mini program's SDK compresses when its plug-in is there: both forms occur.
  bool zip = world_.dice.chance(0.5);
  std::string data = percent_encode(crypto::base64(zip ? gzip(text) : text));
  auto post_it = std::make_shared<Post>();
  post_it->url = fmt::format("{}/sa?project=default&token={}", world_.options.weir_url,
                             percent_encode(world_.options.write_key));
  post_it->content_type = "text/plain";
  post_it->body = fmt::format("data_list={}&gzip={}", data, zip ? 1 : 0);
  post_it->done = std::move(done);
  world_.totals.events += static_cast<int64_t>(records.size());
  post(std::move(post_it));
}

void WeirClient::send_segment(json::array batch, Done done) {
  world_.totals.events += static_cast<int64_t>(batch.size());
  auto post_it = std::make_shared<Post>();
  post_it->url = world_.options.weir_url + "/v1/batch";
  post_it->content_type = "application/json";
  post_it->authorization = "Basic " + crypto::base64(world_.options.server_key + ":");
  post_it->body = json::to_text(
      json::object{{"batch", std::move(batch)}, {"sentAt", format_utc(world_.now())}});
  post_it->done = std::move(done);
  post(std::move(post_it));
}

void WeirClient::post(std::shared_ptr<Post> it) {
  if (it->attempts == 0 && open_ >= kOpenMax) {
    ++world_.totals.events_dropped;
    if (it->done) it->done(0);
    return;
  }
  if (it->attempts++ == 0) ++open_;
  HttpRequest request;
  request.method = "POST";
  request.headers.set("content-type", it->content_type);
  if (!it->authorization.empty()) request.headers.set("authorization", it->authorization);
  request.body = it->body;
  auto on_reply = [this, it](Result<HttpResponse> response) {
    int status = response ? response->status : 0;
    bool again = status == 0 || status == 429 || status >= 500;
    if (again && it->attempts < kAttemptsMax) {
      // Same body, same message ids: Weir must keep one copy.
      DurationMs delay = 500LL << (it->attempts - 1);
      world_.later(delay, [this, it] { post(it); });
      return;
    }
    --open_;
    if (status < 200 || status >= 300) ++world_.totals.events_refused;
    if (it->done) it->done(status);
  };
  world_.call(it->url, std::move(request), 10 * kSecondMs, std::move(on_reply));
}

}  // namespace weir::sandbox
