#include "columnar/part.h"

#include "base/hash.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace weir::columnar {
namespace {

constexpr size_t kTrailer = 16;

std::unexpected<Error> damaged(const std::string& path, const std::string& what) {
  return fail(ErrorCode::DataLoss,
              "part \"" + path + "\": " + what +
                  "; restore the file from a backup or rebuild the store from the log");
}

}  // namespace

Result<std::shared_ptr<const Part>> Part::open(FileSystem& files, const std::string& path) {
  auto mapped = files.map(path);
  if (!mapped) return damaged(path, "cannot be opened: " + mapped.error().message);
  auto part = std::shared_ptr<Part>(new Part());
  part->path_ = path;
  part->file_ = *std::move(mapped);
  part->data_ = part->file_->bytes();
  std::string_view data = part->data_;
  if (data.size() < kPartMagic.size() + kTrailer || !data.starts_with(kPartMagic) ||
      !data.ends_with(kPartMagic)) {
    return damaged(path, "is not a whole part");
  }
  uint32_t size, crc;
  std::memcpy(&size, data.data() + data.size() - kTrailer, 4);
  std::memcpy(&crc, data.data() + data.size() - kTrailer + 4, 4);
  if (size > data.size() - kTrailer - kPartMagic.size())
    return damaged(path, "has a damaged trailer");
  std::string_view footer = data.substr(data.size() - kTrailer - size, size);
  if (crc32c(footer) != crc) return damaged(path, "has a damaged footer");
  if (!decode_footer(footer, part->footer_)) {
    return damaged(path, "has a footer of a version this build does not know");
  }
  part->checksum_ = hash64(footer);
  if (!part->plausible()) return damaged(path, "has a footer that points outside the file");
  part->good_.reset(new std::atomic<uint8_t>[part->footer_.sections.size()]());
  return part;
}

bool Part::plausible() const {
  auto inside = [&](const SectionRef& s) {
    return s.offset <= data_.size() && s.size <= data_.size() - s.offset;
  };
  return footer_.rows > 0 && std::all_of(footer_.sections.begin(), footer_.sections.end(), inside);
}

Result<std::string_view> Part::section(size_t index) const {
  const SectionRef& ref = footer_.sections[index];
  std::string_view bytes = data_.substr(ref.offset, ref.size);
  if (good_[index].load(std::memory_order_acquire) == 1) return bytes;
  if (hash64(bytes) != ref.checksum) {
    return damaged(path_, "section " + std::to_string(index) + " is damaged");
  }
  good_[index].store(1, std::memory_order_release);
  return bytes;
}

Result<std::string_view> Part::section(SectionKind kind) const {
  for (size_t i = 0; i < footer_.sections.size(); ++i) {
    if (footer_.sections[i].kind == kind) return section(i);
  }
  return damaged(path_, "lacks a section of kind " + std::to_string(static_cast<int>(kind)));
}

bool Part::has(SectionKind kind) const {
  return std::any_of(footer_.sections.begin(), footer_.sections.end(),
                     [&](const SectionRef& s) { return s.kind == kind; });
}

Status Part::verify() const {
  for (size_t i = 0; i < footer_.sections.size(); ++i) {
    const SectionRef& ref = footer_.sections[i];
    // Not the remembered answer: the disk may have gone bad since.
    if (hash64(data_.substr(ref.offset, ref.size)) != ref.checksum) {
      good_[i].store(0, std::memory_order_release);
      return damaged(path_, "section " + std::to_string(i) + " is damaged");
    }
  }
  return {};
}

Result<Part::Runs> Part::run_table() const {
  Runs runs;
  runs.count_ = footer_.runs;
  runs.rows_ = footer_.rows;
  WEIR_TRY(std::string_view subjects, section(SectionKind::Subjects));
  WEIR_TRY(std::string_view groups, section(SectionKind::Groups));
  WEIR_TRY(std::string_view starts, section(SectionKind::Starts));
  size_t blocks = (size_t{footer_.rows} + kBlockRows - 1) / kBlockRows;
  size_t before = (blocks * sizeof(uint32_t) + 7) / 8 * 8;
  size_t descriptors = (size_t{footer_.runs} + kBlockRows - 1) / kBlockRows * sizeof(BlockRef);
  if (starts.size() < before + blocks * (kBlockRows / 8) || subjects.size() < descriptors ||
      groups.size() < descriptors) {
    return damaged(path_, "has a short run table");
  }
  runs.subjects_ = subjects.data();
  runs.groups_ = groups.data();
  runs.before_ = reinterpret_cast<const uint32_t*>(starts.data());
  runs.starts_ = reinterpret_cast<const uint64_t*>(starts.data() + before);
  for (size_t i = 0; i < footer_.sections.size(); ++i) {
    if (footer_.sections[i].kind != SectionKind::Order) continue;
    WEIR_TRY(std::string_view order, section(i));
    runs.order_ = order.data();
  }
  return runs;
}

uint32_t Part::Runs::first_row(uint32_t run) const {
  if (run >= count_) return rows_;
  uint32_t blocks = (rows_ + kBlockRows - 1) / kBlockRows;
  // The last block before which at most `run` runs start.
  auto block =
      static_cast<uint32_t>(std::upper_bound(before_, before_ + blocks, run) - before_ - 1);
  uint32_t left = run - before_[block];
  const uint64_t* words = starts(block);
  for (uint32_t w = 0;; ++w) {
    auto here = static_cast<uint32_t>(std::popcount(words[w]));
    if (left >= here) {
      left -= here;
      continue;
    }
    uint64_t word = words[w];
    while (left-- > 0) word &= word - 1;
    return (block << kBlockBits) + w * 64 + static_cast<uint32_t>(std::countr_zero(word));
  }
}

uint32_t Part::Runs::run_of(uint32_t row) const {
  uint32_t block = row >> kBlockBits, at = row % kBlockRows, run = before_[block];
  const uint64_t* words = starts(block);
  for (uint32_t w = 0; w < at / 64; ++w) run += static_cast<uint32_t>(std::popcount(words[w]));
  uint64_t upto = words[at / 64] & (~uint64_t{0} >> (63 - at % 64));
  return run + static_cast<uint32_t>(std::popcount(upto)) - 1;
}

std::optional<uint32_t> Part::Runs::find(uint32_t subject) const {
  auto run_at = [&](uint32_t i) {
    return order_ == nullptr ? i : static_cast<uint32_t>(packed_at(order_, i));
  };
  uint32_t low = 0, high = count_;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    this->subject(run_at(middle)) < subject ? low = middle + 1 : high = middle;
  }
  if (low == count_ || this->subject(run_at(low)) != subject) return std::nullopt;
  return run_at(low);
}

uint32_t Part::Runs::lower_bound(uint32_t group) const {
  // Groups ascend, so a block's smallest is its first: few places in memory are looked at.
  const auto* refs = reinterpret_cast<const BlockRef*>(groups_);
  const BlockRef* end = refs + (count_ + kBlockRows - 1) / kBlockRows;
  const BlockRef* block =
      std::lower_bound(refs, end, int64_t{group},
                       [](const BlockRef& ref, int64_t wanted) { return ref.base < wanted; });
  if (block == refs) return 0;
  auto low = static_cast<uint32_t>(block - refs - 1) * kBlockRows;
  uint32_t high = std::min(count_, low + kBlockRows);
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    this->group(middle) < group ? low = middle + 1 : high = middle;
  }
  return low;
}

}  // namespace weir::columnar
