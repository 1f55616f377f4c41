#include "base/real_env.h"

#include "base/http_client.h"
#include "base/posix_files.h"
#include "base/thread_executor.h"

#include <openssl/rand.h>

#include <chrono>

namespace weir {
namespace {

class RealClock : public Clock {
 public:
  TimeMs now() override {
    auto since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
  }
  int64_t monotonic_us() override {
    auto since = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(since).count();
  }
};

class OpenSslRandom : public Random {
 public:
  void fill(char* data, size_t size) override {
    // Without randomness every key and nonce would be predictable: better to stop.
    WEIR_ASSERT(RAND_bytes(reinterpret_cast<unsigned char*>(data), static_cast<int>(size)) == 1);
  }
};

class RealEnv : public Env {
 public:
  Clock& clock() override { return clock_; }
  Random& random() override { return random_; }
  FileSystem& files() override { return *files_; }
  HttpClient& http() override { return *http_; }
  std::unique_ptr<Executor> make_executor(std::string_view name) override {
    return make_thread_executor(name);
  }

 private:
  RealClock clock_;
  OpenSslRandom random_;
  std::unique_ptr<FileSystem> files_ = make_posix_files();
  std::unique_ptr<HttpClient> http_ = make_http_client();
};

}  // namespace

std::unique_ptr<Env> make_real_env() {
  return std::make_unique<RealEnv>();
}

}  // namespace weir
