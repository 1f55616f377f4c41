#include "pipeline/driver_state.h"

#include "base/bytes.h"
#include "pipeline/keys.h"

namespace weir::pipeline {
namespace {

constexpr uint8_t kVersion = 2;  // 2: people are kept by identity

}  // namespace

Status DriverState::load(const StateStore& store) {
  WEIR_TRY(auto row, store.get(pipeline_key(kCursorRow)));
  if (row) {
    ByteReader r(*row);
    bool known = r.u8() == kVersion;
    cursor = r.varint();
    now = r.zigzag();
    if (!known || !r.ok() || !r.at_end()) {
      return fail(
          ErrorCode::DataLoss,
          "the cursor in the state store is damaged or of another version; move \"behaviour\" "
          "and \"state\" out of the data folder to rebuild them from the log");
    }
  }
  WEIR_CHECK_OK(dedupe.load(store));
  WEIR_CHECK_OK(imported.load(store));
  WEIR_CHECK_OK(timers.load(store));
  WEIR_CHECK_OK(dead_letters.load(store));
  return retention.load(store);
}

void DriverState::save(WriteBatch& batch) {
  std::string row;
  ByteWriter w(row);
  w.u8(kVersion);
  w.varint(cursor);
  w.zigzag(now);
  batch.put(pipeline_key(kCursorRow), std::move(row));
  dedupe.save(batch);
  imported.save(batch);
  timers.save(batch);
  dead_letters.save(batch);
  retention.save(batch);
}

}  // namespace weir::pipeline
