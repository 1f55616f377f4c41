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
  /// Checks every section.
  Status verify() const;

  struct Runs {
    const uint32_t* subjects;
    const uint32_t* begins;      // runs + 1
    const uint32_t* by_subject;  // run numbers in ascending order of subject
    uint32_t count;
    std::optional<uint32_t> find(uint32_t subject) const;
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
