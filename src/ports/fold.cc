#include "ports/fold.h"

#include "model/event_chunk.h"

#include <algorithm>

namespace weir {

void Fold::apply_chunk(ChunkStep&, StepContext&) {}
ChunkStep make_chunk_step(const Envelope& record, const EventChunk& chunk,
                          std::span<const uint32_t> rows, std::span<const TimeMs> times,
                          Position position, TimeMs now) {
  ChunkStep step{record, chunk, rows, times, {}, position, now};
  step.persons.resize(chunk.persons());
  for (uint32_t row : rows) {
    ChunkStep::Person& person = step.persons[chunk.person_codes[row]];
    TimeMs time = times[row];
    if (person.events++ == 0) {
      person.first_row = row;
      person.first = person.last = time;
    }
    person.first = std::min(person.first, time);
    person.last = std::max(person.last, time);
  }
  return step;
}

void Fold::on_timer(std::string_view, TimeMs, StepContext&) {}
void Fold::on_merge(ProfileOrdinal, ProfileOrdinal, StepContext&) {}
void Fold::on_split(const Split&, StepContext&) {}
void Fold::on_erase(ProfileOrdinal, StepContext&) {}
void Fold::on_batch_end() {}

}  // namespace weir
