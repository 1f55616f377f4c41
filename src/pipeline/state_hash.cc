#include "pipeline/state_hash.h"

#include "base/bytes.h"
#include "pipeline/keys.h"

namespace weir::pipeline {
namespace {

constexpr size_t kEntryBytes = 20;

}  // namespace

Result<Hash128> state_hash(const StateStore& store) {
  const std::string dedupe = pipeline_key(kDedupeRow);
  std::string chain(16, '\0');
  uint64_t entries_low = 0, entries_high = 0;
  auto visit = [&](std::string_view key, std::string_view value) {
    if (key.starts_with(dedupe)) {
      for (; value.size() >= kEntryBytes; value.remove_prefix(kEntryBytes)) {
        std::string entry(key.substr(2, 4));  // the day
        Hash128 hash = hash128(entry.append(value.substr(0, kEntryBytes)));
        entries_low += hash.low;  // a sum does not depend on the order
        entries_high += hash.high;
      }
      return true;
    }
    ByteWriter w(chain);
    w.string(key);
    w.string(value);
    Hash128 hash = hash128(chain);
    chain.clear();
    w.u64(hash.low);
    w.u64(hash.high);
    return true;
  };
  WEIR_CHECK_OK(store.scan({}, visit));
  ByteWriter w(chain);
  w.u64(entries_low);
  w.u64(entries_high);
  return hash128(chain);
}

}  // namespace weir::pipeline
