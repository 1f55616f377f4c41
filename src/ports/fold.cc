#include "ports/fold.h"

namespace weir {

void Fold::on_timer(std::string_view, TimeMs, StepContext&) {}
void Fold::on_merge(ProfileOrdinal, ProfileOrdinal, StepContext&) {}
void Fold::on_erase(ProfileOrdinal, StepContext&) {}
void Fold::on_batch_end() {}

}  // namespace weir
