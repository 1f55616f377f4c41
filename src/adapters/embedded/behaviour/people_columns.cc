#include "adapters/embedded/behaviour/people_columns.h"

#include "model/envelope.h"

#include <algorithm>

namespace weir::embedded {
namespace {

constexpr size_t kPeoplePerChunk = 1024;  // ingest waits for one chunk at most
constexpr size_t kColumnsMax = 64;        // four bytes a person each, and the distinct values

std::optional<Value> consent_value(ConsentState state) {
  switch (state) {
    case ConsentState::Granted: return Value(std::string("granted"));
    case ConsentState::Withdrawn: return Value(std::string("withdrawn"));
    case ConsentState::Unknown: break;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::vector<uint32_t>> TouchedProfiles::since(uint64_t count) const {
  uint64_t more = count_ - count;
  if (count > count_ || more > last_.size()) return std::nullopt;
  return std::vector<uint32_t>(last_.end() - static_cast<ptrdiff_t>(more), last_.end());
}

std::optional<Value> PeopleCache::value_of(const PeopleField& field, ProfileOrdinal profile) const {
  auto copy = [](const Value* v) { return v == nullptr ? std::nullopt : std::optional<Value>(*v); };
  auto truth = [](bool b) { return b ? std::optional<Value>(true) : std::nullopt; };
  switch (field.kind) {
    case PeopleField::Kind::Live: return truth(true);
    case PeopleField::Kind::Trait: return copy(readers_.profiles.trait(profile, field.name));
    case PeopleField::Kind::Tag: return copy(readers_.tags->tag(profile, field.name));
    case PeopleField::Kind::Segment:
      return truth(readers_.segments->is_member(profile, field.name));
    case PeopleField::Kind::Consent:
      return consent_value(readers_.profiles.consent(profile, field.name, field.purpose));
  }
  return std::nullopt;
}

uint32_t PeopleCache::code_of(Kept& kept, PeopleColumn& column, const Value& value) {
  auto [it, fresh] = kept.codes.try_emplace(encode_value(value), kept.next_code);
  if (!fresh) return it->second;
  uint32_t code = kept.next_code++;
  size_t page = code / PeopleColumn::kPage;
  if (page >= column.values_.size())
    column.values_.push_back(std::make_shared<PeopleColumn::ValuePage>());
  // Readers of earlier columns share the page and have no code as high as this one.
  (*column.values_[page])[code % PeopleColumn::kPage] = value;
  column.code_count_ = code + 1;
  return code;
}

void PeopleCache::put(Kept& kept, PeopleColumn& column, uint32_t profile,
                      const std::optional<Value>& value) {
  uint32_t code = value ? code_of(kept, column, *value) : 0;
  size_t page = profile / PeopleColumn::kPage, at = profile % PeopleColumn::kPage;
  if (page >= column.codes_.size() && code == 0) return;
  while (page >= column.codes_.size())
    column.codes_.push_back(std::make_shared<PeopleColumn::CodePage>());
  uint32_t before = (*column.codes_[page])[at];
  if (before == code) return;
  column.people_ = column.people_ + (code != 0 ? 1 : 0) - (before != 0 ? 1 : 0);
  // Pages that only this column has are changed in place.
  if (column.codes_[page].use_count() > 1)
    column.codes_[page] = std::make_shared<PeopleColumn::CodePage>(*column.codes_[page]);
  const_cast<PeopleColumn::CodePage&>(*column.codes_[page])[at] = code;
}

void PeopleCache::read_all(const std::vector<const PeopleField*>& fields) {
  std::vector<std::string> traits;  // of the fields that are traits, in their order
  std::vector<Kept*> kept;
  for (const PeopleField* field : fields) {
    if (field->kind == PeopleField::Kind::Trait) traits.push_back(field->name);
    Kept& one = kept_[*field];
    uint64_t used = one.used;
    one = {};
    one.used = used;
    one.column = std::make_shared<PeopleColumn>();
    one.column->values_.push_back(std::make_shared<PeopleColumn::ValuePage>());  // 0 is in use
    kept.push_back(&one);
  }
  run_([&] {
    for (Kept* one : kept) {
      one->touched = touched_ == nullptr ? 0 : touched_->count();
      one->definitions = touched_ == nullptr ? 0 : touched_->definitions();
    }
  });
  std::vector<std::optional<Value>> values;
  auto read = [&](ProfileOrdinal profile) {
    if (!traits.empty()) readers_.profiles.read_traits(profile, traits, values);
    size_t trait = 0;
    for (size_t i = 0; i < fields.size(); ++i) {
      bool is_trait = fields[i]->kind == PeopleField::Kind::Trait;
      put(*kept[i], *kept[i]->column, profile.value,
          is_trait ? values[trait++] : value_of(*fields[i], profile));
    }
  };
  std::optional<ProfileOrdinal> next = ProfileOrdinal(0);
  while (next) {
    run_([&] {
      auto people = readers_.identities.live_profiles(*next, kPeoplePerChunk);
      next.reset();
      for (ProfileOrdinal profile : people) {
        read(profile);
        next = ProfileOrdinal(profile.value + 1);
      }
    });
  }
}

void PeopleCache::read_again(const PeopleField& field, Kept& kept, std::vector<uint32_t> profiles) {
  std::sort(profiles.begin(), profiles.end());
  profiles.erase(std::unique(profiles.begin(), profiles.end()), profiles.end());
  auto column = std::make_shared<PeopleColumn>(*kept.column);
  for (size_t begin = 0; begin < profiles.size(); begin += kPeoplePerChunk) {
    run_([&] {
      size_t end = std::min(profiles.size(), begin + kPeoplePerChunk);
      for (size_t i = begin; i < end; ++i) {
        ProfileOrdinal profile(profiles[i]);
        auto live = readers_.identities.live_profiles(profile, 1);
        bool is_live = !live.empty() && live.front() == profile;
        put(kept, *column, profiles[i], is_live ? value_of(field, profile) : std::nullopt);
      }
    });
  }
  kept.column = std::move(column);
}

bool PeopleCache::connected(const PeopleField& field) const {
  return (field.kind != PeopleField::Kind::Segment || readers_.segments != nullptr) &&
         (field.kind != PeopleField::Kind::Tag || readers_.tags != nullptr);
}

std::optional<std::vector<uint32_t>> PeopleCache::changed_since(const PeopleField& field,
                                                                Kept& kept) {
  std::optional<std::vector<uint32_t>> changed;
  if (kept.column == nullptr || touched_ == nullptr) return changed;
  bool defined = field.kind == PeopleField::Kind::Segment || field.kind == PeopleField::Kind::Tag;
  run_([&] {
    if (defined && touched_->definitions() != kept.definitions) return;
    changed = touched_->since(kept.touched);
    if (changed) kept.touched = touched_->count();
  });
  return changed;
}

void PeopleCache::prepare(const std::vector<PeopleField>& fields) {
  std::lock_guard lock(mutex_);
  std::vector<const PeopleField*> missing;
  for (const PeopleField& field : fields) {
    if (connected(field) && kept_[field].column == nullptr) missing.push_back(&field);
  }
  if (missing.size() > 1) read_all(missing);
}

Result<std::shared_ptr<const PeopleColumn>> PeopleCache::column(const PeopleField& field) {
  if (!connected(field)) {
    return fail(ErrorCode::FailedPrecondition,
                "segments and tags are not connected to the behaviour store", "segment");
  }
  std::lock_guard lock(mutex_);
  Kept& kept = kept_[field];
  kept.used = ++uses_;
  std::optional<std::vector<uint32_t>> changed = changed_since(field, kept);
  if (!changed) {
    read_all({&field});
  } else if (!changed->empty()) {
    read_again(field, kept, *std::move(changed));
  }
  std::shared_ptr<const PeopleColumn> out = kept.column;
  if (kept_.size() > kColumnsMax) drop_least_used();
  return out;
}

Result<std::shared_ptr<const ListValues>> PeopleCache::list(const std::string& id) {
  std::optional<std::vector<std::string>> values;
  run_([&] {
    if (readers_.segments != nullptr) values = readers_.segments->list_values(id);
  });
  if (!values) {
    return fail(ErrorCode::InvalidArgument,
                "there is no list \"" + id + "\"; define list/" + id +
                    " first, or use \"in\" with the values",
                "filter");
  }
  return std::make_shared<const ListValues>(values->begin(), values->end());
}

void PeopleCache::drop_least_used() {
  auto least = std::min_element(kept_.begin(), kept_.end(), [](const auto& a, const auto& b) {
    return a.second.used < b.second.used;
  });
  kept_.erase(least);
}

}  // namespace weir::embedded
