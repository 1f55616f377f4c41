#include "columnar/dictionary.h"

#include "base/bytes.h"
#include "base/hash.h"

#include <cstring>
#include <mutex>

namespace weir::columnar {
namespace {

constexpr size_t kArenaBlock = size_t{256} * 1024;
constexpr std::string_view kMagic = "WEIRDICT";
constexpr uint32_t kVersion = 1;

}  // namespace

size_t StringTable::Hash::operator()(std::string_view text) const {
  return hash64(text);
}

StringTable::StringTable() : pages_(new std::atomic<std::string_view*>[kPages]()) {}

StringTable::~StringTable() {
  for (size_t i = 0; i < kPages; ++i) {
    std::string_view* page = pages_[i].load(std::memory_order_relaxed);
    if (page == nullptr) break;
    delete[] page;
  }
}

std::string_view StringTable::keep(std::string_view text) {
  if (text.size() > arena_left_) {
    size_t size = std::max(kArenaBlock, text.size());
    arena_.push_back(std::make_unique<char[]>(size));
    arena_next_ = arena_.back().get();
    arena_left_ = size;
  }
  if (!text.empty()) std::memcpy(arena_next_, text.data(), text.size());
  std::string_view kept(arena_next_, text.size());
  arena_next_ += text.size();
  arena_left_ -= text.size();
  return kept;
}

uint32_t StringTable::intern(std::string_view text) {
  // Only this writer changes the map, so its own look-up needs no lock.
  if (auto it = codes_.find(text); it != codes_.end()) return it->second;
  uint32_t code = size_.load(std::memory_order_relaxed);
  WEIR_ASSERT((code >> kPageBits) < kPages);
  if ((code & kPageMask) == 0) {
    pages_[code >> kPageBits].store(new std::string_view[kPageMask + 1], std::memory_order_release);
  }
  std::string_view kept = keep(text);
  pages_[code >> kPageBits].load(std::memory_order_relaxed)[code & kPageMask] = kept;
  {
    std::unique_lock lock(mutex_);
    codes_.emplace(kept, code);
  }
  size_.store(code + 1, std::memory_order_release);
  return code;
}

std::optional<uint32_t> StringTable::find(std::string_view text) const {
  std::shared_lock lock(mutex_);
  auto it = codes_.find(text);
  return it == codes_.end() ? std::nullopt : std::optional<uint32_t>(it->second);
}

Dictionary::Sizes Dictionary::sizes() const {
  Sizes sizes;
  for (size_t f = 0; f < kFamilies; ++f) sizes[f] = tables_[f].size();
  return sizes;
}

std::string Dictionary::encode(const Sizes& from, const Sizes& to) const {
  std::string out(kMagic);
  ByteWriter w(out);
  w.u32(kVersion);
  for (size_t f = 0; f < kFamilies; ++f) {
    w.u32(from[f]);
    w.u32(to[f]);
    for (uint32_t code = from[f]; code < to[f]; ++code) w.string(tables_[f].text(code));
  }
  w.u32(crc32c(out));
  return out;
}

Status Dictionary::decode(std::string_view bytes) {
  auto damaged = [] { return fail(ErrorCode::DataLoss, "dictionary file is damaged"); };
  if (bytes.size() < kMagic.size() + 8 || !bytes.starts_with(kMagic)) return damaged();
  uint32_t crc;
  std::memcpy(&crc, bytes.data() + bytes.size() - 4, 4);
  std::string_view body = bytes.substr(0, bytes.size() - 4);
  if (crc32c(body) != crc) return damaged();
  ByteReader r(body.substr(kMagic.size()));
  if (uint32_t version = r.u32(); version != kVersion) {
    return fail(ErrorCode::DataLoss,
                "dictionary file has version " + std::to_string(version) + "; this build reads 1");
  }
  for (StringTable& table : tables_) {
    uint32_t from = r.u32(), to = r.u32();
    if (!r.ok() || from != table.size() || to < from) return damaged();
    for (uint32_t code = from; code < to; ++code) {
      std::string_view text = r.string();
      if (!r.ok() || table.intern(text) != code) return damaged();
    }
  }
  return r.at_end() ? Status{} : damaged();
}

}  // namespace weir::columnar
