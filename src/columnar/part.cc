#include "columnar/part.h"

#include "base/hash.h"

#include <algorithm>
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
  WEIR_TRY(std::string_view bytes, section(SectionKind::Runs));
  size_t runs = footer_.runs;
  if (bytes.size() < (3 * runs + 1) * sizeof(uint32_t))
    return damaged(path_, "has a short run table");
  const auto* words = reinterpret_cast<const uint32_t*>(bytes.data());
  return Runs{words, words + runs, words + 2 * runs + 1, footer_.runs};
}

std::optional<uint32_t> Part::Runs::find(uint32_t subject) const {
  const uint32_t* end = by_subject + count;
  const uint32_t* it = std::lower_bound(
      by_subject, end, subject, [&](uint32_t run, uint32_t s) { return subjects[run] < s; });
  if (it == end || subjects[*it] != subject) return std::nullopt;
  return *it;
}

}  // namespace weir::columnar
