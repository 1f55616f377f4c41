#pragma once
// What groups that began together have bought since (SEMANTICS §7 LT1).

#include "columnar/buckets.h"
#include "columnar/key_slots.h"
#include "columnar/orders.h"

#include <optional>
#include <span>
#include <vector>

namespace weir::columnar {

struct LtvSpec {
  OrderSpec orders;
  EventSelection acquisition;               // a group begins with its first such event ever
  std::shared_ptr<const Predicate> filter;  // on acquisition events (orders have their own)
  Calendar calendar = Calendar::shanghai();
  int64_t from = 0, to = 0;  // acquisition in [from, to)
  int64_t as_of = 0;
  Buckets buckets;  // of the acquisition
  /// Period n: local days n·days … n·days + days − 1 after the day of acquisition; when rolling, of
  /// 24 h from its instant.
  int32_t days = 1;
  size_t periods = 31;
  bool rolling = false;
  std::vector<KeyDef> keys;  // of the acquisition event
  std::function<bool(uint32_t)> groups;

  /// Which groups: of a line (all when not set), a bucket (all when not set); only those with an
  /// order up to a period, when set.
  struct Collect {
    std::optional<KeyTexts> keys;
    std::optional<size_t> bucket, buyers_to;
  };
  std::optional<Collect> collect;
};

struct LtvCell {
  uint64_t groups = 0;
  // Up to and with each period:
  std::vector<double> amount;
  std::vector<uint64_t> buyers;
  std::vector<bool> complete;  // every member has been through the period
};

struct LtvResult {
  struct Line {
    KeyTexts keys;
    LtvCell total;
    std::vector<LtvCell> buckets;
  };
  LtvCell total;
  std::vector<LtvCell> buckets;
  std::vector<Line> lines;       // with keys: by descending groups, then value; $other last
  std::vector<uint32_t> groups;  // of `collect`, ascending
  uint64_t rows_scanned = 0;
};

inline constexpr size_t kLtvNumbersMax = 20'000'000;  // keys × buckets × periods of a thread

Result<LtvResult> run_ltv(const std::shared_ptr<const Snapshot>& snapshot, const LtvSpec& spec,
                          const ScanBudget& budget, std::span<Executor* const> helpers);

}  // namespace weir::columnar
