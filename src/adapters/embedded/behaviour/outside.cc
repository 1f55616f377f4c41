#include "adapters/embedded/behaviour/outside.h"

#include "base/hash.h"

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <mutex>

namespace weir::embedded {
namespace {

std::vector<std::optional<Identity>> read_identities(const std::vector<IdentityOrdinal>& ordinals,
                                                     const IdentityReader& reader) {
  std::vector<std::optional<Identity>> out;
  for (IdentityOrdinal ordinal : ordinals) {
    const Identity& identity = reader.identity(ordinal);
    // An erased identity keeps its ordinal and loses its value.
    identity.value.empty() ? out.emplace_back() : out.emplace_back(identity);
  }
  return out;
}

class DirectOutside : public Outside {
 public:
  explicit DirectOutside(OutsideReaders readers) : readers_(readers) {}

  void watch(const TouchedProfiles& touched) override { make_cache(&touched); }

  Result<std::shared_ptr<const PeopleColumns>> people(const PeopleRequest& request) override {
    if (cache_ == nullptr) make_cache(nullptr);
    std::shared_ptr<const SetApart> apart;
    if (readers_.apart != nullptr) apart = readers_.apart->set_apart();
    return PeopleColumns::make(request, *cache_, apart.get());
  }

  Result<std::vector<std::optional<Identity>>> identities(
      const std::vector<IdentityOrdinal>& ordinals) override {
    std::vector<std::optional<Identity>> out;
    run([&] { out = read_identities(ordinals, readers_.identities); });
    return out;
  }

  Result<Envelope> record(Position position) override {
    if (readers_.log == nullptr) return fail(ErrorCode::NotFound, "no log is connected");
    WEIR_TRY(std::vector<LogRecord> records, readers_.log->read(position, 1));
    if (records.empty()) return fail(ErrorCode::NotFound, "the log does not have this record");
    return decode_envelope(records[0].bytes);
  }

 protected:
  virtual void run(const std::function<void()>& question) { question(); }

 private:
  void make_cache(const TouchedProfiles* touched) {
    PeopleReaders readers{readers_.identities, readers_.profiles, readers_.segments, readers_.tags};
    cache_ = std::make_unique<PeopleCache>(
        readers, touched, [this](const std::function<void()>& question) { run(question); });
  }

  OutsideReaders readers_;
  std::unique_ptr<PeopleCache> cache_;
};

class GatedOutside : public DirectOutside {
 public:
  GatedOutside(OutsideReaders readers, Gate& gate) : DirectOutside(readers), gate_(gate) {}

 protected:
  void run(const std::function<void()>& question) override {
    struct Done {
      std::mutex mutex;
      std::condition_variable changed;
      bool done = false;
    };
    // Shared, because the gate's thread may still be in notify_all when this one goes on.
    auto done = std::make_shared<Done>();
    gate_.run([&question, done] {
      question();
      std::lock_guard lock(done->mutex);
      done->done = true;
      done->changed.notify_all();
    });
    std::unique_lock lock(done->mutex);
    done->changed.wait(lock, [&] { return done->done; });
  }

 private:
  Gate& gate_;
};

}  // namespace

void PeopleColumns::leave_out(const std::vector<uint32_t>& profiles) {
  if (profiles.empty()) return;
  apart_.resize(std::max<size_t>(apart_.size(), profiles.back() + size_t{1}));
  for (uint32_t profile : profiles) apart_[profile] = true;
}

bool PeopleColumns::sampled(uint32_t profile) const {
  return bucket_of("sample", std::to_string(profile)) < 10000 * sample_;
}

Result<std::shared_ptr<const PeopleColumns>> PeopleColumns::make(const PeopleRequest& request,
                                                                 PeopleCache& cache,
                                                                 const SetApart* apart) {
  auto out = std::make_shared<PeopleColumns>();
  out->sample_ = request.sample;
  if (apart != nullptr && !request.include_test) out->leave_out(apart->test);
  if (apart != nullptr && !request.include_staff) out->leave_out(apart->staff);
  std::vector<PeopleField> all = request.fields;
  for (const std::string& trait : request.traits)
    all.push_back({PeopleField::Kind::Trait, trait, {}});
  cache.prepare(all);
  for (const std::string& trait : request.traits) {
    WEIR_TRY(auto column, cache.column({PeopleField::Kind::Trait, trait, {}}));
    out->traits_.push_back(std::move(column));
  }
  for (const PeopleField& field : request.fields) {
    WEIR_TRY(auto column, cache.column(field));
    out->fields_.push_back(std::move(column));
  }
  for (const std::string& list : request.lists) {
    WEIR_TRY(auto values, cache.list(list));
    out->lists_.push_back(std::move(values));
  }
  if (!request.segment.empty()) {
    WEIR_TRY(out->segment_, cache.column({PeopleField::Kind::Segment, request.segment, {}}));
  }
  return std::shared_ptr<const PeopleColumns>(std::move(out));
}

std::unique_ptr<Outside> make_direct_outside(OutsideReaders readers) {
  return std::make_unique<DirectOutside>(readers);
}

std::unique_ptr<Outside> make_gated_outside(OutsideReaders readers, Gate& gate) {
  return std::make_unique<GatedOutside>(readers, gate);
}

}  // namespace weir::embedded
