#include "base/sim_env.h"

#include "base/sim_files.h"
#include "base/sim_scheduler.h"
#include "base/url.h"

#include <fmt/format.h>

#include <cstring>
#include <map>
#include <utility>

namespace weir {
namespace {

using Survives = SimScheduler::Survives;

class SimClock : public Clock {
 public:
  explicit SimClock(SimScheduler& scheduler) : scheduler_(scheduler), start_(scheduler.now()) {}
  TimeMs now() override { return scheduler_.now(); }
  int64_t monotonic_us() override { return (scheduler_.now() - start_) * 1000; }

 private:
  SimScheduler& scheduler_;
  TimeMs start_;
};

class SimRandom : public Random {
 public:
  explicit SimRandom(uint64_t seed) : stream_(seed) {}
  void fill(char* data, size_t size) override {
    while (size > 0) {
      uint64_t word = stream_.next();
      size_t part = std::min(size, sizeof(word));
      std::memcpy(data, &word, part);
      data += part;
      size -= part;
    }
  }

 private:
  SimRandomStream stream_;
};

// Holds the scheduler too: executors of an application under test may outlive its SimEnv by a line.
class SimExecutor : public Executor {
 public:
  SimExecutor(std::shared_ptr<SimScheduler> scheduler, std::string_view name)
      : scheduler_(std::move(scheduler)), lane_(scheduler_->make_lane(std::string(name))) {}
  ~SimExecutor() override { stop(); }
  void post(std::function<void()> task) override { scheduler_->post(lane_, std::move(task)); }
  void post_after(DurationMs delay, std::function<void()> task) override {
    scheduler_->post_after(lane_, delay, std::move(task));
  }
  void stop() override { scheduler_->stop_lane(lane_); }

 private:
  std::shared_ptr<SimScheduler> scheduler_;
  SimScheduler::LanePtr lane_;
};

/// Requests travel as loose tasks: one to the handler, one back. Replies belong to the calling
/// process and die with it; a request on its way arrives all the same, as it does in the world.
class SimNetwork : public HttpClient {
 public:
  SimNetwork(std::shared_ptr<SimScheduler> scheduler, uint64_t seed)
      : scheduler_(std::move(scheduler)), draw_(seed) {}

  void send(std::string url, HttpRequest request, DurationMs timeout_ms, Done done) override {
    auto parsed = parse_url(url);
    if (!parsed) {
      scheduler_->post_loose(0, Survives::Process, [done, error = parsed.error()] {
        done(std::unexpected<Error>(error));
      });
      return;
    }
    std::string origin = fmt::format("{}://{}:{}", parsed->scheme, parsed->host, parsed->port);
    auto call = std::make_shared<Call>();
    call->done = std::move(done);
    std::erase_if(calls_, [](const std::weak_ptr<Call>& old) { return old.expired(); });
    calls_.push_back(call);
    request.target = parsed->target;
    request.headers.set("host", parsed->host);
    request.peer = "127.0.0.1";
    auto found = services_.find(origin);
    if (found == services_.end()) {
      scheduler_->post_loose(0, Survives::Process, [call, origin] {
        call->finish(fail(ErrorCode::Unavailable,
                          fmt::format("cannot connect to {}: connection refused", origin),
                          "connection"));
      });
      return;
    }
    const Service& service = found->second;
    auto spread = static_cast<uint64_t>(service.latency_max_ms - service.latency_min_ms);
    auto latency = service.latency_min_ms + static_cast<DurationMs>(draw_.below(spread + 1));
    call->way_back_ms = latency - latency / 2;
    scheduler_->post_loose(timeout_ms, Survives::Process, [call, origin, timeout_ms] {
      call->finish(fail(ErrorCode::DeadlineExceeded,
                        fmt::format("{} did not answer within {} ms", origin, timeout_ms)));
    });
    scheduler_->post_loose(latency / 2, Survives::Kill,
                           [this, call, origin, arrived = std::move(request)]() mutable {
                             deliver(call, origin, std::move(arrived));
                           });
  }

