#include "connectors/wechat/follower_links.h"

#include "base/crypto.h"
#include "base/json.h"
#include "base/log.h"
#include "base/url.h"

#include <fmt/format.h>

namespace weir::connectors::wechat {
namespace {

// Only what does not change by itself: a repeated answer must make the same record.
std::string message_id_of(std::string_view openid, std::string_view unionid, int64_t since) {
  std::string bytes = fmt::format("{}\n{}\n{}", openid, unionid, since);
  return "userinfo:" + crypto::to_hex(crypto::sha256(bytes)).substr(0, 32);
}

}  // namespace

void FollowerLinks::learn(std::string openid, Known known) {
  {
    std::lock_guard lock(mutex_);
    bool is_new = remembered_.insert(openid).second;
    if (!is_new && known == Known::MayBe) return;
    if (is_new) order_.push_back(openid);
    if (order_.size() > kRememberedMax) {
      remembered_.erase(order_.front());
      order_.pop_front();
    }
  }
  ask(std::move(openid), 1);
}

void FollowerLinks::ask(std::string openid, int attempt) {
  std::string target =
      fmt::format("/cgi-bin/user/info?openid={}&lang=zh_CN", percent_encode(openid));
  api_->get(std::move(target),
            [self = shared_from_this(), openid = std::move(openid), attempt](
                Result<VendorReply> reply) { self->on_reply(openid, attempt, std::move(reply)); });
}

void FollowerLinks::on_reply(const std::string& openid, int attempt, Result<VendorReply> reply) {
  if (reply && reply->code == 0) return append(openid, reply->body, attempt);
  bool hopeless = reply && reply->code != -1 && reply->code != 45011;
  if (hopeless) {
    log::warn("wechat_user_info_refused", {{"connector", source_}, {"code", reply->code}});
    return;
  }
  ask_later(openid, attempt);
}

void FollowerLinks::ask_later(const std::string& openid, int attempt) {
  if (attempt >= kAttemptsMax) return forget(openid);
  DurationMs delay = kSecondMs << (2 * (attempt - 1));  // 1, 4, 16, 64 s
  context_.executor->post_after(
      delay, [self = shared_from_this(), openid, attempt] { self->ask(openid, attempt + 1); });
}

void FollowerLinks::append(const std::string& openid, const std::string& body, int attempt) {
  auto parsed = json::parse(body);
  if (!parsed || !parsed->is_object()) return;
  const json::object& info = parsed->get_object();
  std::string unionid = json::optional_string(info, "unionid");
  if (unionid.empty()) return;  // the account is not bound to an open platform
  int64_t since = json::optional_int(info, "subscribe_time", 0);
  Envelope link;
  link.kind = RecordKind::Identify;
  link.trust = Trust::Verified;
  link.source = source_;
  link.message_id = message_id_of(openid, unionid, since);
  link.event_time = context_.env.clock().now();
  link.identities = {Identity{IdentityKind::OpenId, appid_, openid},
                     Identity{IdentityKind::UnionId, open_platform_, unionid}};
  std::string scene = json::optional_string(info, "subscribe_scene");
  if (!scene.empty()) link.traits.push_back({TraitOp::Set, "mp_subscribe_scene", scene});
  auto done = [self = shared_from_this(), openid, attempt](const Result<Position>& position) {
    if (!position) self->ask_later(openid, attempt);
  };
  std::vector<Envelope> batch;
  batch.push_back(std::move(link));
  context_.appender.append(std::move(batch), std::move(done));
}

void FollowerLinks::forget(const std::string& openid) {
  std::lock_guard lock(mutex_);
  remembered_.erase(openid);
}

}  // namespace weir::connectors::wechat
