#pragma once
// Answers about a sample of the people, brought back to all of them: counts and sums are divided by
// the share, what is an average or a rate stays.

#include "ports/analytics.h"

namespace weir::analytics {

void scale(TrendsAnswer& answer, const TrendsQuery& query);
void scale(FunnelAnswer& answer, const FunnelQuery& query);

}  // namespace weir::analytics
