#include "connectors/wecom/channels.h"

#include "base/json.h"
#include "connectors/api_channel.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace weir::connectors::wecom {
namespace {

constexpr std::array kCodes = {
    CodeMeaning{-1, "provider_error", "system busy", Retry::Yes},
    CodeMeaning{6000, "provider_error", "version conflict", Retry::Yes},
    CodeMeaning{40014, "provider_error", "token refused", Retry::Yes},
    CodeMeaning{42001, "provider_error", "token expired", Retry::Yes},
    CodeMeaning{41063, "provider_error", "dispatching", Retry::Yes},
    CodeMeaning{45011, "provider_error", "minute quota reached", Retry::Yes},
    CodeMeaning{45033, "provider_error", "too many calls at once", Retry::Yes},
    CodeMeaning{84061, "not_friend", "not a contact"},
    CodeMeaning{84084, "not_friend", "not the follower"},
    CodeMeaning{41048, "not_friend", "no customer to send to"},
    CodeMeaning{40096, "not_friend", "invalid external_userid"},
    CodeMeaning{40003, "no_identifier", "invalid userid"},
    CodeMeaning{46004, "no_identifier", "no such member"},
    CodeMeaning{60111, "no_identifier", "no such member"},
    CodeMeaning{60021, "no_identifier", "member out of range"},
    CodeMeaning{81013, "no_identifier", "no valid receiver"},
    CodeMeaning{82001, "no_identifier", "no receiver"},
    CodeMeaning{45009, "quota", "frequency limit"},
    CodeMeaning{40058, "invalid_content", "invalid parameter"},
    CodeMeaning{40063, "invalid_content", "empty parameter"},
    CodeMeaning{45002, "invalid_content", "text too long"},
    CodeMeaning{41064, "invalid_content", "too many attachments"},
    CodeMeaning{41065, "invalid_content", "bad attachment"},
    CodeMeaning{82003, "invalid_content", "empty text"},
};

constexpr std::string_view kAddTask = "/cgi-bin/externalcontact/add_msg_template";
constexpr size_t kTaskTextBytesMax = 4000;
constexpr size_t kStaffTextBytesMax = 2048;

std::unexpected<Error> cannot(std::string_view reason, std::string detail) {
  return fail(ErrorCode::InvalidArgument, std::move(detail), std::string(reason));
}

bool equal_userids(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return std::ranges::equal(a, b, {}, lower, lower);  // the vendor compares without case
}

// The jump address of a task names its effect, so that the task can be found again.
std::string marked_url(const Delivery& delivery) {
  if (delivery.url.empty()) return {};
  char mark = delivery.url.find('?') == std::string::npos ? '?' : '&';
  return fmt::format("{}{}weir_effect={}", delivery.url, mark, delivery.effect_key);
}

Result<std::string> task_body(const Delivery& delivery) {
  if (delivery.recipient.empty()) return cannot("no_identifier", "no external_userid");
  if (delivery.staff_userid.empty()) return cannot("no_identifier", "no staff member to send it");
  if (delivery.content.empty()) return cannot("invalid_content", "text is empty");
  if (delivery.content.size() > kTaskTextBytesMax) {
    return cannot("invalid_content", fmt::format("text has {} bytes; {} are allowed",
                                                 delivery.content.size(), kTaskTextBytesMax));
  }
  json::object body = {{"chat_type", "single"},
                       {"external_userid", json::array{json::value(delivery.recipient)}},
                       {"sender", delivery.staff_userid},
                       {"allow_select", false},
                       {"text", json::object{{"content", delivery.content}}}};
  if (std::string url = marked_url(delivery); !url.empty()) {
    auto title = delivery.fields.find("title");
    json::object link = {{"title", title == delivery.fields.end() ? "查看详情" : title->second},
                         {"url", url}};
    body["attachments"] = json::array{json::object{{"msgtype", "link"}, {"link", std::move(link)}}};
  }
  return json::to_text(body);
}

DeliveryOutcome read_task_reply(const VendorReply& reply, const std::string& external_userid) {
  auto parsed = json::parse(reply.body);
  if (!parsed || !parsed->is_object()) return unknown_outcome("reply is not JSON");
  const json::object& object = parsed->get_object();
  if (reply.code == 0) {
    auto refused = json::required_array(object, "fail_list");
    for (const json::value& item : refused ? **refused : json::array{}) {
      if (item.is_string() && json::view(item.get_string()) == external_userid) {
        return failed("not_friend", "in fail_list");
      }
    }
  }
  return outcome_of_code(reply.code, json::optional_string(object, "msgid"));
}

class GuideTaskChannel : public Channel {
 public:
  GuideTaskChannel(std::shared_ptr<VendorApi> api, std::shared_ptr<GuideTasks> tasks,
                   std::shared_ptr<HealthKeeper> health)
      : api_(std::move(api)), tasks_(std::move(tasks)), health_(std::move(health)) {}

  std::string_view name() const override { return "wecom_guide_task"; }
  EffectClass effect_class() const override { return EffectClass::Marketing; }
  bool needs_receipt() const override { return true; }

  void deliver(Delivery delivery, std::function<void(DeliveryOutcome)> done) override {
    Result<std::string> body = task_body(delivery);
    if (!body) return done(failed(body.error().field, body.error().message));
    if (!health_->send_started()) {
      return done(failed("provider_error", "too many sends in flight", Retry::Yes));
    }
    GuideTask task{{}, delivery.staff_userid, delivery.recipient};
    auto on_reply = [tasks = tasks_, health = health_, task,
                     done = std::move(done)](Result<VendorReply> reply) mutable {
      DeliveryOutcome outcome =
          reply ? read_task_reply(*reply, task.external_userid) : outcome_of_error(reply.error());
      health->send_ended(outcome);
      task.msgid = outcome.vendor_id;
      if (outcome.state == DeliveryState::Accepted) tasks->watch(std::move(task));
      done(std::move(outcome));
    };
    api_->post(std::string(kAddTask), *std::move(body), std::move(on_reply));
  }

