#include "profile/trait_registry.h"

#include "model/key_space.h"

#include <algorithm>
#include <array>
#include <map>

namespace weir::profile {
namespace {

constexpr size_t kNamesMax = 2000;
constexpr size_t kSourcesMax = 8;  // remembered; enough to order them

// Kinds that PIPL 28 names. Matched inside the name: "user_id_card", "银行卡号".
constexpr std::array<std::string_view, 19> kSensitive = {
    "id_card", "idcard",  "identity_card", "passport", "bank_card", "bankcard", "health",
    "disease", "religio", "fingerprint",   "face_id",  "身份证",    "护照",     "银行卡",
    "健康",    "疾病",    "宗教",          "指纹",     "人脸"};

std::string_view type_name(const Value& value) {
  constexpr std::array<std::string_view, 8> kNames = {"text", "bool", "number", "number",
                                                      "text", "list", "json",   "sealed"};
  return kNames[value.index()];
}

}  // namespace

DataClass data_class_of(std::string_view name, bool personal) {
  bool sensitive = std::ranges::any_of(
      kSensitive, [&](std::string_view part) { return name.find(part) != name.npos; });
  if (sensitive) return DataClass::Sensitive;
  return personal ? DataClass::Personal : DataClass::Public;
}

TraitRegistry::TraitRegistry(TraitSchemas& schemas)
    : schemas_(schemas),
      schema_(schemas.current()),
      rows_(std::string{key_space::kProfile, 'r'}),
      row_(std::string{key_space::kProfile, 's'}) {}

bool TraitRegistry::note(const TraitChange& change, const TraitRule* rule,
                         const std::string& source) {
  const pb::TraitInfo* known = rows_.find(change.name);
  if (known == nullptr && rows_.size() >= kNamesMax) return false;
  if (rule != nullptr && !fits(*rule, change)) {
    pb::TraitInfo& info = rows_.mutate(change.name);
    info.set_refused(info.refused() + 1);
    return false;
  }
  if (change.op == TraitOp::Unset) return known != nullptr;
  std::string_view type = type_name(change.value);
  bool known_source =
      known != nullptr && (known->sources_size() >= static_cast<int>(kSourcesMax) ||
                           std::ranges::find(known->sources(), source) != known->sources().end());
  if (known_source && known->type() == type) return true;
  pb::TraitInfo& info = rows_.mutate(change.name);
  info.set_type(std::string(type));
  info.set_personal(info.personal() || std::holds_alternative<Sealed>(change.value));
  if (!known_source) info.add_sources(source);
  return true;
}

std::vector<TraitInfo> TraitRegistry::list() const {
  std::map<std::string, TraitInfo> all;
  rows_.for_each([&](const std::string& name, const pb::TraitInfo& row) {
    TraitInfo& info = all[name];
    info.type = row.type();
    info.personal = row.personal();
    info.sources.assign(row.sources().begin(), row.sources().end());
    info.refused = row.refused();
  });
  for (const auto& [name, rule] : schema_->rules) all[name].rule = rule;
  std::vector<TraitInfo> list;
  for (auto& [name, info] : all) {
    info.name = name;
    DataClass found = data_class_of(name, info.personal);
    info.data_class = to_string(info.rule ? std::max(info.rule->data_class, found) : found);
    list.push_back(std::move(info));
  }
  return list;
}

bool TraitRegistry::use(std::string_view body) {
  TraitSchema schema;
  if (!body.empty()) {
    auto parsed = json::parse(body);
    if (!parsed) return false;
    auto read = parse_trait_schema(*parsed);
    if (!read) return false;
    schema = *std::move(read);
  }
  schemas_.set(std::move(schema));
  schema_ = schemas_.current();
  return true;
}

void TraitRegistry::define(std::string_view body, TimeMs time, std::string_view by) {
  TraitSchema before = *schema_;
  if (!use(body) || compare(before, *schema_).empty()) return;
  version_ = {version_.number + 1, time, std::string(by)};
  pb::TraitSchemaRow& row = row_.mutate("");
  row.set_body(std::string(body));
  row.set_version(version_.number);
  row.set_time(time);
  row.set_by(version_.by);
}

Status TraitRegistry::load(const StateStore& store) {
  WEIR_CHECK_OK(rows_.load(store));
  WEIR_CHECK_OK(row_.load(store));
  const pb::TraitSchemaRow* row = row_.find("");
  if (row == nullptr) return {};
  version_ = {row->version(), row->time(), row->by()};
  if (use(row->body())) return {};
  return fail(ErrorCode::DataLoss, "the trait schema in the state is damaged");
}

void TraitRegistry::save(WriteBatch& batch) {
  rows_.save(batch);
  row_.save(batch);
}

}  // namespace weir::profile
