#pragma once
// Follows guide tasks (群发任务) until the member has sent or refused them: the vendor has no
// callback for results, so they are asked for, less and less often, for three days (wecom.md §4.6).

#include "connectors/connector.h"
#include "connectors/vendor_api.h"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace weir::connectors::wecom {

struct GuideTask {
  std::string msgid, staff_userid, external_userid;
};

/// Thread-safe. Held by shared_ptr. Nothing is stored: after a start, the tasks of the last three
/// days are read from the vendor's own list.
class GuideTasks : public std::enable_shared_from_this<GuideTasks> {
 public:
  GuideTasks(const ConnectorConfig& config, const ConnectorContext& context,
             std::shared_ptr<VendorApi> api)
      : source_(config.id),
        corpid_(config.account),
        first_poll_ms_(config.task_poll_ms),
        context_(context),
        api_(std::move(api)) {}

  /// Appends a Receipt once the result is known. Watching a task twice is harmless.
  void watch(GuideTask task);

  /// Watches every open task of one customer that the vendor lists.
  void resume();

  struct Listed {
    std::string msgid, content, link_url;
    TimeMs created_at = 0;
  };
  /// The tasks of the last three days; an Error when the list could not be read to its end.
  void list(std::function<void(Result<std::vector<Listed>>)> done);

  /// The member a task went to and its customers. Empty when the vendor knows none.
  struct Addressees {
    std::string staff_userid;
    std::vector<std::string> external_userids;
    bool open = false;  // the member has not acted yet
  };
  void addressees(std::string msgid, std::function<void(Result<Addressees>)> done);

 private:
  static constexpr size_t kWatchedMax = 100'000;
  static constexpr size_t kListedMax = 10'000;
  static constexpr size_t kPagesMax = 100;

  struct Listing;
  void list_page(std::shared_ptr<Listing> listing);
  void poll_later(GuideTask task, size_t polls);
  void poll(GuideTask task, size_t polls);
  void on_result(GuideTask task, size_t polls, Result<VendorReply> reply);
  void append_receipt(const GuideTask& task, size_t polls, int64_t status);
  void resume_next(std::shared_ptr<std::vector<Listed>> tasks);
  void forget(const std::string& msgid);

  std::string source_, corpid_;
  DurationMs first_poll_ms_;
  ConnectorContext context_;
  std::shared_ptr<VendorApi> api_;
  std::mutex mutex_;
  std::unordered_set<std::string> watched_;
};

}  // namespace weir::connectors::wecom
