#include "identity/cuts.h"

#include "identity/partition.h"
#include "identity/state.pb.h"
#include "model/key_space.h"

#include <algorithm>

namespace weir::identity {
namespace {

std::string prefix() {
  return {key_space::kIdentity, 'c'};
}

}  // namespace

void Cuts::index(const Row& row) {
  if (row.lifted) return;
  for (uint32_t i : row.side) marks_[i].push_back(row.number << 1);
  for (uint32_t i : row.rest) marks_[i].push_back(row.number << 1 | 1);
}

void Cuts::add(std::string_view id, std::vector<uint32_t> side, std::vector<uint32_t> rest,
               Position position) {
  auto [it, added] = rows_.try_emplace(std::string(id));
  WEIR_ASSERT(added);
  it->second = {std::move(side), std::move(rest), position, false, true, next_number_++};
  index(it->second);
}

void Cuts::lift(std::string_view id) {
  auto it = rows_.find(id);
  if (it == rows_.end() || it->second.lifted) return;
  Row& row = it->second;
  row.lifted = row.dirty = true;
  for (const std::vector<uint32_t>* side : {&row.side, &row.rest}) {
    for (uint32_t i : *side) {
      auto marks = marks_.find(i);
      std::erase_if(marks->second, [&](uint32_t mark) { return mark >> 1 == row.number; });
      if (marks->second.empty()) marks_.erase(marks);
    }
  }
}

template <class F>
void Cuts::for_each_mark(const Partition& people, uint32_t identity, F&& visit) const {
  std::vector<uint32_t> members;
  people.collect_of(identity, members);
  for (uint32_t i : members) {
    auto it = marks_.find(i);
    if (it == marks_.end()) continue;
    for (uint32_t mark : it->second) visit(mark);
  }
}

bool Cuts::bars(const Partition& people, uint32_t a, uint32_t b) const {
  if (marks_.empty()) return false;
  std::vector<uint32_t> opposite;
  for_each_mark(people, a, [&](uint32_t mark) { opposite.push_back(mark ^ 1); });
  if (opposite.empty()) return false;
  bool barred = false;
  for_each_mark(people, b, [&](uint32_t mark) {
    barred = barred || std::ranges::find(opposite, mark) != opposite.end();
  });
  return barred;
}

Status Cuts::load(const StateStore& store) {
  Status status;
  WEIR_CHECK_OK(store.scan(prefix(), [&](std::string_view key, std::string_view bytes) {
    state::CutRow stored;
    if (!stored.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      status = fail(ErrorCode::DataLoss, "a row of an identity cut is damaged");
      return false;
    }
    Row row{{stored.side().begin(), stored.side().end()},
            {stored.rest().begin(), stored.rest().end()},
            stored.position(),
            stored.lifted(),
            false,
            next_number_++};
    index(row);
    rows_.emplace(std::string(key.substr(2)), std::move(row));
    return true;
  }));
  return status;
}

void Cuts::save(WriteBatch& batch) {
  for (auto& [id, row] : rows_) {
    if (!std::exchange(row.dirty, false)) continue;
    state::CutRow stored;
    stored.mutable_side()->Assign(row.side.begin(), row.side.end());
    stored.mutable_rest()->Assign(row.rest.begin(), row.rest.end());
    stored.set_lifted(row.lifted);
    stored.set_position(row.position);
    batch.put(prefix() + id, stored.SerializeAsString());
  }
}

}  // namespace weir::identity
