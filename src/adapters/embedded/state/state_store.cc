#include "adapters/embedded/state/state_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <filesystem>
#include <mutex>

namespace weir::embedded {
namespace {

// a checksum beside each key from our batch to the memtable
constexpr size_t kKeyProtectionBytes = 8;
constexpr size_t kBlockCacheBytes = 16 << 20;  // hot state is resident in the folds: reads are rare
constexpr size_t kMemtableBytes = 32 << 20;

rocksdb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}
std::string_view view(const rocksdb::Slice& s) {
  return {s.data(), s.size()};
}

std::unexpected<Error> error_of(const rocksdb::Status& status, std::string_view what) {
  ErrorCode code = ErrorCode::Unavailable;
  if (status.IsCorruption()) code = ErrorCode::DataLoss;
  if (status.IsNoSpace()) code = ErrorCode::ResourceExhausted;
  if (status.IsInvalidArgument()) code = ErrorCode::Internal;
  return fail(code, "state store cannot " + std::string(what) + ": " + status.ToString());
}

rocksdb::Options options_of(RocksMode mode) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.paranoid_checks = true;
  options.force_consistency_checks = true;
  options.flush_verify_memtable_count = true;
  options.atomic_flush = mode == RocksMode::FoldState;
  options.track_and_verify_wals_in_manifest = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.avoid_flush_during_shutdown = true;  // closing is like a kill: only flush() promises
  options.recycle_log_file_num = 0;            // a reused file would keep deleted keys readable
  options.memtable_protection_bytes_per_key = kKeyProtectionBytes;
  options.write_buffer_size = kMemtableBytes;
  options.max_background_jobs = 2;
  options.compression = rocksdb::kLZ4Compression;
  options.keep_log_file_num = 2;
  options.max_log_file_size = 4 << 20;
  options.stats_dump_period_sec = 0;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

/// Asks the open database, not our own options: RocksDB sanitises some of them silently.
Status refuse_unsafe(const rocksdb::DB& db, RocksMode mode) {
  rocksdb::DBOptions is = db.GetDBOptions();
  bool safe = is.paranoid_checks && is.track_and_verify_wals_in_manifest &&
              is.wal_recovery_mode == rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords &&
              is.recycle_log_file_num == 0 && is.atomic_flush == (mode == RocksMode::FoldState) &&
              db.GetOptions().memtable_protection_bytes_per_key == kKeyProtectionBytes &&
              db.GetOptions().force_consistency_checks;
  if (safe) return {};
  return fail(ErrorCode::FailedPrecondition,
              "RocksDB does not keep the settings that acknowledged writes depend on; this build "
              "needs RocksDB 7.8");
}

/// First key after all keys with `prefix`; empty when there is none.
std::string prefix_end(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(end.back() + 1);
  return end;
}

class RocksStateStore : public StateStore {
 public:
  RocksStateStore(std::unique_ptr<rocksdb::DB> db, RocksMode mode) : db_(std::move(db)) {
    write_options_.disableWAL = mode == RocksMode::FoldState;
    write_options_.sync = mode == RocksMode::Synced;
    write_options_.protection_bytes_per_key = kKeyProtectionBytes;
    read_options_.verify_checksums = true;
  }

  Result<std::optional<std::string>> get(std::string_view key) const override;
  Result<std::vector<std::optional<std::string>>> get_many(
      const std::vector<std::string>& keys) const override;
  Status scan(std::string_view prefix,
              const std::function<bool(std::string_view, std::string_view)>& visit) const override;
  Status write(const WriteBatch& batch) override;
  Status flush() override;
  Status purge(std::string_view prefix) override;
  Status verify() const override;

 private:
  Status recover_from(const rocksdb::Status& status, std::string_view what);

