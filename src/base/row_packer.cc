#include "base/row_packer.h"

#include "base/result.h"

#include <zstd.h>

#include <cstring>

namespace weir {
namespace {

constexpr size_t kDictionaryBytes = 24 << 10;
constexpr int kLevel = 3;
constexpr char kPlain = 0, kPacked = 1;  // first byte
constexpr size_t kWorthIt = 24;          // shorter rows stay as they are

}  // namespace

struct RowPacker::Codec {
  ZSTD_CCtx* compress = ZSTD_createCCtx();
  ZSTD_DCtx* decompress = ZSTD_createDCtx();
  bool ready = false;

  Codec() { WEIR_ASSERT(compress != nullptr && decompress != nullptr); }
  ~Codec() {
    ZSTD_freeCCtx(compress);
    ZSTD_freeDCtx(decompress);
  }
  void use(const std::string& dictionary) {
    ZSTD_CCtx_setParameter(compress, ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(compress, ZSTD_c_checksumFlag, 0);
    ZSTD_CCtx_setParameter(compress, ZSTD_c_dictIDFlag, 0);
    size_t c = ZSTD_CCtx_loadDictionary(compress, dictionary.data(), dictionary.size());
    size_t d = ZSTD_DCtx_loadDictionary(decompress, dictionary.data(), dictionary.size());
    WEIR_ASSERT(ZSTD_isError(c) == 0 && ZSTD_isError(d) == 0);
    ready = true;
  }
};

RowPacker::RowPacker() : codec_(std::make_unique<Codec>()) {}
RowPacker::~RowPacker() = default;

void RowPacker::learn(std::string_view row) {
  first_rows_.append(row);
  if (first_rows_.size() < kDictionaryBytes) return;
  codec_->use(first_rows_);
  first_rows_ = {};
}

std::string_view RowPacker::plain(std::string_view row) {
  buffer_.resize(row.size() + 1);
  buffer_[0] = kPlain;
  if (!row.empty()) std::memcpy(&buffer_[1], row.data(), row.size());
  return {buffer_.data(), buffer_.size()};
}

std::string_view RowPacker::pack(std::string_view row) {
  if (row.size() < kWorthIt) return plain(row);
  if (!codec_->ready) {
    learn(row);
    return plain(row);
  }
  buffer_.resize(1 + ZSTD_compressBound(row.size()));
  size_t size =
      ZSTD_compress2(codec_->compress, &buffer_[1], buffer_.size() - 1, row.data(), row.size());
  WEIR_ASSERT(ZSTD_isError(size) == 0);
  if (size >= row.size()) return plain(row);
  buffer_[0] = kPacked;
  return {buffer_.data(), 1 + size};
}

std::string_view RowPacker::unpack(std::string_view packed) {
  WEIR_ASSERT(!packed.empty());
  std::string_view body = packed.substr(1);
  if (packed[0] == kPlain) return body;
  auto size = ZSTD_getFrameContentSize(body.data(), body.size());
  WEIR_ASSERT(size != ZSTD_CONTENTSIZE_ERROR && size != ZSTD_CONTENTSIZE_UNKNOWN);
  buffer_.resize(size);
  size_t got = ZSTD_decompressDCtx(codec_->decompress, buffer_.data(), buffer_.size(), body.data(),
                                   body.size());
  WEIR_ASSERT(got == size);
  return {buffer_.data(), size};
}

}  // namespace weir