  void reconcile(Delivery delivery, std::function<void(DeliveryOutcome)> done) override {
    auto search = std::make_shared<Search>();
    search->tasks = tasks_;
    search->done = std::move(done);
    std::string url = marked_url(delivery);
    auto on_list = [search, url,
                    content = delivery.content](Result<std::vector<GuideTasks::Listed>> listed) {
      if (!listed) return search->done(unknown_outcome(listed.error().message));
      for (GuideTasks::Listed& task : *listed) {
        bool matches = url.empty() ? task.content == content : task.link_url == url;
        if (matches) search->candidates.push_back(std::move(task.msgid));
      }
      look_at_next(search);
    };
    search->delivery = std::move(delivery);
    tasks_->list(std::move(on_list));
  }

 private:
  // A walk over the listed tasks with our text, looking for our customer and member.
  struct Search {
    Delivery delivery;
    std::vector<std::string> candidates, found;
    std::shared_ptr<GuideTasks> tasks;
    std::function<void(DeliveryOutcome)> done;
  };

  static void look_at_next(const std::shared_ptr<Search>& search) {
    if (search->candidates.empty()) return finish(*search);
    std::string msgid = std::move(search->candidates.back());
    search->candidates.pop_back();
    search->tasks->addressees(msgid, [search, msgid](Result<GuideTasks::Addressees> found) {
      if (!found) return search->done(unknown_outcome(found.error().message));
      const std::string& wanted = search->delivery.recipient;
      bool ours =
          equal_userids(found->staff_userid, search->delivery.staff_userid) &&
          std::ranges::find(found->external_userids, wanted) != found->external_userids.end();
      if (ours) search->found.push_back(msgid);
      look_at_next(search);
    });
  }

  static void finish(Search& search) {
    // None: the vendor may still be about to commit it, which nobody can rule out. Several: an
    // older send with the same text. Either way a guess could double or lose a message.
    if (search.found.size() != 1) {
      return search.done(unknown_outcome(fmt::format("{} tasks match", search.found.size())));
    }
    GuideTask task{search.found.front(), search.delivery.staff_userid, search.delivery.recipient};
    search.tasks->watch(task);
    search.done(accepted(task.msgid));
  }

  std::shared_ptr<VendorApi> api_;
  std::shared_ptr<GuideTasks> tasks_;
  std::shared_ptr<HealthKeeper> health_;
};

Result<std::string> staff_body(int64_t agent_id, const Delivery& delivery) {
  if (delivery.staff_userid.empty()) return cannot("no_identifier", "no staff member");
  if (delivery.content.empty()) return cannot("invalid_content", "text is empty");
  std::string text =
      fmt::format("{}\n任务编号 {}", delivery.content, delivery.effect_key.substr(0, 8));
  if (text.size() > kStaffTextBytesMax) {
    return cannot("invalid_content", fmt::format("text has {} bytes; {} are allowed", text.size(),
                                                 kStaffTextBytesMax));
  }
  return json::to_text(json::object{{"touser", delivery.staff_userid},
                                    {"msgtype", "text"},
                                    {"agentid", agent_id},
                                    {"text", json::object{{"content", std::move(text)}}},
                                    {"enable_duplicate_check", 1},
                                    {"duplicate_check_interval", 1800}});
}

DeliveryOutcome read_staff_reply(const VendorReply& reply) {
  auto parsed = json::parse(reply.body);
  if (!parsed || !parsed->is_object()) return unknown_outcome("reply is not JSON");
  const json::object& object = parsed->get_object();
  // One receiver: a name in invaliduser is ours, although the code is 0.
  bool invalid = !json::optional_string(object, "invaliduser").empty();
  if (reply.code == 0 && invalid) return failed("no_identifier", "in invaliduser");
  return outcome_of_code(reply.code, json::optional_string(object, "msgid"));
}

}  // namespace

DeliveryOutcome outcome_of_code(int64_t code, std::string vendor_id) {
  if (code == 0) return accepted(std::move(vendor_id));
  for (const CodeMeaning& known : kCodes) {
    if (known.code != code) continue;
    return failed(known.reason, fmt::format("{} {}", code, known.text), known.retry);
  }
  return failed("provider_error", fmt::format("{}", code));
}

std::unique_ptr<Channel> make_guide_task_channel(std::shared_ptr<VendorApi> api,
                                                 std::shared_ptr<GuideTasks> tasks,
                                                 std::shared_ptr<HealthKeeper> health) {
  return std::make_unique<GuideTaskChannel>(std::move(api), std::move(tasks), std::move(health));
}

std::unique_ptr<Channel> make_staff_message_channel(int64_t agent_id,
                                                    std::shared_ptr<VendorApi> api,
                                                    std::shared_ptr<HealthKeeper> health) {
  auto body = [agent_id](const Delivery& delivery) { return staff_body(agent_id, delivery); };
  ApiChannel::Spec spec{"wecom_staff_message", EffectClass::Notice, "/cgi-bin/message/send", body,
                        read_staff_reply};
  return std::make_unique<ApiChannel>(std::move(spec), std::move(api), std::move(health));
}

}  // namespace weir::connectors::wecom
