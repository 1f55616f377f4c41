#include "bench/load/ping.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>
#include <vector>

namespace weir::bench {
namespace {

struct Ping {
  int64_t sent_us = 0, acknowledged_us = 0;
  int again = 0;
};

int exchange(int fd, std::string_view text) {
  while (!text.empty()) {
    ssize_t n = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (n <= 0) return 0;
    text.remove_prefix(static_cast<size_t>(n));
  }
  ResponseReader reader;
  std::array<char, 4096> buffer;
  while (true) {
    ssize_t n = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (n <= 0) return 0;
    auto state = reader.take({buffer.data(), static_cast<size_t>(n)});
    if (state == ResponseReader::State::Broken) return 0;
    if (state == ResponseReader::State::Complete) return reader.status();
  }
}

std::vector<std::string> read_lines(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

class Pinger {
 public:
  explicit Pinger(const PingOptions& options)
      : options_(options), people_(read_lines(options.people_file)), pings_(people_.size()) {}

  int run() {
    start_ = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (int i = 0; i < options_.connections; ++i) threads.emplace_back([this] { work(); });
    for (std::thread& thread : threads) thread.join();
    for (size_t i = 0; i < pings_.size(); ++i) {
      const Ping& ping = pings_[i];
      fmt::print("{} {} {} {}\n", people_[i], ping.sent_us, ping.acknowledged_us, ping.again);
    }
    return lost_ ? 1 : 0;
  }

 private:
  void work() {
    int fd = connect_or_exit(options_.server, true);
    for (size_t i = next_++; i < people_.size() && !lost_; i = next_++) {
      // The sandbox's clock has whole milliseconds: the parts of one are spread evenly, or all
      // events would be rounded alike.
      auto due = std::chrono::duration<double>(static_cast<double>(i) / options_.per_second +
                                               static_cast<double>(i % 10) * 1e-4);
      std::this_thread::sleep_until(
          start_ + std::chrono::duration_cast<std::chrono::steady_clock::duration>(due));
      send(fd, i);
    }
    ::close(fd);
  }

  void send(int fd, size_t i) {
    std::string body = fmt::format(
        R"({{"writeKey":"{}","type":"track","event":"{}","messageId":"{}-{}","userId":"{}",)"
        R"("properties":{{"platform":"miniprogram"}}}})",
        options_.write_key, options_.event, options_.run, i, people_[i]);
    std::string text = post_text(options_.server, "/v1/track", body);
    pings_[i].sent_us = wall_us();
    int64_t began = steady_us();
    int status = exchange(fd, text);
    while (status == 429) {
      ++pings_[i].again;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      status = exchange(fd, text);
    }
    pings_[i].acknowledged_us = steady_us() - began;
    if (status == 200) return;
    fmt::print(stderr, "bench: an event was answered with {}\n", status);
    lost_ = true;
  }

  const PingOptions& options_;
  const std::vector<std::string> people_;
  std::vector<Ping> pings_;
  std::chrono::steady_clock::time_point start_;
  std::atomic<size_t> next_{0};
  std::atomic<bool> lost_{false};
};

}  // namespace

int run_pings(const PingOptions& options) {
  return Pinger(options).run();
}

}  // namespace weir::bench
