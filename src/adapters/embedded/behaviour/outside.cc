#include "adapters/embedded/behaviour/outside.h"

#include <condition_variable>
#include <functional>
#include <mutex>

namespace weir::embedded {
namespace {

constexpr size_t kPeoplePerChunk = 512;

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

  Result<std::shared_ptr<const PeopleColumns>> people(const PeopleRequest& request) override {
    auto columns = std::make_shared<PeopleColumns>(request);
    WEIR_CHECK_OK(check(request));
    std::optional<ProfileOrdinal> next = ProfileOrdinal(0);
    while (next) {
      run([&] {
        next = columns->collect(*next, kPeoplePerChunk, readers_.identities, readers_.profiles,
                                readers_.segments);
      });
    }
    return std::shared_ptr<const PeopleColumns>(std::move(columns));
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
  Status check(const PeopleRequest& request) const {
    if (!request.segment.empty() && readers_.segments == nullptr) {
      return fail(ErrorCode::FailedPrecondition,
                  "segments are not connected to the behaviour store", "segment");
    }
    return {};
  }

  OutsideReaders readers_;
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

const Value* PeopleColumns::trait(size_t index, uint32_t profile) const {
  const std::vector<Value>& values = traits_[index];
  if (profile >= values.size() || std::holds_alternative<std::monostate>(values[profile]))
    return nullptr;
  return &values[profile];
}

std::optional<ProfileOrdinal> PeopleColumns::collect(ProfileOrdinal from, size_t limit,
                                                     const IdentityReader& identities,
                                                     const ProfileReader& profiles,
                                                     const SegmentReader* segments) {
  std::vector<ProfileOrdinal> people = identities.live_profiles(from, limit);
  if (people.empty()) return std::nullopt;
  size_t end = people.back().value + size_t{1};
  for (size_t t = 0; t < traits_.size(); ++t) {
    traits_[t].resize(end);
    for (ProfileOrdinal profile : people) {
      if (const Value* value = profiles.trait(profile, request_.traits[t]))
        traits_[t][profile.value] = *value;
    }
  }
  if (!request_.segment.empty()) {
    members_.resize(end);
    for (ProfileOrdinal profile : people) {
      members_[profile.value] = segments->is_member(profile, request_.segment);
    }
  }
  return ProfileOrdinal(static_cast<uint32_t>(end));
}

std::unique_ptr<Outside> make_direct_outside(OutsideReaders readers) {
  return std::make_unique<DirectOutside>(readers);
}

std::unique_ptr<Outside> make_gated_outside(OutsideReaders readers, Gate& gate) {
  return std::make_unique<GatedOutside>(readers, gate);
}

}  // namespace weir::embedded
