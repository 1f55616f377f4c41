#include "connectors/wecom/guide_tasks.h"

#include "base/json.h"
#include "base/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace weir::connectors::wecom {
namespace {

constexpr DurationMs kWatchMs = 3 * kDayMs;
constexpr DurationMs kPollMaxMs = kHourMs;
// Multiples of the first delay: with 1 minute these are 1, 2, 5, 10, 30 minutes, then hourly.
constexpr std::array<int64_t, 5> kPollSteps = {1, 2, 5, 10, 30};

DurationMs poll_delay(DurationMs first, size_t polls) {
  if (polls >= kPollSteps.size()) return std::min(first * 60, kPollMaxMs);
  return std::min(first * kPollSteps[polls], kPollMaxMs);
}

std::string result_body(const std::string& msgid, const std::string& staff_userid) {
  return json::to_text(json::object{{"msgid", msgid}, {"userid", staff_userid}, {"limit", 1000}});
}

// Status of one customer in a result page; absent when the page does not name them.
std::optional<int64_t> status_of(const std::string& body, const std::string& external_userid) {
  auto parsed = json::parse(body);
  if (!parsed || !parsed->is_object()) return std::nullopt;
  auto list = json::required_array(parsed->get_object(), "send_list");
  if (!list) return std::nullopt;
  for (const json::value& item : **list) {
    if (!item.is_object()) continue;
    const json::object& entry = item.get_object();
    if (json::optional_string(entry, "external_userid") != external_userid) continue;
    return json::optional_int(entry, "status", 0);
  }
  return std::nullopt;
}

std::vector<GuideTasks::Listed> read_list(const json::object& page) {
  std::vector<GuideTasks::Listed> out;
  auto list = json::required_array(page, "group_msg_list");
  if (!list) return out;
  for (const json::value& item : **list) {
    if (!item.is_object()) continue;
    const json::object& entry = item.get_object();
    GuideTasks::Listed task;
    task.msgid = json::optional_string(entry, "msgid");
    task.created_at = json::optional_int(entry, "create_time", 0) * kSecondMs;
    if (auto text = json::required_object(entry, "text")) {
      task.content = json::optional_string(**text, "content");
    }
    auto attachments = json::required_array(entry, "attachments");
    if (attachments && !(*attachments)->empty() && (**attachments)[0].is_object()) {
      auto link = json::required_object((**attachments)[0].get_object(), "link");
      if (link) task.link_url = json::optional_string(**link, "url");
    }
    if (!task.msgid.empty()) out.push_back(std::move(task));
  }
  return out;
}

}  // namespace

void GuideTasks::watch(GuideTask task) {
  {
    std::lock_guard lock(mutex_);
    if (watched_.size() >= kWatchedMax) {
      log::warn("wecom_guide_task_unwatched", {{"connector", source_}, {"msgid", task.msgid}});
      return;
    }
    if (!watched_.insert(task.msgid).second) return;
  }
  poll_later(std::move(task), 0);
}

void GuideTasks::poll_later(GuideTask task, size_t polls) {
  DurationMs delay = poll_delay(first_poll_ms_, polls);
  // About three days of hourly polls; a member who has not acted by then will not.
  size_t polls_max = kPollSteps.size() + static_cast<size_t>(kWatchMs / kPollMaxMs);
  if (polls >= polls_max) return forget(task.msgid);
  context_.executor->post_after(delay, [self = shared_from_this(), task = std::move(task), polls] {
    self->poll(task, polls + 1);
  });
}

void GuideTasks::poll(GuideTask task, size_t polls) {
  std::string body = result_body(task.msgid, task.staff_userid);
  auto done = [self = shared_from_this(), task = std::move(task), polls](
                  Result<VendorReply> reply) { self->on_result(task, polls, std::move(reply)); };
  api_->post("/cgi-bin/externalcontact/get_groupmsg_send_result", std::move(body), std::move(done));
}

void GuideTasks::on_result(GuideTask task, size_t polls, Result<VendorReply> reply) {
  if (reply && reply->code == 41093) return append_receipt(task, polls, 41093);  // cancelled
  std::optional<int64_t> status;
  if (reply && reply->code == 0) status = status_of(reply->body, task.external_userid);
  if (!status || *status == 0) return poll_later(std::move(task), polls);
  append_receipt(task, polls, *status);
}

void GuideTasks::append_receipt(const GuideTask& task, size_t polls, int64_t status) {
  Envelope receipt;
  receipt.kind = RecordKind::Receipt;
  receipt.trust = Trust::Verified;
  receipt.source = source_;
  receipt.message_id = fmt::format("task:{}:{}", task.msgid, task.external_userid);
  receipt.event_time = context_.env.clock().now();
  receipt.identities = {Identity{IdentityKind::ExternalUserId, corpid_, task.external_userid}};
  Properties& properties = receipt.properties;
  set_property(properties, "vendor_id", task.msgid);
  set_property(properties, "channel", std::string("wecom_guide_task"));
  set_property(properties, "staff_userid", task.staff_userid);
  set_property(properties, "state", std::string(status == 1 ? "delivered" : "failed"));
  if (status != 1) {
    std::string_view reason = status == 2 ? "not_friend" : status == 3 ? "quota" : "staff_timeout";
    set_property(properties, "reason", std::string(reason));
    set_property(properties, "detail", fmt::format("task result {}", status));
  }
  auto done = [self = shared_from_this(), task, polls](const Result<Position>& position) {
    // Not durable yet: the vendor still knows the result at the next poll.
    if (!position) return self->poll_later(task, polls);
    self->forget(task.msgid);
  };
  std::vector<Envelope> batch;
  batch.push_back(std::move(receipt));
  context_.appender.append(std::move(batch), std::move(done));
}

