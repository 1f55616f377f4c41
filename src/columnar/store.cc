#include "columnar/store.h"

#include "base/hash.h"
#include "columnar/part_builder.h"

#include <algorithm>
#include <bit>
#include <map>

namespace weir::columnar {
namespace {

constexpr uint64_t kMovedRunsMin = 1000;
constexpr size_t kDictionaryFilesMax = 8;  // then small ones are written together

/// Parts of one size class are merged together: rows within a factor of four.
int size_class(uint32_t rows) {
  return std::max(0, static_cast<int>(std::bit_width(rows)) - 12) / 2;
}

}  // namespace

Store::Store(FileSystem& files, std::string dir, StoreLimits limits)
    : files_(files),
      dir_(std::move(dir)),
      limits_(limits),
      dictionary_(std::make_shared<Dictionary>()),
      coder_(*dictionary_, limits.event_names_max),
      head_(std::make_unique<Head>()) {}

Result<std::unique_ptr<Store>> Store::open(FileSystem& files, std::string dir, StoreLimits limits) {
  auto store = std::unique_ptr<Store>(new Store(files, std::move(dir), limits));
  WEIR_CHECK_OK(store->load());
  return store;
}

Status Store::load() {
  WEIR_CHECK_OK(files_.make_dirs(dir_));
  WEIR_TRY(lock_, files_.lock(dir_ + "/LOCK"));
  WEIR_TRY(manifest_, open_manifest(files_, dir_));
  for (const auto& d : manifest_.dictionaries) {
    std::string path = dictionary_path(dir_, d.file.number);
    auto bytes = files_.read_all(path);
    if (!bytes || bytes->size() != d.file.bytes || hash64(*bytes) != d.file.checksum) {
      return fail(ErrorCode::DataLoss, "dictionary file \"" + path + "\" is missing or damaged");
    }
    WEIR_CHECK_OK(dictionary_->decode(*bytes));
    disk_bytes_ += d.file.bytes;
  }
  for (const ManifestFile& file : manifest_.parts) {
    WEIR_TRY(std::shared_ptr<const Part> part, Part::open(files_, part_path(dir_, file.number)));
    if (part->checksum() != file.checksum || part->bytes() != file.bytes) {
      return fail(ErrorCode::DataLoss,
                  "part \"" + part->path() + "\" is not the file the manifest names");
    }
    disk_bytes_ += file.bytes;
    parts_.push_back(std::move(part));
  }
  cursor_ = begun_cursor_ = manifest_.cursor;
  next_file_ = manifest_.next_file;
  return remove_leftovers(files_, dir_, manifest_);
}

void Store::append(const NewRow& row) {
  std::lock_guard lock(mutex_);
  head_->append(row, coder_);
}

void Store::append(const CodedRows& rows) {
  std::lock_guard lock(mutex_);
  head_->append(rows);
}

void Store::assign(uint32_t subject, uint32_t group) {
  if (mapping_.group(subject) == group) return;
  std::lock_guard lock(mutex_);
  mapping_.assign(subject, group);
}

void Store::join(uint32_t from, uint32_t into) {
  std::lock_guard lock(mutex_);
  mapping_.join(from, into);
}

void Store::drop(uint32_t group) {
  std::lock_guard lock(mutex_);
  mapping_.drop(group);
}

void Store::drop_subject(uint32_t subject) {
  std::lock_guard lock(mutex_);
  mapping_.drop_subject(subject);
}

uint64_t Store::cursor() const {
  std::lock_guard lock(mutex_);
  return cursor_;
}

uint64_t Store::rows() const {
  std::lock_guard lock(mutex_);
  uint64_t rows = head_->rows();
  for (const auto& part : parts_) rows += part->rows();
  return rows;
}

uint64_t Store::disk_bytes() const {
  std::lock_guard lock(mutex_);
  return disk_bytes_;
}

View Store::view() const {
  std::lock_guard lock(mutex_);
  return view_locked();
}

View Store::view_locked() const {
  return {parts_, head_->view(), mapping_.snapshot(), dictionary_, parts_version_, head_version_};
}

Result<std::shared_ptr<const Snapshot>> Store::snapshot() const {
  std::lock_guard lock(cache_mutex_);
  auto next = std::make_shared<Snapshot>();
  std::optional<std::vector<uint32_t>> changed;
  {
    std::lock_guard state(mutex_);
    next->view = view_locked();
    if (cached_ != nullptr) changed = mapping_.changed_since(cached_->view.mapping.version);
  }
  const View& now = next->view;
  if (changed && changed->empty()) {
    const View& then = cached_->view;
    if (then.parts_version == now.parts_version) next->runs = cached_->runs;
    if (then.head_version == now.head_version && then.head.rows() == now.head.rows())
      next->head = cached_->head;
  }
  if (next->runs == nullptr) {
    // Many changes are looked up faster by going over all runs.
    bool patch = changed && changed->size() < now.rows() / 64;
    if (!patch) changed.emplace();
    WEIR_TRY(next->runs, RunIndex::build(now.parts, now.mapping,
                                         patch ? cached_->runs.get() : nullptr, *changed));
  }
  if (next->head == nullptr) next->head = HeadIndex::build(now.head, now.mapping);
  cached_ = next;
  return cached_;
}

Status Store::verify() const {
  View now = view();
  for (const auto& part : now.parts) WEIR_CHECK_OK(part->verify());
  // The dictionary and the manifest on disk must say again what they said when the store was
  // opened.
  WEIR_TRY(Manifest manifest, open_manifest(files_, dir_));
  Dictionary again;
  for (const auto& d : manifest.dictionaries) {
    WEIR_TRY(std::string bytes, files_.read_all(dictionary_path(dir_, d.file.number)));
    if (hash64(bytes) != d.file.checksum) {
      return fail(ErrorCode::DataLoss,
                  "dictionary file " + std::to_string(d.file.number) + " is damaged");
    }
    WEIR_CHECK_OK(again.decode(bytes));
  }
  return {};
}

Result<std::shared_ptr<const Part>> Store::write_part(uint64_t number, const std::string& bytes) {
  std::string path = part_path(dir_, number);
  WEIR_CHECK_OK(files_.write_atomic(path, bytes));
  return Part::open(files_, path);
}

ManifestFile Store::file_of(uint64_t number, const Part& part) const {
  return {number, part.bytes(), part.checksum()};
}

Status Store::add_dictionary(Manifest& next) {
  Dictionary::Sizes from{}, to = dictionary_->sizes();
  if (!next.dictionaries.empty()) from = next.dictionaries.back().to;
  if (from == to) return {};
  // Small neighbours are written again as one, so their number stays near the logarithm of the
  // size.
  while (next.dictionaries.size() >= kDictionaryFilesMax) {
    next.dictionaries.pop_back();
    from = next.dictionaries.back().to;
    if (next.dictionaries.size() < kDictionaryFilesMax / 2) break;
  }
  std::string bytes = dictionary_->encode(from, to);
  uint64_t number = next.next_file++;
  WEIR_CHECK_OK(files_.write_atomic(dictionary_path(dir_, number), bytes));
  next.dictionaries.push_back({{number, bytes.size(), hash64(bytes)}, to});
  return {};
}

bool Store::begin_seal(uint64_t cursor) {
  const HeadView head = head_->view();
  auto seal = std::make_shared<Seal>();
  for (uint32_t row = 0; row < head.rows(); ++row) {
    uint64_t position = head.position(row);
    if (position >= begun_cursor_ && position < cursor) seal->rows.push_back(row);
  }
  if (seal->rows.empty()) return false;
  seal->head = head;
  seal->cursor = cursor;
  begun_rows_ += static_cast<uint32_t>(seal->rows.size());
  begun_cursor_ = cursor;
  std::lock_guard lock(mutex_);
  seal->mapping = mapping_.snapshot();
  begun_.push_back(std::move(seal));
  return true;
}

Status Store::run_seals() {
  std::lock_guard one(seal_mutex_);
  for (;;) {
    std::shared_ptr<const Seal> seal;
    {
      std::lock_guard lock(mutex_);
      if (begun_.empty()) return {};
      seal = begun_.front();
    }
    std::string bytes = part_from_head(seal->head, seal->rows, seal->mapping);
    WEIR_TRY(std::shared_ptr<const Part> part, commit_part(bytes, seal->cursor));
    std::lock_guard lock(mutex_);
    begun_.pop_front();
    sealed_.push_back({std::move(part), seal->cursor});
    any_sealed_.store(true);
  }
}

bool Store::adopt_seals() {
  if (!any_sealed_.load(std::memory_order_relaxed)) return false;  // asked for every row
  std::vector<Sealed> sealed;
  {
    std::lock_guard lock(mutex_);
    sealed.swap(sealed_);
    any_sealed_.store(false);
  }
  // Only this thread appends, so the head does not change meanwhile.
  const HeadView head = head_->view();
  auto next_head = std::make_unique<Head>();
  for (uint32_t row = 0; row < head.rows(); ++row) {
    if (head.position(row) >= sealed.back().cursor) next_head->append_from(head, row);
  }
  std::lock_guard lock(mutex_);
  for (Sealed& s : sealed) {
    begun_rows_ -= s.part->rows();
    parts_.push_back(std::move(s.part));
  }
  head_ = std::move(next_head);
  ++parts_version_;
  ++head_version_;
  return true;
}

Status Store::seal(uint64_t cursor) {
  begin_seal(cursor);
  Status run = run_seals();
  adopt_seals();
  return run;
}

Status Store::add_part(const std::string& bytes, uint64_t cursor) {
  WEIR_ASSERT(head_rows() == 0);
  WEIR_TRY(std::shared_ptr<const Part> part, commit_part(bytes, cursor));
  begun_cursor_ = cursor;
  std::lock_guard lock(mutex_);
  parts_.push_back(std::move(part));
  ++parts_version_;
  return {};
}

/// Writes a part and names it in the manifest, after all others. Readers do not see it yet.
Result<std::shared_ptr<const Part>> Store::commit_part(const std::string& bytes, uint64_t cursor) {
  std::lock_guard commit(commit_mutex_);
  Manifest next = manifest_;
  next.next_file = next_file_;
  WEIR_CHECK_OK(add_dictionary(next));
  uint64_t number = next.next_file++;
  next_file_ = next.next_file;  // numbers are not used twice, also after an error
  WEIR_TRY(std::shared_ptr<const Part> part, write_part(number, bytes));
  next.parts.push_back(file_of(number, *part));
  next.cursor = cursor;
  WEIR_CHECK_OK(write_manifest(files_, dir_, next));
  std::vector<Manifest::DictionaryFile> replaced = manifest_.dictionaries;
  manifest_ = std::move(next);
  {
    std::lock_guard lock(mutex_);
    cursor_ = cursor;
    disk_bytes_ = 0;
    for (const ManifestFile& p : manifest_.parts) disk_bytes_ += p.bytes;
    for (const auto& d : manifest_.dictionaries) disk_bytes_ += d.file.bytes;
  }
  for (const auto& d : replaced) {
    auto same = [&](const auto& other) { return other.file.number == d.file.number; };
    if (std::none_of(manifest_.dictionaries.begin(), manifest_.dictionaries.end(), same)) {
      // A leftover that cannot be removed now is removed at the next open.
      (void)files_.remove(dictionary_path(dir_, d.file.number)).has_value();
    }
  }
  return part;
}

/// Neighbours of one size class, with smaller ones between them: parts hold ranges of positions,
/// in order, and stay so.
PartList Store::choose_merge() const {
  PartList parts = view().parts;
  for (size_t i = 0; i < parts.size(); ++i) {
    int size = size_class(parts[i]->rows());
    uint64_t rows = 0;
    size_t end = i;
    uint32_t same = 0;
    while (end < parts.size() && size_class(parts[end]->rows()) <= size &&
           rows + parts[end]->rows() <= limits_.part_rows_max) {
      rows += parts[end]->rows();
      same += size_class(parts[end++]->rows()) == size ? 1 : 0;
    }
    if (same >= limits_.merge_fan_in) {
      return {parts.begin() + static_cast<ptrdiff_t>(i),
              parts.begin() + static_cast<ptrdiff_t>(end)};
    }
  }
  return {};
}

PartList Store::choose_expired() const {
  PartList out;
  for (const auto& part : view().parts) {
    if (part->footer().time_max < horizon_.load()) out.push_back(part);
  }
  return out;
}

/// The first part of which too many runs are no longer in their place.
Result<PartList> Store::choose_moved() {
  View now = view();
  if (now.mapping.version - moved_checked_ < kMovedRunsMin) return PartList();
  for (const auto& part : now.parts) {
    WEIR_TRY(Part::Runs table, part->run_table());
    uint64_t moved = 0;
    for (uint32_t r = 0; r < table.count(); ++r)
      moved += now.mapping.group(table.subject(r)) != table.group(r) ? 1 : 0;
    if (moved >= kMovedRunsMin && moved * limits_.moved_share > table.count())
      return PartList{part};
  }
  moved_checked_ = now.mapping.version;
  return PartList();
}

Result<bool> Store::merge_once() {
  if (PartList expired = choose_expired(); !expired.empty()) return replace(expired, {});
  PartList inputs = choose_merge();
  if (inputs.empty()) {
    WEIR_TRY(inputs, choose_moved());
  }
  if (inputs.empty()) return false;
  WEIR_TRY(std::string bytes,
           merged_part(inputs, view().mapping, {limits_.positions_rows_max, horizon_.load()}));
  return replace(inputs, bytes);
}

/// Puts a part with `bytes`, or none when they are empty, in the place of `inputs`.
Result<bool> Store::replace(const PartList& inputs, const std::string& bytes) {
  std::lock_guard commit(commit_mutex_);
  std::shared_ptr<const Part> merged;
  Manifest next = manifest_;
  auto is_input = [&](const std::string& path) {
    return std::any_of(inputs.begin(), inputs.end(),
                       [&](const auto& p) { return p->path() == path; });
  };
  // The merged part takes the place of the first.
  auto at =
      std::find_if(next.parts.begin(), next.parts.end(),
                   [&](const ManifestFile& f) { return is_input(part_path(dir_, f.number)); }) -
      next.parts.begin();
  std::erase_if(next.parts,
                [&](const ManifestFile& f) { return is_input(part_path(dir_, f.number)); });
  if (!bytes.empty()) {
    uint64_t number = next_file_++;
    WEIR_TRY(merged, write_part(number, bytes));
    next.parts.insert(next.parts.begin() + at, file_of(number, *merged));
  }
  next.next_file = next_file_;
  WEIR_CHECK_OK(write_manifest(files_, dir_, next));
  manifest_ = std::move(next);
  {
    std::lock_guard lock(mutex_);
    std::erase_if(parts_, [&](const auto& p) { return is_input(p->path()); });
    if (merged != nullptr) parts_.insert(parts_.begin() + at, merged);
    ++parts_version_;
    disk_bytes_ = 0;
    for (const ManifestFile& p : manifest_.parts) disk_bytes_ += p.bytes;
    for (const auto& d : manifest_.dictionaries) disk_bytes_ += d.file.bytes;
  }
  // Readers keep their mapping of a removed file; one that stays is removed at the next open.
  for (const auto& part : inputs) (void)files_.remove(part->path()).has_value();
  return true;
}

}  // namespace weir::columnar
