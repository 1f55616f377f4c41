#include "tags/assignments.h"

#include "model/envelope.h"
#include "tags/state.pb.h"

#include <algorithm>
#include <utility>

namespace weir::tags {
namespace {

bool is_import(ValueSource source) {
  return source == ValueSource::Import;
}

bool beats(const Assignment& a, const Assignment& b) {
  bool a_locked = a.value && a.source == ValueSource::Locked;
  bool b_locked = b.value && b.source == ValueSource::Locked;
  return std::pair(a_locked, a.at) > std::pair(b_locked, b.at);
}

}  // namespace

std::string_view to_string(ValueSource source) {
  switch (source) {
    case ValueSource::Rule: return "rule";
    case ValueSource::Import: return "import";
    case ValueSource::Manual: return "manual";
    case ValueSource::Locked: return "lock";
  }
  return "rule";
}

bool AssignmentsRow::ParseFromArray(const void* data, int size) {
  pb::Assignments row;
  if (!row.ParseFromArray(data, size)) return false;
  for (const auto& item : row.items()) {
    Assignment& out = all.emplace_back(
        Assignment{item.code(), static_cast<ValueSource>(item.source()), {}, item.at()});
    if (item.value().empty()) continue;
    auto value = decode_value(item.value());
    if (!value) return false;
    out.value = *std::move(value);
  }
  return true;
}

std::string AssignmentsRow::SerializeAsString() const {
  pb::Assignments row;
  for (const Assignment& a : all) {
    auto* item = row.add_items();
    item->set_code(a.code);
    item->set_source(static_cast<uint32_t>(a.source));
    item->set_at(a.at);
    if (a.value) item->set_value(encode_value(*a.value));
  }
  return row.SerializeAsString();
}

void Assignments::put(IdentityOrdinal identity, Assignment assignment) {
  std::vector<Assignment>& all = rows_.mutate(ordinal_key(identity.value)).all;
  auto same = std::ranges::find_if(all, [&](const Assignment& one) {
    return one.code == assignment.code && is_import(one.source) == is_import(assignment.source);
  });
  if (same == all.end()) {
    all.push_back(std::move(assignment));
  } else {
    *same = std::move(assignment);
  }
}

void Assignments::forget(std::string_view code) {
  std::vector<std::string> keys;
  auto is_code = [&](const Assignment& one) { return one.code == code; };
  rows_.for_each([&](const std::string& key, const AssignmentsRow& row) {
    if (std::ranges::any_of(row.all, is_code)) keys.push_back(key);
  });
  for (const std::string& key : keys) std::erase_if(rows_.mutate(key).all, is_code);
}

const Assignment* Assignments::of_people(std::span<const uint32_t> identities,
                                         std::string_view code, TimeMs expired) const {
  return latest(identities, code, false, expired);
}

const Assignment* Assignments::of_imports(std::span<const uint32_t> identities,
                                          std::string_view code, TimeMs expired) const {
  return latest(identities, code, true, expired);
}

const Assignment* Assignments::latest(std::span<const uint32_t> identities, std::string_view code,
                                      bool imports, TimeMs expired) const {
  const Assignment* best = nullptr;
  for (uint32_t identity : identities) {
    const AssignmentsRow* row = rows_.find(ordinal_key(identity));
    if (row == nullptr) continue;
    for (const Assignment& one : row->all) {
      if (one.code != code || is_import(one.source) != imports) continue;
      if (best == nullptr || beats(one, *best)) best = &one;
    }
  }
  return best == nullptr || !best->value || best->at <= expired ? nullptr : best;
}

}  // namespace weir::tags
