#pragma once
// People who are like those of a segment (SEMANTICS §9 SG9). Asked in two steps: what a sample of
// people is like, from which a model is fitted outside, and whom the model takes for the likest.

#include "model/query_parts.h"

#include <string>
#include <vector>

namespace weir {

inline constexpr size_t kLookalikeSeedsMin = 200, kLookalikeSeedsMax = 100'000;

struct LookalikeQuery {
  QueryCommon common;  // segment: the seeds; no range
  OrderDef orders;     // stage and RFM
  std::vector<std::string> tags;
  /// Candidates must have granted it; empty = not asked.
  std::string consent_channel, consent_purpose;
};

/// Says how like the seeds somebody is: intercept + Σ weight · (feature − mean) / scale.
struct LookalikeModel {
  std::vector<double> mean, scale, weight;  // by feature of the sample
  double intercept = 0;
};

}  // namespace weir
