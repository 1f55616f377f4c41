#include "columnar/mapping.h"

namespace weir::columnar {

void PagedArray::set(uint32_t index, uint32_t value) {
  size_t page = index >> kPageBits;
  while (page >= pages_.size()) {
    pages_.push_back(std::make_shared<Page>(kPageMask + 1, kNone));
    shared_.push_back(false);
  }
  if (shared_[page]) {
    pages_[page] = std::make_shared<Page>(*pages_[page]);
    shared_[page] = false;
  }
  (*pages_[page])[index & kPageMask] = value;
}

PagedArray PagedArray::snapshot() {
  shared_.assign(pages_.size(), true);
  return *this;
}

void Mapping::assign(uint32_t subject, uint32_t group) {
  uint32_t before = state_.group(subject);
  if (before == group) return;
  if (is_group(before)) unlink(subject, before);
  state_.group_of.set(subject, group);
  state_.next_of.set(subject, state_.first_of.get(group));
  state_.first_of.set(group, subject);
  if (subject < known_limit_) note_change(subject);
  known_limit_ = std::max(known_limit_, subject + 1);
}

void Mapping::join(uint32_t from, uint32_t into) {
  if (from == into) return;
  uint32_t last = kNone;
  state_.subjects(from, [&](uint32_t subject) {
    state_.group_of.set(subject, into);
    note_change(subject);
    last = subject;
  });
  if (last == kNone) return;
  state_.next_of.set(last, state_.first_of.get(into));
  state_.first_of.set(into, state_.first_of.get(from));
  state_.first_of.set(from, kNone);
}

void Mapping::drop(uint32_t group) {
  state_.subjects(group, [&](uint32_t subject) {
    state_.group_of.set(subject, kDropped);
    note_change(subject);
  });
  state_.first_of.set(group, kNone);
}

void Mapping::drop_subject(uint32_t subject) {
  uint32_t before = state_.group(subject);
  if (is_group(before)) unlink(subject, before);
  state_.group_of.set(subject, kDropped);
  known_limit_ = std::max(known_limit_, subject + 1);
  note_change(subject);
}

MappingSnapshot Mapping::snapshot() {
  return {state_.group_of.snapshot(), state_.first_of.snapshot(), state_.next_of.snapshot(),
          state_.version};
}

std::optional<std::vector<uint32_t>> Mapping::changed_since(uint64_t version) const {
  uint64_t count = state_.version - version;
  if (version > state_.version || count > changes_.size()) return std::nullopt;
  return std::vector<uint32_t>(changes_.end() - static_cast<ptrdiff_t>(count), changes_.end());
}

void Mapping::note_change(uint32_t subject) {
  constexpr size_t kChangesMax = 1u << 20;
  if (changes_.size() >= kChangesMax)
    changes_.erase(changes_.begin(), changes_.begin() + kChangesMax / 2);
  changes_.push_back(subject);
  ++state_.version;
}

void Mapping::unlink(uint32_t subject, uint32_t group) {
  uint32_t previous = kNone;
  for (uint32_t s = state_.first_of.get(group); s != kNone; s = state_.next_of.get(s)) {
    if (s == subject) {
      uint32_t next = state_.next_of.get(s);
      previous == kNone ? state_.first_of.set(group, next) : state_.next_of.set(previous, next);
      return;
    }
    previous = s;
  }
}

}  // namespace weir::columnar
