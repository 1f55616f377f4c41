#pragma once
// What a lookalike model knows of people (SG9): stage, RFM, tags, and what they did in the last 30
// days. One pass over events; rows of features are made one person at a time and not kept.

#include "adapters/embedded/behaviour/ask.h"
#include "adapters/embedded/behaviour/compile_parts.h"
#include "columnar/purchases.h"
#include "model/query_lookalike.h"

#include <functional>
#include <string>
#include <vector>

namespace weir::embedded {

class LookalikeFeatures {
 public:
  static Result<LookalikeFeatures> prepare(const LookalikeQuery& query, const Asking& asking);

  /// By profile.
  bool is_seed(uint32_t profile) const { return who_[profile] == kSeed; }
  bool is_candidate(uint32_t profile) const { return who_[profile] == kCandidate; }
  uint32_t limit() const { return static_cast<uint32_t>(who_.size()); }

  const std::vector<std::string>& names() const { return names_; }
  /// Calls `visit` once for everybody whom `wanted` takes; from several threads, each person once.
  using Wanted = std::function<bool(uint32_t profile)>;
  using Visit = std::function<void(uint32_t profile, const std::vector<float>& row)>;
  Status read(const Wanted& wanted, const Visit& visit);
  uint64_t scanned() const { return scanned_; }

 private:
  static constexpr uint8_t kNobody = 0, kSeed = 1, kCandidate = 2;
  struct TagValue {
    size_t field;
    uint32_t code;
  };
  LookalikeFeatures(const LookalikeQuery& query, const Asking& asking)
      : query_(query), asking_(asking) {}
  void sort_people();
  void choose_tag_values();
  void choose_events();
  Status read_orders();
  void fill_orders(uint32_t profile, std::vector<float>& row) const;
  void fill(uint32_t profile, const std::vector<uint32_t>& counts, std::vector<float>& row) const;

  const LookalikeQuery& query_;
  const Asking& asking_;
  PeopleRequest request_;
  std::shared_ptr<const PeopleColumns> people_;
  std::shared_ptr<const columnar::Snapshot> snapshot_;
  std::vector<uint8_t> who_;
  std::vector<std::string> names_;
  std::vector<TagValue> tags_;
  std::vector<uint32_t> events_;             // codes
  std::vector<columnar::Purchases> buyers_;  // ascending by group
  int32_t today_ = 0;
  uint64_t scanned_ = 0;
};

}  // namespace weir::embedded
