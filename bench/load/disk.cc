#include "bench/load/disk.h"

#include "bench/load/http_peer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace weir::bench {

int run_disk(const std::string& path) {
  constexpr int kSyncs = 200;
  int fd = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) {
    fmt::print(stderr, "bench: cannot write {}\n", path);
    return 1;
  }
  std::string block(64 << 10, 'w');
  std::vector<int64_t> times;
  for (int i = 0; i < kSyncs; ++i) {
    int64_t began = steady_us();
    bool done = ::write(fd, block.data(), block.size()) == static_cast<ssize_t>(block.size()) &&
                ::fdatasync(fd) == 0;
    if (!done) break;
    times.push_back(steady_us() - began);
  }
  ::close(fd);
  ::unlink(path.c_str());
  if (times.size() < kSyncs) {
    fmt::print(stderr, "bench: writing to {} failed\n", path);
    return 1;
  }
  std::sort(times.begin(), times.end());
  auto ms = [&](size_t at) { return static_cast<double>(times[at]) / 1000.0; };
  fmt::print(R"({{"syncs":{},"bytes":{},"p50_ms":{:.3f},"p99_ms":{:.3f},"max_ms":{:.3f}}})"
             "\n",
             kSyncs, block.size(), ms(kSyncs / 2), ms(kSyncs * 99 / 100), ms(kSyncs - 1));
  return 0;
}

}  // namespace weir::bench
