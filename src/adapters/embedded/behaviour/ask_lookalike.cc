#include "adapters/embedded/behaviour/ask.h"
#include "adapters/embedded/behaviour/lookalike_features.h"
#include "base/hash.h"
#include "ports/answers_lookalike.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::embedded {
namespace {

constexpr size_t kOthersPerSeed = 5;
constexpr std::string_view kSalt = "lookalike:";

/// The candidates with the smallest hashes: the same for the same people.
std::vector<uint32_t> draw(const LookalikeFeatures& features, size_t wanted) {
  std::vector<std::pair<uint64_t, uint32_t>> hashed;
  for (uint32_t profile = 0; profile < features.limit(); ++profile) {
    if (features.is_candidate(profile))
      hashed.emplace_back(siphash64(std::string(kSalt) + std::to_string(profile)), profile);
  }
  auto end = hashed.begin() + static_cast<ptrdiff_t>(std::min(wanted, hashed.size()));
  std::nth_element(hashed.begin(), end == hashed.end() ? hashed.begin() : end, hashed.end());
  std::vector<uint32_t> out;
  for (auto it = hashed.begin(); it != end; ++it) out.push_back(it->second);
  return out;
}

}  // namespace

Result<LookalikeSample> ask_lookalike_sample(const LookalikeQuery& query, const Asking& asking) {
  WEIR_TRY(LookalikeFeatures features, LookalikeFeatures::prepare(query, asking));
  LookalikeSample out;
  std::vector<uint32_t> people;
  for (uint32_t profile = 0; profile < features.limit(); ++profile) {
    if (features.is_seed(profile)) people.push_back(profile);
    out.candidates += features.is_candidate(profile) ? 1 : 0;
  }
  out.seeds = people.size();
  if (out.seeds < kLookalikeSeedsMin || out.seeds > kLookalikeSeedsMax) {
    return fail(ErrorCode::FailedPrecondition,
                fmt::format("the segment has {} people; a model of who is like them needs {} to {}",
                            out.seeds, kLookalikeSeedsMin, kLookalikeSeedsMax),
                "segment");
  }
  std::vector<uint32_t> others = draw(features, kOthersPerSeed * people.size());
  people.insert(people.end(), others.begin(), others.end());
  std::sort(people.begin(), people.end());
  out.features = features.names();
  out.rows.resize(people.size() * out.features.size());
  constexpr uint32_t kNoSlot = UINT32_MAX;
  std::vector<uint32_t> slot(features.limit(), kNoSlot);
  for (size_t i = 0; i < people.size(); ++i) {
    slot[people[i]] = static_cast<uint32_t>(i);
    out.people.emplace_back(people[i]);
    out.seed.push_back(features.is_seed(people[i]));
  }
  WEIR_CHECK_OK(features.read([&](uint32_t profile) { return slot[profile] != kNoSlot; },
                              [&](uint32_t profile, const std::vector<float>& row) {
                                std::copy(row.begin(), row.end(),
                                          out.rows.begin() +
                                              static_cast<ptrdiff_t>(slot[profile] * row.size()));
                              }));
  out.events_scanned = features.scanned();
  return out;
}

Result<LookalikePeople> ask_lookalike_people(const LookalikeQuery& query,
                                             const LookalikeModel& model, uint64_t most,
                                             const Asking& asking) {
  WEIR_TRY(LookalikeFeatures features, LookalikeFeatures::prepare(query, asking));
  if (features.names().size() != model.weight.size()) {
    return fail(ErrorCode::Unavailable,
                "the tags or events changed while the model was made; ask again");
  }
  std::vector<float> score(features.limit());
  auto rate = [&](uint32_t profile, const std::vector<float>& row) {
    double sum = model.intercept;
    for (size_t f = 0; f < row.size(); ++f)
      sum += model.weight[f] * (row[f] - model.mean[f]) / model.scale[f];
    score[profile] = static_cast<float>(sum);
  };
  auto wanted = [&](uint32_t profile) { return features.is_candidate(profile); };
  WEIR_CHECK_OK(features.read(wanted, rate));
  std::vector<uint32_t> people;
  for (uint32_t profile = 0; profile < features.limit(); ++profile) {
    if (wanted(profile)) people.push_back(profile);
  }
  auto likest = [&](uint32_t a, uint32_t b) {
    return score[a] != score[b] ? score[a] > score[b] : a < b;
  };
  if (most < people.size()) {
    std::nth_element(people.begin(), people.begin() + static_cast<ptrdiff_t>(most), people.end(),
                     likest);
    people.resize(most);
  }
  std::sort(people.begin(), people.end());
  LookalikePeople out;
  for (uint32_t profile : people) out.people.emplace_back(profile);
  out.events_scanned = features.scanned();
  return out;
}

}  // namespace weir::embedded
