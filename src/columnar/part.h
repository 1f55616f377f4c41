#pragma once
// An open part: mapped bytes and its footer. Immutable; any thread. Sections are checked against
// their checksums when they are first used, so that opening a large store does not read all of it.

#include "base/env.h"
#include "columnar/part_format.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weir::columnar {

class Part {
 public:
  /// DataLoss when the frame or the footer is damaged or of a version this build does not know.
  static Result<std::shared_ptr<const Part>> open(FileSystem& files, const std::string& path);

  const std::string& path() const { return path_; }
  const PartFooter& footer() const { return footer_; }
  uint32_t rows() const { return footer_.rows; }
  uint32_t runs() const { return footer_.runs; }
  uint64_t bytes() const { return data_.size(); }
  /// XXH3 of the footer, which holds the checksums of the sections: names the whole content.
  uint64_t checksum() const { return checksum_; }

  /// Bytes of a section; checks them once. DataLoss names the file and the section.
  Result<std::string_view> section(size_t index) const;
  Result<std::string_view> section(SectionKind kind) const;
  bool has(SectionKind kind) const;
  /// Checks every section.
  Status verify() const;

  /// The runs of the part. Keeps pointers into the part.
  class Runs {
   public:
    uint32_t count() const { return count_; }
    uint32_t subject(uint32_t run) const {
      return static_cast<uint32_t>(packed_at(subjects_, run));
    }
    /// Group of the day of writing; ascending.
    uint32_t group(uint32_t run) const { return static_cast<uint32_t>(packed_at(groups_, run)); }
    /// First row of a run; rows() for count().
    uint32_t first_row(uint32_t run) const;
    /// Run of a row.
    uint32_t run_of(uint32_t row) const;
    std::optional<uint32_t> find(uint32_t subject) const;
    /// First run whose group at writing is not below `group`.
    uint32_t lower_bound(uint32_t group) const;
    /// Runs that start before a block; the bits of the rows at which runs start.
    uint32_t before(uint32_t block) const { return before_[block]; }
    const uint64_t* starts(uint32_t block) const { return starts_ + size_t{block} * 16; }

   private:
    friend class Part;
    uint32_t count_ = 0, rows_ = 0;
    const char *subjects_ = nullptr, *groups_ = nullptr, *order_ = nullptr;
    const uint32_t* before_ = nullptr;
    const uint64_t* starts_ = nullptr;
  };
  Result<Runs> run_table() const;

 private:
  Part() = default;
  bool plausible() const;

  std::string path_;
  std::shared_ptr<MappedFile> file_;
  std::string_view data_;
  PartFooter footer_;
  uint64_t checksum_ = 0;
  // 1 = checked and good. Two threads may check the same section at once; both find the same.
  std::unique_ptr<std::atomic<uint8_t>[]> good_;
};

}  // namespace weir::columnar
