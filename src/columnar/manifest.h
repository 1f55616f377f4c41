#pragma once
// Which files make up a store. Written last and atomically: a file it does not name is a leftover
// of an interrupted seal or merge, a file it names that is missing or different is damage.

#include "base/env.h"
#include "columnar/dictionary.h"

#include <cstdint>
#include <string>
#include <vector>

namespace weir::columnar {

struct ManifestFile {
  uint64_t number = 0;
  uint64_t bytes = 0;
  uint64_t checksum = 0;  // part: Part::checksum(); dictionary: XXH3 of the file
};

struct Manifest {
  uint64_t next_file = 1;
  uint64_t cursor = 0;  // rows below this position are in parts
  std::vector<ManifestFile> parts;
  struct DictionaryFile {
    ManifestFile file;
    Dictionary::Sizes to{};  // codes below these are in this file or an earlier one
  };
  std::vector<DictionaryFile> dictionaries;  // in order of codes
};

std::string manifest_path(const std::string& dir);
std::string part_path(const std::string& dir, uint64_t number);
std::string dictionary_path(const std::string& dir, uint64_t number);

Status write_manifest(FileSystem& files, const std::string& dir, const Manifest& manifest);
/// Makes an empty one in a directory without a store. DataLoss when the manifest is damaged, or
/// missing while files of a store are there.
Result<Manifest> open_manifest(FileSystem& files, const std::string& dir);
/// Removes files of a store that `manifest` does not name.
Status remove_leftovers(FileSystem& files, const std::string& dir, const Manifest& manifest);

}  // namespace weir::columnar
