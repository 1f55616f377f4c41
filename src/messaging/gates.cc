// What must hold at the moment a message starts (RELIABILITY rule 3). All of it is asked again
// after a deferral, because days can lie between planning and sending.

#include "messaging/flow.h"
#include "messaging/quiet_hours.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::messaging {
namespace {

constexpr std::string_view kMarketing = "marketing";

bool is_wecom(std::string_view channel) {
  return channel.starts_with("wecom_");
}

}  // namespace

std::string_view consent_channel(std::string_view channel) {
  if (channel.starts_with("mp_")) return "mp";
  if (is_wecom(channel)) return "wecom";
  return channel;
}

/// The list names profiles, which may have become part of this one: who was on it stays on it.
bool Flow::blocked(ProfileOrdinal profile) const {
  if (deps_.segments == nullptr) return false;
  std::vector<ProfileOrdinal> parts = deps_.identities.parts_of(profile);
  return std::ranges::any_of(parts, [&](ProfileOrdinal part) {
    return deps_.segments->list_has(options_.blocklist, profile_id_text(part));
  });
}

std::optional<Flow::Refusal> Flow::gate(const pb::Intent& row, TimeMs now) const {
  auto suppress = [](std::string reason) {
    return Refusal{Refusal::Kind::Suppress, std::move(reason), ""};
  };
  const std::string& channel = current(row).channel();
  ProfileOrdinal profile(row.profile());
  // Longer than a day late: what it reacted to is over (JN16).
  if (now - row.due() > options_.stale_after_ms) return suppress("stale");
  // An oversized cluster is several people: nothing automatic goes to any of them (I5).
  if (deps_.identities.oversized(profile)) return suppress("oversized");
  if (blocked(profile)) return suppress("blocklist");
  if (row.transactional()) return std::nullopt;
  ConsentState consent = deps_.profiles.consent(profile, consent_channel(channel), row.purpose());
  // Following a service account and being somebody's contact are permissions the person gave on the
  // platform, which also enforces them. A phone number gives none: there, unknown is not granted
  // (L24).
  bool needs_grant = channel == "sms" && row.purpose() == kMarketing;
  if (consent == ConsentState::Withdrawn) return suppress("no_consent");
  if (needs_grant && consent != ConsentState::Granted) return suppress("no_consent");
  if (sent_.opted_out(row.profile(), consent_channel(channel))) return suppress("no_consent");
  return std::nullopt;
}

TimeMs Flow::open_at(const pb::Intent& row, TimeMs now) const {
  if (row.transactional()) return now;
  ClosedHours quiet{row.quiet_start(), row.quiet_end()};
  ClosedHours wall{};
  if (current(row).channel() == "sms" && row.purpose() == kMarketing) {
    wall = {options_.sms_wall_end_minute, options_.sms_wall_start_minute};
  }
  return next_open(now, quiet, wall, options_.calendar, options_.quiet_jitter_ms, row.effect_key());
}

std::optional<Flow::Refusal> Flow::prepare(pb::Intent& row) const {
  auto fail_with = [](std::string reason, std::string detail) {
    return Refusal{Refusal::Kind::Fail, std::move(reason), std::move(detail)};
  };
  const pb::Intent::Attempt& attempt = current(row);
  if (channel(attempt.channel()) == nullptr) {
    return fail_with("provider_error",
                     fmt::format("no connector has channel \"{}\"", attempt.channel()));
  }
  auto known = parsed_.find(attempt.template_id());
  if (known == parsed_.end()) {
    return fail_with("invalid_content",
                     fmt::format("template \"{}\" does not exist", attempt.template_id()));
  }
  const TemplateDef& definition = known->second;
  if (definition.channel != attempt.channel()) {
    return fail_with("invalid_content", fmt::format("template \"{}\" is for channel {}",
                                                    definition.id, definition.channel));
  }
  bool marketing_sms =
      attempt.channel() == "sms" && row.purpose() == kMarketing && !row.transactional();
  if (marketing_sms && !has_opt_out_text(definition)) {
    return fail_with("invalid_content",
                     "a marketing SMS must say how to opt out (拒收请回复R, 退订回T)");
  }
  std::map<std::string, std::string> vars;
  for (const pb::Pair& var : row.vars()) vars[var.name()] = var.value();
  auto rendered = render(definition, vars);
  if (!rendered) return fail_with("invalid_content", rendered.error().message);
  row.set_scope(definition.scope);
  row.set_vendor_template(definition.vendor_template);
  row.set_content(rendered->content);
  row.set_url(rendered->url);
  row.clear_fields();
  for (auto& [name, value] : rendered->fields) {
    pb::Pair* field = row.add_fields();
    field->set_name(name);
    field->set_value(value);
  }
  return address(row);
}

std::optional<Flow::Refusal> Flow::address(pb::Intent& row) const {
  auto missing = [](std::string reason, std::string detail) {
    return Refusal{Refusal::Kind::Fail, std::move(reason), std::move(detail)};
  };
  row.clear_sent_to();
  auto sent_to = [&](const Identity& identity) {
    if (auto ordinal = deps_.identities.find(identity)) row.set_sent_to(ordinal->value);
  };
  ProfileOrdinal profile(row.profile());
  const pb::Intent::Attempt& attempt = current(row);
  if (attempt.channel() == "sms") {
    // Opened only when it is handed over: a clear phone number is never state.
    const Sealed* phone = deps_.profiles.address(profile, IdentityKind::Phone);
    if (phone != nullptr) {
      sent_to({IdentityKind::Phone, "", phone->token});
      return std::nullopt;
    }
    return missing("no_identifier", "no phone number");
  }
  if (is_wecom(attempt.channel())) {
    std::vector<Contact> contacts = deps_.profiles.contacts(profile);
    std::erase_if(contacts,
                  [&](const Contact& c) { return !row.scope().empty() && c.corp != row.scope(); });
    if (attempt.staff() == "nearest_store")
      contacts.clear();  // stores are not known to this version
    if (contacts.empty()) {
      bool known =
          deps_.identities.latest(profile, IdentityKind::ExternalUserId, row.scope()) != nullptr;
      return known ? missing("not_friend", "no contact with any staff member")
                   : missing("no_identifier", "no WeCom contact");
    }
    // The binding is the latest valid contact (G10).
    const Contact& binding =
        *std::max_element(contacts.begin(), contacts.end(), [](const Contact& a, const Contact& b) {
          return std::tie(a.since, a.staff_userid) < std::tie(b.since, b.staff_userid);
        });
    row.set_recipient(binding.external_userid);
    row.set_staff_userid(binding.staff_userid);
    sent_to({IdentityKind::ExternalUserId, binding.corp, binding.external_userid});
    return std::nullopt;
  }
  const Identity* openid = deps_.identities.latest(profile, IdentityKind::OpenId, row.scope());
  if (openid == nullptr)
    return missing("no_identifier", fmt::format("no openid of {}", row.scope()));
  row.set_recipient(openid->value);
  sent_to(*openid);
  return std::nullopt;
}

}  // namespace weir::messaging
