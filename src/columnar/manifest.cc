#include "columnar/manifest.h"

#include "base/bytes.h"
#include "base/hash.h"

#include <algorithm>
#include <cstring>
#include <set>

namespace weir::columnar {
namespace {

constexpr std::string_view kMagic = "WEIRMANI";
constexpr uint32_t kVersion = 1;

std::string numbered(const std::string& dir, std::string_view kind, uint64_t number) {
  std::string digits = std::to_string(number);
  return dir + "/" + std::string(kind) +
         std::string(10 - std::min<size_t>(10, digits.size()), '0') + digits;
}

bool is_store_file(const std::string& name) {
  return name.starts_with("part-") || name.starts_with("dict-");
}

void encode_file(const ManifestFile& file, ByteWriter& w) {
  w.varint(file.number);
  w.varint(file.bytes);
  w.u64(file.checksum);
}

ManifestFile decode_file(ByteReader& r) {
  ManifestFile file;
  file.number = r.varint();
  file.bytes = r.varint();
  file.checksum = r.u64();
  return file;
}

std::string encode(const Manifest& m) {
  std::string out(kMagic);
  ByteWriter w(out);
  w.u32(kVersion);
  w.varint(m.next_file);
  w.varint(m.cursor);
  w.varint(m.parts.size());
  for (const ManifestFile& file : m.parts) encode_file(file, w);
  w.varint(m.dictionaries.size());
  for (const auto& d : m.dictionaries) {
    encode_file(d.file, w);
    for (uint32_t size : d.to) w.varint(size);
  }
  w.u32(crc32c(out));
  return out;
}

std::unexpected<Error> damaged(const std::string& path, const std::string& what) {
  return fail(ErrorCode::DataLoss, "manifest \"" + path + "\" " + what +
                                       "; restore it from a backup, or move the directory away to "
                                       "rebuild the store from the log");
}

Result<Manifest> decode(const std::string& path, std::string_view bytes) {
  if (bytes.size() < kMagic.size() + 8 || !bytes.starts_with(kMagic))
    return damaged(path, "is damaged");
  uint32_t crc;
  std::memcpy(&crc, bytes.data() + bytes.size() - 4, 4);
  std::string_view body = bytes.substr(0, bytes.size() - 4);
  if (crc32c(body) != crc) return damaged(path, "is damaged");
  ByteReader r(body.substr(kMagic.size()));
  if (r.u32() != kVersion) return damaged(path, "has a version this build does not know");
  Manifest m;
  m.next_file = r.varint();
  m.cursor = r.varint();
  uint64_t parts = r.varint();
  for (uint64_t i = 0; r.ok() && i < parts; ++i) m.parts.push_back(decode_file(r));
  uint64_t dictionaries = r.varint();
  for (uint64_t i = 0; r.ok() && i < dictionaries; ++i) {
    Manifest::DictionaryFile d;
    d.file = decode_file(r);
    for (uint32_t& size : d.to) size = static_cast<uint32_t>(r.varint());
    m.dictionaries.push_back(d);
  }
  if (!r.ok() || !r.at_end()) return damaged(path, "is damaged");
  return m;
}

}  // namespace

std::string manifest_path(const std::string& dir) {
  return dir + "/MANIFEST";
}
std::string part_path(const std::string& dir, uint64_t number) {
  return numbered(dir, "part-", number);
}
std::string dictionary_path(const std::string& dir, uint64_t number) {
  return numbered(dir, "dict-", number);
}

Status write_manifest(FileSystem& files, const std::string& dir, const Manifest& manifest) {
  return files.write_atomic(manifest_path(dir), encode(manifest));
}

Result<Manifest> open_manifest(FileSystem& files, const std::string& dir) {
  std::string path = manifest_path(dir);
  if (files.exists(path)) {
    WEIR_TRY(std::string bytes, files.read_all(path));
    return decode(path, bytes);
  }
  WEIR_CHECK_OK(files.make_dirs(dir));
  WEIR_TRY(std::vector<std::string> names, files.list(dir));
  // The manifest of a new store is written before any other file, so these once had one.
  if (std::any_of(names.begin(), names.end(), is_store_file)) {
    return damaged(path, "is missing but files of a store are there");
  }
  Manifest fresh;
  WEIR_CHECK_OK(write_manifest(files, dir, fresh));
  return fresh;
}

Status remove_leftovers(FileSystem& files, const std::string& dir, const Manifest& manifest) {
  std::set<std::string> named;
  for (const auto& p : manifest.parts) named.insert(part_path(dir, p.number));
  for (const auto& d : manifest.dictionaries) named.insert(dictionary_path(dir, d.file.number));
  WEIR_TRY(std::vector<std::string> names, files.list(dir));
  for (const std::string& name : names) {
    std::string path = dir + "/" + name;
    if (is_store_file(name) && !named.contains(path)) WEIR_CHECK_OK(files.remove(path));
  }
  return {};
}

}  // namespace weir::columnar
