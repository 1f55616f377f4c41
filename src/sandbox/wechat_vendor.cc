#include "sandbox/wechat_vendor.h"

#include "base/url.h"
#include "sandbox/callback_seal.h"

#include <fmt/format.h>

#include <array>

namespace weir::sandbox {
namespace {

struct Message {
  int64_t code;
  std::string_view text;
};
constexpr std::array kMessages = {
    Message{-1, "system error"},
    Message{40001, "invalid credential, access_token is invalid or not latest"},
    Message{40003, "invalid openid"},
    Message{40013, "invalid appid"},
    Message{40014, "invalid access_token"},
    Message{40037, "invalid template_id"},
    Message{40125, "invalid appsecret"},
    Message{41001, "access_token missing"},
    Message{42001, "access_token expired"},
    Message{43001, "require GET method"},
    Message{43002, "require POST method"},
    Message{43004, "require subscribe"},
    Message{43101, "user refuse to accept the msg"},
    Message{44002, "empty post data"},
    Message{44004, "empty content"},
    Message{45002, "content size out of limit"},
    Message{45009, "reach max api daily quota limit"},
    Message{45015, "response out of time limit or subscription is canceled"},
    Message{45047, "out of response count limit"},
    Message{47001, "data format error"},
    Message{47003, "argument invalid!"},
    Message{48001, "api unauthorized"},
};

std::string_view message_of(int64_t code) {
  for (const Message& known : kMessages) {
    if (known.code == code) return known.text;
  }
  return "error";
}

constexpr size_t kRecentMax = 100'000;

// Everything a template message shows: its values and its address.
std::string shown_text(const json::object& body) {
  std::string text = json::optional_string(body, "url");
  auto data = json::required_object(body, "data");
  if (!data) return text;
  for (const auto& field : **data) {
    if (!field.value().is_object()) continue;
    text += ' ' + json::optional_string(field.value().get_object(), "value");
  }
  return text;
}

}  // namespace

WechatVendor::WechatVendor(World& world, Pusher& pusher, Delivered delivered)
    : world_(world), pusher_(pusher), delivered_(std::move(delivered)), tokens_(world) {
  const SandboxOptions& o = world.options;
  target_ = {PushTarget::Kind::ServiceAccount,
             o.wechat_mode,
             fmt::format("{}/webhooks/wechat/{}", o.weir_url, o.instance),
             o.wechat_token,
             o.wechat_key,
             o.appid,
             "gh_sandbox00001"};
}

HttpResponse WechatVendor::error(std::string_view channel, int64_t code) {
  if (!channel.empty()) world_.ledger.refuse(channel, std::to_string(code));
  return vendor_error(world_, code, message_of(code));
}

HttpResponse WechatVendor::handle(std::string_view path, const HttpRequest& request) {
  bool is_read = path == "/cgi-bin/token" || path == "/cgi-bin/user/info";
  if (is_read && request.method != "GET") return error({}, 43001);
  if (!is_read && request.method != "POST") return error({}, 43002);
  if (path == "/cgi-bin/token") return legacy_token(request);
  json::object body;
  if (!is_read) {
    if (request.body.empty()) return error({}, 44002);
    auto parsed = json::parse(request.body);
    if (!parsed || !parsed->is_object()) return error({}, 47001);
    body = parsed->get_object();
  }
  if (path == "/cgi-bin/stable_token") return stable_token(body);
  std::string token(QueryString(request.query()).get("access_token"));
  if (int64_t code = tokens_.check(token, 40001); code != 0) return error({}, code);
  if (path == "/cgi-bin/user/info") return user_info(request);
  if (path == "/cgi-bin/message/template/send") return send_template(body);
  if (path == "/cgi-bin/message/custom/send") return send_custom(body);
  return error({}, 48001);
}

HttpResponse WechatVendor::stable_token(const json::object& body) {
  if (json::optional_string(body, "appid") != world_.options.appid) return error({}, 40013);
  if (json::optional_string(body, "secret") != world_.options.app_secret) return error({}, 40125);
  bool force = json::optional_bool(body, "force_refresh", false);
  TokenBook::Issued issued = force ? tokens_.force() : tokens_.issue();
  return vendor_ok({{"access_token", issued.value}, {"expires_in", issued.seconds_left}});
}

HttpResponse WechatVendor::legacy_token(const HttpRequest& request) {
  QueryString query(request.query());
  if (query.get("appid") != world_.options.appid) return error({}, 40013);
  if (query.get("secret") != world_.options.app_secret) return error({}, 40125);
  TokenBook::Issued issued = tokens_.force();
  return vendor_ok({{"access_token", issued.value}, {"expires_in", issued.seconds_left}});
}

HttpResponse WechatVendor::user_info(const HttpRequest& request) {
  Person* person = world_.people.by_openid(QueryString(request.query()).get("openid"));
  if (person == nullptr) return error({}, 40003);
  if (!person->following) {
    return vendor_ok({{"subscribe", 0}, {"openid", person->openid}, {"unionid", person->unionid}});
  }
  return vendor_ok({{"subscribe", 1},
                    {"openid", person->openid},
                    {"nickname", ""},
                    {"language", ""},
                    {"subscribe_time", person->followed_at / kSecondMs},
                    {"unionid", person->unionid},
                    {"remark", ""},
                    {"groupid", 0},
                    {"tagid_list", json::array{}},
                    {"subscribe_scene", "ADD_SCENE_QR_CODE"},
                    {"qr_scene", 0},
                    {"qr_scene_str", person->scene}});
}

int64_t WechatVendor::refusal(const Person* person) const {
  if (person == nullptr) return 40003;
  if (!person->following) return 43004;
  return person->refuses_templates ? 43101 : 0;
}

HttpResponse WechatVendor::send_template(const json::object& body) {
  constexpr std::string_view kChannel = "mp_template";
  Person* person = world_.people.by_openid(json::optional_string(body, "touser"));
  if (json::optional_string(body, "template_id").empty()) return error(kChannel, 40037);
  if (!json::required_object(body, "data")) return error(kChannel, 47003);
  if (int64_t code = refusal(person); code != 0) return error(kChannel, code);
  std::string client_id = json::optional_string(body, "client_msg_id");
  std::string key = person->openid + "\n" + client_id;
  auto earlier = recent_.find(key);
  if (!client_id.empty() && earlier != recent_.end() && world_.now() < earlier->second.until) {
    world_.ledger.repeat(kChannel, client_id);
    return vendor_ok({{"errcode", 0}, {"errmsg", "ok"}, {"msgid", earlier->second.msgid}});
  }
  if (!templates_today_.take(world_.now(), world_.profile.template_daily_max)) {
    return error(kChannel, 45009);
  }
  int64_t msgid = next_msgid_++;
  if (!client_id.empty()) remember(key, msgid);
  std::string effect = client_id.empty() ? fmt::format("msgid:{}", msgid) : client_id;
  Send& send = world_.ledger.accept(kChannel, effect, person->openid, world_.now());
  send.vendor_id = std::to_string(msgid);
  plan_receipt(*person, msgid, effect);
  delivered_(*person, kChannel, shown_text(body));
  return vendor_ok({{"errcode", 0}, {"errmsg", "ok"}, {"msgid", msgid}});
}

void WechatVendor::remember(const std::string& key, int64_t msgid) {
  bool is_new = !recent_.contains(key);
  recent_[key] = {msgid, world_.now() + world_.profile.client_msg_id_ms};
  if (is_new) recent_order_.push_back(key);
  if (recent_order_.size() > kRecentMax) {
    recent_.erase(recent_order_.front());
    recent_order_.pop_front();
  }
}

void WechatVendor::plan_receipt(const Person& person, int64_t msgid, const std::string& effect_id) {
  const Profile& profile = world_.profile;
  if (world_.dice.chance(profile.receipt_never)) return;
  std::string status = "success";
  if (world_.dice.chance(profile.template_blocked)) status = "failed:user block";
  if (world_.dice.chance(profile.template_system_failed)) status = "failed: system failed";
  bool early = world_.dice.chance(profile.receipt_before_reply);
  DurationMs delay =
      early ? 0 : world_.dice.between(profile.receipt_min_ms, profile.receipt_max_ms);
  size_t index = person.index;
  world_.later(delay, [this, index, msgid, effect_id, status] {
    world_.ledger.set_state("mp_template", effect_id, status == "success" ? "delivered" : "failed");
    std::string elements = fmt::format("<MsgID>{}</MsgID>{}", msgid, cdata("Status", status));
    push_event(world_.people.at(index), "TEMPLATESENDJOBFINISH", elements, {});
  });
}

HttpResponse WechatVendor::send_custom(const json::object& body) {
  constexpr std::string_view kChannel = "mp_customer_service";
  Person* person = world_.people.by_openid(json::optional_string(body, "touser"));
  if (person == nullptr) return error(kChannel, 40003);
  auto text = json::required_object(body, "text");
  std::string content = text ? json::optional_string(**text, "content") : "";
  if (content.empty()) return error(kChannel, 44004);
  if (content.size() > 2048) return error(kChannel, 45002);
  bool open = person->following && world_.now() < person->window.until;
  if (!open) return error(kChannel, 45015);
  if (person->window.left <= 0) return error(kChannel, 45047);
  if (!customs_today_.take(world_.now(), world_.profile.custom_daily_max)) {
    return error(kChannel, 45009);
  }
  --person->window.left;
  std::string effect = fmt::format("custom:{}", next_msgid_++);
  world_.ledger.accept(kChannel, effect, person->openid, world_.now()).state = "delivered";
  delivered_(*person, kChannel, std::move(content));
  return vendor_ok({{"errcode", 0}, {"errmsg", "ok"}});
}

std::string WechatVendor::header(const Person& person, std::string_view msg_type) {
  return fmt::format("{}{}<CreateTime>{}</CreateTime>{}", cdata("ToUserName", target_.to_user),
                     cdata("FromUserName", person.openid), world_.now_seconds(),
                     cdata("MsgType", msg_type));
}

void WechatVendor::push_event(const Person& person, std::string_view event,
                              const std::string& elements, Pusher::Done done) {
  std::string body = header(person, "event") + cdata("Event", event) + elements;
  pusher_.push(target_, std::move(body), std::move(done));
}

void WechatVendor::open_window(Person& person, int64_t sends, DurationMs length) {
  // A longer window that is still open is not cut short by a click.
  person.window.until = std::max(person.window.until, world_.now() + length);
  person.window.left = std::max(person.window.left, sends);
}

void WechatVendor::follow(Person& person, std::string scene, Pusher::Done done) {
  if (person.following) return scan(person, std::move(scene), std::move(done));
  person.following = true;
  person.followed_at = world_.now();
  person.scene = scene;
  open_window(person, world_.profile.touch_window_sends, world_.profile.touch_window_ms);
  std::string key = scene.empty() ? "" : "qrscene_" + scene;
  std::string elements = cdata("EventKey", key);
  if (!scene.empty()) elements += cdata("Ticket", "gQ" + world_.dice.letters(60));
  push_event(person, "subscribe", elements, std::move(done));
}

void WechatVendor::unfollow(Person& person, Pusher::Done done) {
  person.following = false;
  person.window = {};
  push_event(person, "unsubscribe", cdata("EventKey", ""), std::move(done));
}

void WechatVendor::scan(Person& person, std::string scene, Pusher::Done done) {
  if (!person.following) return follow(person, std::move(scene), std::move(done));
  open_window(person, world_.profile.touch_window_sends, world_.profile.touch_window_ms);
  std::string elements = cdata("EventKey", scene) + cdata("Ticket", "gQ" + world_.dice.letters(60));
  push_event(person, "SCAN", elements, std::move(done));
}

void WechatVendor::click_menu(Person& person, const std::string& key, Pusher::Done done) {
  open_window(person, world_.profile.touch_window_sends, world_.profile.touch_window_ms);
  // Samples of the vendor put spaces around CDATA.
  push_event(person, "CLICK", "<EventKey> <![CDATA[" + key + "]]> </EventKey>", std::move(done));
}

void WechatVendor::send_text(Person& person, const std::string& text, Pusher::Done done) {
  open_window(person, world_.profile.message_window_sends, world_.profile.message_window_ms);
  std::string body = header(person, "text") + cdata("Content", text) +
                     fmt::format("<MsgId>{}</MsgId>", next_message_++);
  pusher_.push(target_, std::move(body), std::move(done));
}

}  // namespace weir::sandbox