  void serve(const std::string& origin, HttpHandler handler, DurationMs latency_min_ms,
             DurationMs latency_max_ms) {
    WEIR_ASSERT(latency_min_ms <= latency_max_ms);
    Service& service = services_[canonical(origin)];
    service.handler = std::move(handler);
    service.latency_min_ms = latency_min_ms;
    service.latency_max_ms = latency_max_ms;
  }

  void lose_replies(const std::string& origin, int count) {
    services_[canonical(origin)].replies_to_lose = count;
  }

  /// The callers are gone: requests on their way go on, but nobody hears the answers.
  void kill_process() {
    for (const std::weak_ptr<Call>& weak : std::exchange(calls_, {})) {
      if (auto call = weak.lock()) call->done = nullptr;
    }
  }

 private:
  struct Call {
    Done done;
    DurationMs way_back_ms = 0;
    void finish(Result<HttpResponse> result) {
      if (!done) return;
      std::exchange(done, nullptr)(std::move(result));
    }
  };
  struct Service {
    HttpHandler handler;
    DurationMs latency_min_ms = 0, latency_max_ms = 0;
    int replies_to_lose = 0;
  };

  static std::string canonical(const std::string& origin) {
    auto url = parse_url(origin);
    WEIR_ASSERT(url.has_value());  // a test names its origin like "http://host:port"
    return fmt::format("{}://{}:{}", url->scheme, url->host, url->port);
  }

  void deliver(const std::shared_ptr<Call>& call, const std::string& origin, HttpRequest request) {
    Service& service = services_[origin];
    if (!service.handler) return;
    bool lost = service.replies_to_lose > 0;
    if (lost) --service.replies_to_lose;
    HttpHandler handler = service.handler;  // a copy: the handler may serve() anew
    handler(std::move(request), [this, call, lost](HttpResponse response) {
      if (lost) return;
      scheduler_->post_loose(
          call->way_back_ms, Survives::Process,
          [call, response = std::move(response)]() mutable { call->finish(std::move(response)); });
    });
  }

  std::shared_ptr<SimScheduler> scheduler_;
  SimRandomStream draw_;
  std::map<std::string, Service> services_;
  std::vector<std::weak_ptr<Call>> calls_;  // those still open, among others
};

class SimEnvironment : public SimEnv {
 public:
  SimEnvironment(uint64_t seed, TimeMs start)
      : scheduler_(std::make_shared<SimScheduler>(seed, start)),
        clock_(*scheduler_),
        random_(seed ^ 0x72616e646f6d),
        disk_draw_(seed ^ 0x6469736b),
        files_([this](uint64_t bound) { return disk_draw_.below(bound); }),
        network_(scheduler_, seed ^ 0x6e6574) {}

  Clock& clock() override { return clock_; }
  Random& random() override { return random_; }
  FileSystem& files() override { return files_; }
  HttpClient& http() override { return network_; }
  std::unique_ptr<Executor> make_executor(std::string_view name) override {
    return std::make_unique<SimExecutor>(scheduler_, name);
  }

  void run_ready() override { scheduler_->run_ready(); }
  void run_until(TimeMs time) override { scheduler_->run_until(time); }
  void kill_process() override {
    files_.kill_process();
    scheduler_->kill();
    network_.kill_process();
  }
  FileFaults& file_faults() override { return files_.faults(); }
  void power_cut(PowerCut mode) override { files_.power_cut(mode); }
  void serve(std::string origin, HttpHandler handler, DurationMs latency_min_ms,
             DurationMs latency_max_ms) override {
    network_.serve(origin, std::move(handler), latency_min_ms, latency_max_ms);
  }
  void lose_replies(std::string origin, int count) override {
    network_.lose_replies(origin, count);
  }

 private:
  std::shared_ptr<SimScheduler> scheduler_;
  SimClock clock_;
  SimRandom random_;
  SimRandomStream disk_draw_;  // streams of their own: one more draw here moves nothing there
  SimFileSystem files_;
  SimNetwork network_;
};

}  // namespace

std::unique_ptr<SimEnv> SimEnv::make(uint64_t seed, TimeMs start) {
  return std::make_unique<SimEnvironment>(seed, start);
}

}  // namespace weir
