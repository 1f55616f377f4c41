#include "collect/sources.h"

#include "base/crypto.h"

#include <fmt/format.h>

namespace weir::collect {
namespace {

constexpr size_t kKeyBytesMax = 256;

// How many first bytes of two digests agree says nothing about how many of the keys do.
std::string digest(std::string_view write_key) {
  return crypto::sha256(write_key);
}

}  // namespace

Result<SourceRegistry> SourceRegistry::open(std::vector<Source> sources) {
  SourceRegistry registry;
  for (Source& source : sources) {
    if (source.name.empty() || source.write_key.empty() || source.write_key.size() > kKeyBytesMax) {
      return fail(ErrorCode::InvalidArgument,
                  fmt::format("source \"{}\": give it a name and a write_key of 1…{} bytes",
                              source.name, kKeyBytesMax),
                  "sources");
    }
    auto owned = std::make_unique<Source>(std::move(source));
    if (!registry.by_digest_.emplace(digest(owned->write_key), owned.get()).second) {
      return fail(
          ErrorCode::InvalidArgument,
          fmt::format("source \"{}\": its write_key belongs to another source too", owned->name),
          "sources");
    }
    registry.sources_.push_back(std::move(owned));
  }
  return registry;
}

const Source* SourceRegistry::find(std::string_view write_key) const {
  if (write_key.empty() || write_key.size() > kKeyBytesMax) return nullptr;
  auto it = by_digest_.find(digest(write_key));
  if (it == by_digest_.end()) return nullptr;
  return crypto::equal_constant_time(it->second->write_key, write_key) ? it->second : nullptr;
}

void SourceRegistry::use(const TraitSchemas& traits) {
  for (const auto& source : sources_) source->traits = &traits;
}

const Source* SourceRegistry::by_name(std::string_view name) const {
  for (const auto& source : sources_) {
    if (source->name == name) return source.get();
  }
  return nullptr;
}

}  // namespace weir::collect
