#include "identity/rule_book.h"

#include "identity/state.pb.h"
#include "model/key_space.h"
#include "ports/resident_table.h"

#include <fmt/format.h>

namespace weir::identity {
namespace {

std::string prefix() {
  return {key_space::kIdentity, 'r'};
}

Result<IdentityRules> read(std::string_view body) {
  WEIR_TRY(json::value parsed, json::parse(body));
  return parse_rules(parsed);
}

}  // namespace

RuleBook::RuleBook(IdentityRules built_in) {
  versions_.push_back({kBuiltInRules, std::move(built_in), 0, 0, {}});
}

const RulesVersion* RuleBook::find(uint32_t version) const {
  if (version < kBuiltInRules || version - kBuiltInRules >= versions_.size()) return nullptr;
  return &versions_[version - kBuiltInRules];
}

bool RuleBook::add(std::string_view body, TimeMs time, Position position, std::string_view by) {
  Result<IdentityRules> rules = body.empty() ? versions_.front().rules : read(body);
  if (!rules || compare(current().rules, *rules).empty()) return false;
  versions_.push_back({current().version + 1, *std::move(rules), time, position, std::string(by)});
  return true;
}

void RuleBook::save(WriteBatch& batch) {
  for (; saved_ < versions_.size(); ++saved_) {
    const RulesVersion& version = versions_[saved_];
    state::RulesRow row;
    row.set_body(json::to_text(render_rules(version.rules)));
    row.set_time(version.since);
    row.set_position(version.position);
    row.set_by(version.by);
    batch.put(prefix() + ordinal_key(version.version), row.SerializeAsString());
  }
}

Status RuleBook::load(const StateStore& store) {
  Status status;
  WEIR_CHECK_OK(store.scan(prefix(), [&](std::string_view key, std::string_view bytes) {
    state::RulesRow row;
    uint32_t number = current().version + 1;
    bool ok = row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) && key.size() == 6 &&
              parse_ordinal_key(key.substr(2)) == number;
    auto rules = ok ? read(row.body()) : fail(ErrorCode::DataLoss, "");
    if (!rules) {
      status = fail(ErrorCode::DataLoss,
                    fmt::format("version {} of the identity rules is damaged", number));
      return false;
    }
    versions_.push_back({number, *std::move(rules), row.time(), row.position(), row.by()});
    return true;
  }));
  saved_ = versions_.size();
  return status;
}

}  // namespace weir::identity
