#include "identity/ledger.h"

#include "identity/state.pb.h"
#include "identity/table.h"
#include "model/key_space.h"
#include "ports/resident_table.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::identity {
namespace {

std::string prefix() {
  return {key_space::kIdentity, 'l'};
}

uint8_t bit_of(LinkRule rule) {
  return static_cast<uint8_t>(1U << static_cast<unsigned>(rule));
}

}  // namespace

std::string_view to_string(LinkRule rule) {
  switch (rule) {
    case LinkRule::SameRecord: return "same_record";
    case LinkRule::Identify: return "identify";
    case LinkRule::Alias: return "alias";
    case LinkRule::Cut: return "cut";
    case LinkRule::Resolution: return "resolution";
  }
  return "unknown";
}

std::string_view to_string(Refusal refusal) {
  switch (refusal) {
    case Refusal::None: return "";
    case Refusal::KindLimit: return "kind_limit";
    case Refusal::ClusterFull: return "cluster_full";
    case Refusal::SharedValue: return "shared_value";
    case Refusal::Cut: return "cut";
    case Refusal::Blocked: return "blocked";
  }
  return "unknown";
}

Refusal parse_refusal(std::string_view text) {
  for (Refusal refusal : {Refusal::KindLimit, Refusal::ClusterFull, Refusal::SharedValue,
                          Refusal::Cut, Refusal::Blocked}) {
    if (to_string(refusal) == text) return refusal;
  }
  return Refusal::None;
}

uint64_t Ledger::pair_of(uint32_t a, uint32_t b) {
  return static_cast<uint64_t>(std::min(a, b)) << 32 | std::max(a, b);
}

bool Ledger::knows(uint32_t a, uint32_t b, LinkRule rule, Refusal refusal) const {
  auto it = pairs_.find(pair_of(a, b));
  return it != pairs_.end() && it->second.refusal == refusal &&
         (it->second.rules & bit_of(rule)) != 0;
}

bool Ledger::linked(uint32_t a, uint32_t b) const {
  auto it = pairs_.find(pair_of(a, b));
  return it != pairs_.end() && it->second.refusal == Refusal::None;
}

void Ledger::index(uint32_t number) {
  Link& link = links_[number];
  link.older_a = std::exchange(table_.identity(link.a).newest_link, number);
  link.older_b = std::exchange(table_.identity(link.b).newest_link, number);
  Known& known = pairs_[pair_of(link.a, link.b)];
  if (known.refusal != link.refusal) known.rules = 0;
  known.refusal = link.refusal;
  known.rules = static_cast<uint8_t>(known.rules | bit_of(link.rule));
  refused_ += link.refusal == Refusal::None ? 0 : 1;
}

void Ledger::add(uint32_t a, uint32_t b, LinkRule rule, Refusal refusal, uint32_t version,
                 TimeMs time, Position position, std::string_view message_id, uint32_t source) {
  WEIR_ASSERT(a != b);
  links_.push_back({std::min(a, b), std::max(a, b), rule, refusal, static_cast<uint16_t>(version),
                    source, UINT32_MAX, UINT32_MAX, time, position, std::string(message_id)});
  index(static_cast<uint32_t>(links_.size() - 1));
}

void Ledger::save(WriteBatch& batch) {
  for (; saved_ < links_.size(); ++saved_) {
    const Link& link = links_[saved_];
    state::LinkRow row;
    row.set_a(link.a);
    row.set_b(link.b);
    row.set_rule(static_cast<uint32_t>(link.rule));
    row.set_refusal(static_cast<uint32_t>(link.refusal));
    row.set_time(link.time);
    row.set_position(link.position);
    row.set_message_id(link.message_id);
    row.set_source(table_.source_name(link.source));
    row.set_version(link.version);
    batch.put(prefix() + ordinal_key(static_cast<uint32_t>(saved_)), row.SerializeAsString());
  }
}

Status Ledger::load_row(std::string_view key, std::string_view bytes) {
  state::LinkRow row;
  bool ok = row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) && key.size() == 4 &&
            parse_ordinal_key(key) == links_.size() && row.a() < row.b() &&
            row.b() < table_.identity_count();
  if (!ok) return fail(ErrorCode::DataLoss, fmt::format("link row {} is damaged", links_.size()));
  links_.push_back({row.a(), row.b(), static_cast<LinkRule>(row.rule()),
                    static_cast<Refusal>(row.refusal()), static_cast<uint16_t>(row.version()),
                    table_.source_code(row.source()), UINT32_MAX, UINT32_MAX, row.time(),
                    row.position(), row.message_id()});
  index(static_cast<uint32_t>(links_.size() - 1));
  return {};
}

Status Ledger::load(const StateStore& store) {
  Status status;
  WEIR_CHECK_OK(store.scan(prefix(), [&](std::string_view key, std::string_view bytes) {
    status = load_row(key.substr(2), bytes);
    return status.has_value();
  }));
  saved_ = links_.size();
  return status;
}

}  // namespace weir::identity
