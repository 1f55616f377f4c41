#include "bench/load/load.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace weir::bench {
namespace {

constexpr int64_t kRetryUs = 1'000'000;  // what Retry-After of a 429 says
constexpr int64_t kGraceUs = 30'000'000;

struct Connection {
  int fd = -1;
  PreparedRequest* request = nullptr;  // in flight, or to be sent again
  size_t next = 0;                     // which of its own requests comes next
  size_t written = 0;
  int64_t began_us = 0, not_before_us = 0;
  bool in_flight = false;
  ResponseReader reader;
};

double percentile(const std::vector<int64_t>& sorted, double q) {
  if (sorted.empty()) return 0;
  auto at = static_cast<size_t>(q * static_cast<double>(sorted.size() - 1));
  return static_cast<double>(sorted[at]) / 1000.0;
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

class Load {
 public:
  explicit Load(const LoadOptions& options) : options_(options), next_id_(options.first_id) {
    // Every connection has requests of its own: none is stamped while another one sends it.
    size_t each = std::max<size_t>(1, 1024 / static_cast<size_t>(options.connections));
    for (size_t i = 0; i < each * static_cast<size_t>(options.connections); ++i) {
      requests_.emplace_back(options.server, options.bodies, i);
    }
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    connections_.resize(static_cast<size_t>(options.connections));
    for (size_t i = 0; i < connections_.size(); ++i) {
      connections_[i].fd = connect_or_exit(options.server, false);
      epoll_event event{};
      event.events = EPOLLIN | EPOLLOUT | EPOLLET;
      event.data.u64 = i;
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_[i].fd, &event);
    }
  }
  ~Load() {
    for (const Connection& c : connections_) ::close(c.fd);
    ::close(epoll_);
  }

  int run() {
    double cpu = cpu_seconds();
    start_us_ = steady_us();
    end_us_ = start_us_ + static_cast<int64_t>(options_.seconds * 1e6);
    while (!done()) step();
    print(cpu_seconds() - cpu);
    return failed_ == 0 && open_ == 0 ? 0 : 1;
  }

 private:
  bool done() const {
    int64_t now = steady_us();
    return now >= end_us_ && (open_ == 0 || now >= end_us_ + kGraceUs);
  }

  void step() {
    int64_t now = steady_us();
    // In turn: a connection that others always overtake would be closed by the server as idle.
    for (size_t i = 0; i < connections_.size(); ++i) {
      Connection& c = connections_[(turn_ + i) % connections_.size()];
      if (!c.in_flight && may_start(c, now)) start(c, now);
    }
    turn_ = (turn_ + 1) % connections_.size();
    std::array<epoll_event, 64> events;
    int wait_ms = options_.rate > 0 || waiting_ > 0 || now >= end_us_ ? 1 : 100;
    int count = ::epoll_wait(epoll_, events.data(), events.size(), wait_ms);
    for (int i = 0; i < count; ++i) {
      Connection& c = connections_[events[static_cast<size_t>(i)].data.u64];
      if (!c.in_flight) continue;
      write(c);
      read(c);
    }
  }

  // A batch that was refused is sent again even after the end: it was promised to be.
  bool may_start(const Connection& c, int64_t now) const {
    if (now < c.not_before_us) return false;
    if (c.request != nullptr) return true;
    if (now >= end_us_) return false;
    if (options_.rate <= 0) return true;
    double due = static_cast<double>(now - start_us_) / 1e6 * options_.rate / kBatchEvents;
    return static_cast<double>(started_) < due;
  }

  void start(Connection& c, int64_t now) {
    if (c.request == nullptr) {
      size_t index = static_cast<size_t>(&c - connections_.data());
      c.request = &requests_[(c.next++ * connections_.size() + index) % requests_.size()];
      c.request->stamp(next_id_);
      next_id_ += kBatchEvents;
      ++started_;
      ++open_;
    } else {
      --waiting_;
    }
    c.in_flight = true;
    c.written = 0;
    c.began_us = now;
    write(c);
  }

  void write(Connection& c) {
    const std::string& text = c.request->text();
    while (c.written < text.size()) {
      ssize_t n = ::send(c.fd, text.data() + c.written, text.size() - c.written, MSG_NOSIGNAL);
      if (n < 0) {
        if (errno != EAGAIN && errno != EINTR) lose(c);
        if (errno == EINTR) continue;
        return;
      }
      c.written += static_cast<size_t>(n);
    }
  }

  void read(Connection& c) {
    std::array<char, 4096> buffer;
    while (c.in_flight) {
      ssize_t n = ::recv(c.fd, buffer.data(), buffer.size(), 0);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EAGAIN) return;
      if (n <= 0) return lose(c);
      auto state = c.reader.take({buffer.data(), static_cast<size_t>(n)});
      if (state == ResponseReader::State::Broken) return lose(c);
      if (state == ResponseReader::State::Complete) answered(c);
    }
  }

  void answered(Connection& c) {
    int64_t now = steady_us();
    c.in_flight = false;
    if (c.reader.status() == 429) {
      if (refused_++ == 0) first_refused_us_ = now;
      ++waiting_;
      c.not_before_us = now + kRetryUs;
      return;
    }
    if (c.reader.status() == 200) {
      times_.push_back(now - c.began_us);
      if (refused_ == 0 && now <= end_us_) ++taken_;
    } else {
      ++failed_;
    }
    c.request = nullptr;
    --open_;
  }

  void lose(Connection& c) {
    fmt::print(stderr, "bench: the server closed a connection\n");
    ++failed_;
    --open_;
    c.in_flight = false;
    c.request = nullptr;
    c.not_before_us = INT64_MAX;
  }

  void print(double cpu) {
    std::sort(times_.begin(), times_.end());
    // Once the server refuses, what it takes is what its folds can take: that is not this figure.
    double seconds = static_cast<double>(std::min(end_us_, first_refused_us_) - start_us_) / 1e6;
    auto events = static_cast<double>(times_.size()) * kBatchEvents;
    double per_second = static_cast<double>(taken_) * kBatchEvents / seconds;
    fmt::print(
        R"({{"connections":{},"events":{:.0f},"seconds":{:.3f},"events_per_second":{:.0f},"refused_429":{},)"
        R"("failed":{},"ack_p50_ms":{:.3f},"ack_p99_ms":{:.3f},"ack_max_ms":{:.3f},"event_bytes":{:.0f},)"
        R"("generator_cpu_seconds":{:.2f}}})"
        "\n",
        options_.connections, events, seconds, per_second, refused_, failed_,
        percentile(times_, 0.5), percentile(times_, 0.99), percentile(times_, 1),
        static_cast<double>(requests_[0].text().size()) / kBatchEvents, cpu);
  }

  const LoadOptions& options_;
  std::vector<PreparedRequest> requests_;
  std::vector<Connection> connections_;
  int epoll_ = -1;
  uint64_t next_id_;
  int64_t start_us_ = 0, end_us_ = 0, first_refused_us_ = INT64_MAX;
  size_t turn_ = 0;   // the connection that is asked first
  size_t taken_ = 0;  // batches acknowledged before the end and before any refusal
  size_t started_ = 0, open_ = 0, waiting_ = 0, refused_ = 0, failed_ = 0;
  std::vector<int64_t> times_;
};

}  // namespace

int run_load(const LoadOptions& options) {
  return Load(options).run();
}

}  // namespace weir::bench
