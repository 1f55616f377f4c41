#include "privacy/privacy.h"

#include "base/env.h"
#include "base/log.h"

#include <mutex>
#include <set>

namespace weir::privacy {
namespace {

constexpr DurationMs kRetryMs = 5 * kSecondMs;

// Tasks may outlive the sink (a retry waits in the executor), so they share this.
struct Requests {
  explicit Requests(ErasableVault& v) : vault(v) {}
  ErasableVault& vault;
  std::mutex mutex;
  std::set<uint64_t> under_way;
  std::vector<uint64_t> done;
};

class VaultErasureSink : public ErasureSink {
 public:
  VaultErasureSink(ErasableVault& vault, Executor& executor)
      : requests_(std::make_shared<Requests>(vault)), executor_(executor) {}

  void submit(uint64_t request, std::vector<PersonalKey> keys) override {
    {
      std::lock_guard lock(requests_->mutex);
      if (!requests_->under_way.insert(request).second) return;
    }
    auto shared = std::make_shared<const std::vector<PersonalKey>>(std::move(keys));
    executor_.post([requests = requests_, &executor = executor_, request, shared] {
      run(requests, executor, request, shared);
    });
  }

  std::vector<uint64_t> take_done() override {
    std::lock_guard lock(requests_->mutex);
    return std::exchange(requests_->done, {});
  }

 private:
  static void run(const std::shared_ptr<Requests>& requests, Executor& executor, uint64_t request,
                  const std::shared_ptr<const std::vector<PersonalKey>>& keys) {
    if (auto status = requests->vault.destroy_generations(*keys); !status) {
      log::error("erasure_failed", {{"request", request}, {"error", status.error().message}});
      executor.post_after(kRetryMs, [requests, &executor, request, keys] {
        run(requests, executor, request, keys);
      });
      return;
    }
    std::lock_guard lock(requests->mutex);
    requests->under_way.erase(request);
    requests->done.push_back(request);
  }

  std::shared_ptr<Requests> requests_;
  Executor& executor_;
};

}  // namespace

std::unique_ptr<ErasureSink> make_erasure_sink(ErasableVault& vault, Executor& executor) {
  return std::make_unique<VaultErasureSink>(vault, executor);
}

}  // namespace weir::privacy
