#include "base/gzip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

namespace weir {
namespace {

constexpr size_t kRatioMax = 100;
constexpr size_t kRoomMin = 512;
constexpr size_t kRatioFreeBytes = 1 << 20;  // small bodies of zeros are honest

struct InflateStream {
  InflateStream() { WEIR_ASSERT(inflateInit2(&z, 15 + 32) == Z_OK); }  // 32 = gzip or zlib
  InflateStream(const InflateStream&) = delete;
  InflateStream& operator=(const InflateStream&) = delete;
  ~InflateStream() { inflateEnd(&z); }
  z_stream z{};
};

std::unexpected<Error> damaged(std::string_view why) {
  return fail(ErrorCode::InvalidArgument, fmt::format("compressed body: {}", why));
}

}  // namespace

bool looks_like_gzip(std::string_view data) {
  return data.starts_with("\x1f\x8b\x08");
}

Result<std::string> inflate(std::string_view data, size_t bytes_max) {
  if (data.size() > UINT32_MAX) return damaged("is longer than 4 GiB");
  InflateStream stream;
  z_stream& z = stream.z;
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  z.avail_in = static_cast<uInt>(data.size());
  size_t ratio_max = std::max(kRatioFreeBytes, data.size() * kRatioMax);
  // One byte above the limit is room enough to see that the limit is passed.
  size_t out_max = std::min(bytes_max, ratio_max) + 1;
  std::string out;
  size_t used = 0;
  while (true) {
    if (used == out.size()) {
      out.resize(std::min(out_max, std::max({data.size() * 4, used * 2, kRoomMin})));
    }
    z.next_out = reinterpret_cast<Bytef*>(out.data() + used);
    z.avail_out = static_cast<uInt>(std::min<size_t>(out.size() - used, 1 << 30));
    uInt room = z.avail_out;
    int code = ::inflate(&z, Z_NO_FLUSH);
    used += room - z.avail_out;
    if (used > bytes_max) {
      return fail(ErrorCode::ResourceExhausted,
                  fmt::format("compressed body inflates to more than {} bytes; send smaller "
                              "batches",
                              bytes_max));
    }
    if (used > ratio_max) {
      return fail(ErrorCode::ResourceExhausted,
                  fmt::format("compressed body inflates to more than {} times its size; send it "
                              "plain",
                              kRatioMax));
    }
    if (code == Z_STREAM_END) {
      if (z.avail_in == 0) break;
      // A gzip file may be several members in a row; anything else after the end is damage.
      std::string_view rest = data.substr(data.size() - z.avail_in);
      if (!looks_like_gzip(rest)) return damaged("has extra bytes after its end");
      inflateReset(&z);
    } else if (code == Z_OK || code == Z_BUF_ERROR) {
      if (z.avail_in == 0 && z.avail_out != 0) return damaged("ends too early");
    } else {
      return damaged(z.msg == nullptr ? "is not gzip or zlib data" : z.msg);
    }
  }
  out.resize(used);
  return out;
}

std::string gzip(std::string_view data) {
  z_stream z{};
  WEIR_ASSERT(data.size() <= UINT32_MAX);
  WEIR_ASSERT(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&z, data.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  z.avail_in = static_cast<uInt>(data.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  WEIR_ASSERT(deflate(&z, Z_FINISH) == Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

}  // namespace weir
