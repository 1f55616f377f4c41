#include "connectors/wecom/contact_links.h"

#include "base/crypto.h"
#include "base/json.h"
#include "base/log.h"
#include "base/url.h"

#include <fmt/format.h>

#include <array>

namespace weir::connectors::wecom {
namespace {

// For up to two seconds after the event the vendor answers 84061 "not a contact" (wecom.md §11,
// §12.4).
constexpr std::array<DurationMs, 5> kDelaysMs = {kSecondMs, 3 * kSecondMs, 10 * kSecondMs,
                                                 kMinuteMs, 5 * kMinuteMs};
constexpr int64_t kNotAContact = 84061;

bool is_transient(const Result<VendorReply>& reply) {
  if (!reply) return true;
  return reply->code == kNotAContact || reply->code == -1 || reply->code == 6000 ||
         reply->code == 45011 || reply->code == 45033;
}

}  // namespace

void ContactLinks::ask(std::string external_userid, size_t attempt) {
  std::string target = fmt::format("/cgi-bin/externalcontact/get?external_userid={}",
                                   percent_encode(external_userid));
  api_->get(std::move(target),
            [self = shared_from_this(), id = std::move(external_userid), attempt](
                Result<VendorReply> reply) { self->on_reply(id, attempt, std::move(reply)); });
}

void ContactLinks::ask_later(const std::string& external_userid, size_t attempt) {
  if (attempt >= kDelaysMs.size()) return;
  context_.executor->post_after(kDelaysMs[attempt],
                                [self = shared_from_this(), external_userid, attempt] {
                                  self->ask(external_userid, attempt + 1);
                                });
}

void ContactLinks::on_reply(const std::string& external_userid, size_t attempt,
                            Result<VendorReply> reply) {
  if (is_transient(reply)) return ask_later(external_userid, attempt);
  if (reply->code != 0) {
    log::warn("wecom_contact_refused", {{"connector", source_}, {"code", reply->code}});
    return;
  }
  append(external_userid, attempt, reply->body);
}

void ContactLinks::append(const std::string& external_userid, size_t attempt,
                          const std::string& body) {
  auto parsed = json::parse(body);
  if (!parsed || !parsed->is_object()) return;
  auto contact = json::required_object(parsed->get_object(), "external_contact");
  if (!contact) return;
  std::string unionid = json::optional_string(**contact, "unionid");
  if (unionid.empty()) return;  // another corp's member, or no developer account is bound
  Envelope link;
  link.kind = RecordKind::Identify;
  link.trust = Trust::Verified;
  link.source = source_;
  std::string digest = crypto::to_hex(crypto::sha256(external_userid + "\n" + unionid));
  link.message_id = "contact:" + digest.substr(0, 32);
  link.event_time = context_.env.clock().now();
  link.identities = {Identity{IdentityKind::ExternalUserId, corpid_, external_userid},
                     Identity{IdentityKind::UnionId, open_platform_, unionid}};
  auto done = [self = shared_from_this(), external_userid,
               attempt](const Result<Position>& position) {
    if (!position) self->ask_later(external_userid, attempt);
  };
  std::vector<Envelope> batch;
  batch.push_back(std::move(link));
  context_.appender.append(std::move(batch), std::move(done));
}

}  // namespace weir::connectors::wecom
