#include "adapters/embedded/behaviour/ask.h"
#include "adapters/embedded/behaviour/compile_parts.h"
#include "model/facts.h"
#include "model/query_segment_changes.h"
#include "ports/answers_segment_changes.h"

#include <algorithm>

namespace weir::embedded {
namespace {

using columnar::Cell;
using columnar::CellType;
using columnar::Family;
using columnar::Hit;
using columnar::RowReader;

constexpr uint32_t kEnteredBit = 1;

/// Codes of what the facts say; kNone for what was never stored.
struct Codes {
  Codes(const columnar::Dictionary& dictionary, std::string_view segment_id) {
    auto code = [&](std::string_view name) {
      return dictionary[Family::Property].find(name).value_or(columnar::kNone);
    };
    segment = code("segment");
    version = code("version");
    reason = code("reason");
    profile = code("profile");
    change = code("change");
    by = code("by");
    by_time = code("by_time");
    id = dictionary[Family::Value].find(segment_id).value_or(columnar::kNone);
  }
  uint32_t segment, version, reason, profile, change, by, by_time;
  uint32_t id;  // of the segment, as a value
};

class Worker : public columnar::GroupOperator {
 public:
  Worker(const Codes& codes, const SegmentChangesQuery& query) : codes_(codes), query_(query) {}

  void group(uint32_t, std::span<Hit> hits, RowReader& reader) override {
    for (const Hit& hit : hits) {
      Cell segment = reader.cell(hit, codes_.segment);
      if (segment.type == CellType::Text && segment.code() == codes_.id) add(hit, reader);
    }
  }
  uint64_t memory_bytes() const override { return found.capacity() * sizeof(SegmentChange); }

  // `reason` and `by` are codes of the dictionary still.
  std::vector<SegmentChange> found;

 private:
  static int64_t number(const Hit& hit, uint32_t property, RowReader& reader) {
    Cell cell = reader.cell(hit, property);
    return cell.type == CellType::Int ? cell.as_int() : 0;
  }
  static uint32_t text(const Hit& hit, uint32_t property, RowReader& reader) {
    Cell cell = reader.cell(hit, property);
    return cell.type == CellType::Text ? cell.code() : columnar::kNone;
  }

  void add(const Hit& hit, RowReader& reader) {
    auto change = static_cast<uint64_t>(number(hit, codes_.change, reader));
    // 0: a fact of an older build, which the segment's history does not reach back to.
    if (change == 0 || change > query_.upto) return;
    SegmentChange& out = found.emplace_back();
    out.number = change;
    out.time = hit.time;
    out.profile = ProfileOrdinal(static_cast<uint32_t>(number(hit, codes_.profile, reader)));
    out.entered = (hit.mask & kEnteredBit) != 0;
    out.version = static_cast<uint32_t>(number(hit, codes_.version, reader));
    out.reason = text(hit, codes_.reason, reader);
    out.by = text(hit, codes_.by, reader);
    out.by_time = number(hit, codes_.by_time, reader);
  }

  const Codes& codes_;
  const SegmentChangesQuery& query_;
};

/// Codes of the dictionary become indices of the answer's texts.
class Texts {
 public:
  explicit Texts(const columnar::StringTable& values) : values_(values) {}
  uint32_t index(uint32_t code) {
    auto known = std::find(codes_.begin(), codes_.end(), code);
    if (known == codes_.end()) known = codes_.insert(codes_.end(), code);
    return static_cast<uint32_t>(known - codes_.begin());
  }
  std::vector<std::string> all() const {
    std::vector<std::string> out;
    for (uint32_t code : codes_)
      out.emplace_back(code == columnar::kNone ? std::string_view() : values_.text(code));
    return out;
  }

 private:
  const columnar::StringTable& values_;
  std::vector<uint32_t> codes_;
};

}  // namespace

Result<SegmentChangesAnswer> ask_segment_changes(const SegmentChangesQuery& query,
                                                 const Asking& asking) {
  WEIR_TRY(auto snapshot, asking.store.snapshot());
  const columnar::Dictionary& dictionary = *snapshot->view.dictionary;
  Codes codes(dictionary, query.segment);
  SegmentChangesAnswer out;
  if (codes.id == columnar::kNone || query.upto == 0) return out;
  columnar::EventSelection entered, left;
  if (auto code = dictionary[Family::Event].find(facts::kSegmentEntered)) entered.events = {*code};
  if (auto code = dictionary[Family::Event].find(facts::kSegmentLeft)) left.events = {*code};
  columnar::ScanSpec spec;
  spec.event_masks = columnar::event_masks({&entered, &left});
  spec.from = query.since + 1;
  std::vector<std::unique_ptr<Worker>> workers;
  WEIR_TRY(out.events_scanned,
           scan(snapshot, spec, asking.budget(), asking.helpers, [&]() -> columnar::GroupOperator& {
             return *workers.emplace_back(std::make_unique<Worker>(codes, query));
           }));
  Texts texts(dictionary[Family::Value]);
  for (const auto& worker : workers) {
    for (SegmentChange& change : worker->found) {
      change.reason = texts.index(change.reason);
      change.by = texts.index(change.by);
      out.changes.push_back(change);
    }
  }
  out.texts = texts.all();
  std::sort(out.changes.begin(), out.changes.end(),
            [](const SegmentChange& a, const SegmentChange& b) { return a.number < b.number; });
  return out;
}

}  // namespace weir::embedded
