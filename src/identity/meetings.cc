#include "identity/meetings.h"

#include "base/hash.h"
#include "identity/state.pb.h"
#include "identity/table.h"
#include "model/key_space.h"
#include "ports/resident_table.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::identity {
namespace {

std::string prefix() {
  return {key_space::kIdentity, 'm'};
}

uint64_t hash_of(LinkRule rule, std::span<const uint32_t> identities) {
  std::string_view bytes(reinterpret_cast<const char*>(identities.data()), identities.size_bytes());
  return hash64(bytes, static_cast<uint64_t>(rule));
}

uint32_t day_of(TimeMs time) {
  return static_cast<uint32_t>(time / kDayMs);
}

}  // namespace

void Meetings::append(LinkRule rule, std::span<const uint32_t> identities, TimeMs time,
                      Position position) {
  auto low = [](uint64_t v) { return static_cast<uint32_t>(v); };
  auto high = [](uint64_t v) { return static_cast<uint32_t>(v >> 32); };
  auto t = static_cast<uint64_t>(time);
  starts_.push_back(words_.size());
  words_.push_back(static_cast<uint32_t>(identities.size()) << 8 | static_cast<uint32_t>(rule));
  for (uint32_t word : {low(t), high(t), low(position), high(position)}) words_.push_back(word);
  words_.insert(words_.end(), identities.begin(), identities.end());
  days_[hash_of(rule, identities)] = day_of(time);
}

void Meetings::note(LinkRule rule, std::span<const uint32_t> identities, bool all_one, TimeMs time,
                    Position position) {
  auto known = days_.find(hash_of(rule, identities));
  if (known != days_.end() && (all_one || day_of(time) <= known->second)) return;
  append(rule, identities, time, position);
}

Meeting Meetings::at(size_t number) const {
  const uint32_t* row = &words_[starts_[number]];
  auto wide = [](uint32_t low, uint32_t high) { return static_cast<uint64_t>(high) << 32 | low; };
  return {static_cast<LinkRule>(row[0] & 0xff),
          static_cast<TimeMs>(wide(row[1], row[2])),
          wide(row[3], row[4]),
          {row + kHeader, row[0] >> 8}};
}

void Meetings::save(WriteBatch& batch) {
  for (; saved_ < size(); ++saved_) {
    Meeting meeting = at(saved_);
    state::MeetingRow row;
    row.set_rule(static_cast<uint32_t>(meeting.rule));
    row.set_time(meeting.time);
    row.set_position(meeting.position);
    row.mutable_identities()->Assign(meeting.identities.begin(), meeting.identities.end());
    batch.put(prefix() + ordinal_key(static_cast<uint32_t>(saved_)), row.SerializeAsString());
  }
}

Status Meetings::load_row(std::string_view key, std::string_view bytes) {
  state::MeetingRow row;
  bool ok = row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) && key.size() == 4 &&
            parse_ordinal_key(key) == size() && row.identities_size() > 1;
  for (uint32_t i : row.identities()) ok = ok && i < table_.identity_count();
  if (!ok) return fail(ErrorCode::DataLoss, fmt::format("meeting row {} is damaged", size()));
  std::vector<uint32_t> identities(row.identities().begin(), row.identities().end());
  append(static_cast<LinkRule>(row.rule()), identities, row.time(), row.position());
  return {};
}

Status Meetings::load(const StateStore& store, const Ledger& ledger) {
  Status status;
  WEIR_CHECK_OK(store.scan(prefix(), [&](std::string_view key, std::string_view bytes) {
    status = load_row(key.substr(2), bytes);
    return status.has_value();
  }));
  WEIR_CHECK_OK(status);
  saved_ = size();
  if (size() > 0) return {};
  for (size_t i = 0; i < ledger.size(); ++i) {
    const Link& link = ledger.row(static_cast<uint32_t>(i));
    if (link.rule > LinkRule::Alias) continue;
    uint32_t pair[] = {link.a, link.b};
    note(link.rule, pair, false, link.time, link.position);
  }
  return {};
}

}  // namespace weir::identity