void GuideTasks::forget(const std::string& msgid) {
  std::lock_guard lock(mutex_);
  watched_.erase(msgid);
}

struct GuideTasks::Listing {
  std::vector<Listed> tasks;
  std::string cursor;
  size_t pages = 0;
  std::function<void(Result<std::vector<Listed>>)> done;
};

void GuideTasks::list(std::function<void(Result<std::vector<Listed>>)> done) {
  auto listing = std::make_shared<Listing>();
  listing->done = std::move(done);
  list_page(std::move(listing));
}

void GuideTasks::list_page(std::shared_ptr<Listing> listing) {
  int64_t now = context_.env.clock().now() / kSecondMs;
  json::object body = {{"chat_type", "single"},
                       {"start_time", now - kWatchMs / kSecondMs},
                       {"end_time", now},
                       {"filter_type", 2},
                       {"limit", 100}};
  if (!listing->cursor.empty()) body["cursor"] = listing->cursor;
  auto on_page = [self = shared_from_this(), listing](Result<VendorReply> reply) {
    auto stop = [&](ErrorCode code, std::string_view why) {
      listing->done(fail(code, fmt::format("guide task list: {}", why)));
    };
    if (!reply) return stop(reply.error().code, reply.error().message);
    if (reply->code != 0) return stop(ErrorCode::Unavailable, std::to_string(reply->code));
    auto parsed = json::parse(reply->body);
    std::vector<Listed> page = read_list(parsed->get_object());
    std::ranges::move(page, std::back_inserter(listing->tasks));
    listing->cursor = json::optional_string(parsed->get_object(), "next_cursor");
    if (listing->cursor.empty()) return listing->done(std::move(listing->tasks));
    if (++listing->pages >= kPagesMax || listing->tasks.size() > kListedMax) {
      return stop(ErrorCode::ResourceExhausted, "too long");
    }
    self->list_page(listing);
  };
  api_->post("/cgi-bin/externalcontact/get_groupmsg_list_v2", json::to_text(body),
             std::move(on_page));
}

void GuideTasks::addressees(std::string msgid, std::function<void(Result<Addressees>)> done) {
  auto on_result = [done](std::string staff_userid, Result<VendorReply> reply) {
    Addressees out;
    out.staff_userid = std::move(staff_userid);
    if (!reply || reply->code != 0) {
      return done(fail(ErrorCode::Unavailable, "guide task result cannot be read"));
    }
    auto parsed = json::parse(reply->body);
    auto list = json::required_array(parsed->get_object(), "send_list");
    for (const json::value& item : list ? **list : json::array{}) {
      if (!item.is_object()) continue;
      out.external_userids.push_back(json::optional_string(item.get_object(), "external_userid"));
      out.open |= json::optional_int(item.get_object(), "status", 0) == 0;
    }
    done(std::move(out));
  };
  auto on_task = [self = shared_from_this(), msgid, on_result, done](Result<VendorReply> reply) {
    if (!reply || reply->code != 0) {
      return done(fail(ErrorCode::Unavailable, "guide task cannot be read"));
    }
    auto parsed = json::parse(reply->body);
    auto list = json::required_array(parsed->get_object(), "task_list");
    if (!list || (*list)->empty() || !(**list)[0].is_object()) return done(Addressees{});
    std::string staff = json::optional_string((**list)[0].get_object(), "userid");
    self->api_->post(
        "/cgi-bin/externalcontact/get_groupmsg_send_result", result_body(msgid, staff),
        [on_result, staff](Result<VendorReply> result) { on_result(staff, std::move(result)); });
  };
  std::string body = json::to_text(json::object{{"msgid", msgid}, {"limit", 1000}});
  api_->post("/cgi-bin/externalcontact/get_groupmsg_task", std::move(body), std::move(on_task));
}

void GuideTasks::resume() {
  list([self = shared_from_this()](Result<std::vector<Listed>> tasks) {
    if (!tasks) {
      log::warn("wecom_guide_tasks_not_resumed", {{"connector", self->source_}});
      self->context_.executor->post_after(kMinuteMs, [self] { self->resume(); });
      return;
    }
    self->resume_next(std::make_shared<std::vector<Listed>>(*std::move(tasks)));
  });
}

// One after the other: a start must not spend the minute's quota on questions.
void GuideTasks::resume_next(std::shared_ptr<std::vector<Listed>> tasks) {
  if (tasks->empty()) return;
  std::string msgid = std::move(tasks->back().msgid);
  tasks->pop_back();
  auto on_addressees = [self = shared_from_this(), tasks, msgid](Result<Addressees> found) {
    // Ours go to one customer each; others' mass messages are not followed. A result that came
    // while we were down is watched too: its receipt may not have been written.
    if (found && found->external_userids.size() == 1) {
      self->watch(GuideTask{msgid, found->staff_userid, found->external_userids.front()});
    }
    self->context_.executor->post([self, tasks] { self->resume_next(tasks); });
  };
  addressees(msgid, std::move(on_addressees));
}

}  // namespace weir::connectors::wecom
