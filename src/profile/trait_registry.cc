#include "profile/trait_registry.h"

#include "model/key_space.h"

#include <algorithm>
#include <array>

namespace weir::profile {
namespace {

constexpr size_t kNamesMax = 2000;

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

std::string_view data_class_of(std::string_view name, bool personal) {
  bool sensitive = std::ranges::any_of(
      kSensitive, [&](std::string_view part) { return name.find(part) != name.npos; });
  if (sensitive) return "sensitive";
  return personal ? "personal" : "public";
}

TraitRegistry::TraitRegistry() : rows_(std::string{key_space::kProfile, 'r'}) {}

bool TraitRegistry::note(const TraitChange& change) {
  std::string_view type = type_name(change.value);
  const pb::TraitInfo* known = rows_.find(change.name);
  if (change.op == TraitOp::Unset) return known != nullptr;
  if (known != nullptr && known->type() == type) return true;
  if (known == nullptr && rows_.size() >= kNamesMax) return false;
  pb::TraitInfo& info = rows_.mutate(change.name);
  info.set_type(std::string(type));
  info.set_personal(info.personal() || std::holds_alternative<Sealed>(change.value));
  return true;
}

std::vector<TraitInfo> TraitRegistry::list() const {
  std::vector<TraitInfo> all;
  rows_.for_each([&](const std::string& name, const pb::TraitInfo& info) {
    all.push_back({name, info.type(), info.personal(), data_class_of(name, info.personal())});
  });
  std::ranges::sort(all, {}, &TraitInfo::name);
  return all;
}

}  // namespace weir::profile