  const std::unique_ptr<rocksdb::DB> db_;
  rocksdb::WriteOptions write_options_;
  rocksdb::ReadOptions read_options_;
};

Result<std::optional<std::string>> RocksStateStore::get(std::string_view key) const {
  std::string value;
  rocksdb::Status status = db_->Get(read_options_, slice(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return error_of(status, "read a key");
  return value;
}

Result<std::vector<std::optional<std::string>>> RocksStateStore::get_many(
    const std::vector<std::string>& keys) const {
  std::vector<rocksdb::Slice> slices;
  for (const std::string& key : keys) slices.push_back(slice(key));
  std::vector<std::string> found;
  std::vector<rocksdb::Status> statuses = db_->MultiGet(read_options_, slices, &found);
  std::vector<std::optional<std::string>> values(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].IsNotFound()) continue;
    if (!statuses[i].ok()) return error_of(statuses[i], "read keys");
    values[i] = std::move(found[i]);
  }
  return values;
}

Status RocksStateStore::scan(
    std::string_view prefix,
    const std::function<bool(std::string_view, std::string_view)>& visit) const {
  std::string end = prefix_end(prefix);
  rocksdb::Slice end_slice = slice(end);
  rocksdb::ReadOptions options = read_options_;
  if (!end.empty()) options.iterate_upper_bound = &end_slice;
  std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options));
  for (it->Seek(slice(prefix)); it->Valid(); it->Next()) {
    if (!visit(view(it->key()), view(it->value()))) return {};
  }
  if (!it->status().ok()) return error_of(it->status(), "scan");
  return {};
}

Status RocksStateStore::write(const WriteBatch& batch) {
  rocksdb::WriteBatch native(0, 0, kKeyProtectionBytes, 0);
  for (const WriteBatch::Op& op : batch.ops()) {
    rocksdb::Status added =
        op.value ? native.Put(slice(op.key), slice(*op.value)) : native.Delete(slice(op.key));
    if (!added.ok()) return error_of(added, "take a batch");
  }
  rocksdb::Status status = db_->Write(write_options_, &native);
  if (status.ok()) return {};
  return recover_from(status, "write");
}

Status RocksStateStore::flush() {
  rocksdb::FlushOptions options;
  options.wait = true;
  rocksdb::Status status = db_->Flush(options);
  if (status.ok()) return {};
  return recover_from(status, "flush");
}

/// RocksDB stops writing after a background error; the next attempt may work when space is back.
Status RocksStateStore::recover_from(const rocksdb::Status& status, std::string_view what) {
  if (!status.IsCorruption()) db_->Resume().PermitUncheckedError();
  return error_of(status, what);
}

Status RocksStateStore::purge(std::string_view prefix) {
  WEIR_CHECK_OK(flush());  // what is only in memory and in the write-ahead log becomes a table
  std::string end = prefix_end(prefix);
  rocksdb::Slice begin_slice = slice(prefix), end_slice = slice(end);
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  options.exclusive_manual_compaction = true;
  rocksdb::Status status = db_->CompactRange(options, prefix.empty() ? nullptr : &begin_slice,
                                             end.empty() ? nullptr : &end_slice);
  if (!status.ok()) return recover_from(status, "compact");
  return {};
}

Status RocksStateStore::verify() const {
  rocksdb::Status status = db_->VerifyChecksum(read_options_);
  if (!status.ok()) return error_of(status, "verify its files");
  return scan({}, [](std::string_view, std::string_view) { return true; });
}

}  // namespace

Result<std::unique_ptr<StateStore>> open_rocks_state_store(const std::string& dir, RocksMode mode) {
  std::error_code error;
  std::filesystem::create_directories(dir, error);
  if (error)
    return fail(ErrorCode::Unavailable, "cannot create \"" + dir + "\": " + error.message());
  rocksdb::DB* raw = nullptr;
  rocksdb::Status status = rocksdb::DB::Open(options_of(mode), dir, &raw);
  if (!status.ok()) {
    auto failure = error_of(status, "open \"" + dir + "\"");
    if (status.IsIOError() && status.ToString().find("lock") != std::string::npos) {
      failure.error().code = ErrorCode::FailedPrecondition;
    }
    return failure;
  }
  std::unique_ptr<rocksdb::DB> db(raw);
  WEIR_CHECK_OK(refuse_unsafe(*db, mode));
  return std::make_unique<RocksStateStore>(std::move(db), mode);
}

}  // namespace weir::embedded
