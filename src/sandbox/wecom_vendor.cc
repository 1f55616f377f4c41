#include "sandbox/wecom_vendor.h"

#include "base/crypto.h"
#include "base/url.h"
#include "sandbox/callback_seal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace weir::sandbox {
namespace {

struct Message {
  int64_t code;
  std::string_view text;
};
constexpr std::array kMessages = {
    Message{-1, "system busy"},
    Message{40001, "invalid credential"},
    Message{40003, "invalid userid"},
    Message{40013, "invalid corpid"},
    Message{40014, "invalid access_token"},
    Message{40056, "invalid agentid"},
    Message{40058, "invalid Request Parameter"},
    Message{40096, "invalid external userid"},
    Message{41001, "access_token missing"},
    Message{41035, "missing external userid"},
    Message{41047, "invalid msgid"},
    Message{41048, "no customer to send"},
    Message{42001, "access_token expired"},
    Message{48002, "api forbidden"},
    Message{81013, "user & party & tag all invalid"},
    Message{84061, "not external contact"},
};

std::string_view message_of(int64_t code) {
  for (const Message& known : kMessages) {
    if (known.code == code) return known.text;
  }
  return "error";
}

int64_t calendar_month(TimeMs now) {
  Calendar::Local local = Calendar::shanghai().local(now);
  return local.year * 12 + local.month;
}

// The address inside a task's first link carries the caller's own mark, if it set one.
std::string effect_in_link(const json::array& attachments) {
  if (attachments.empty() || !attachments[0].is_object()) return {};
  auto link = json::required_object(attachments[0].get_object(), "link");
  if (!link) return {};
  std::string url = json::optional_string(**link, "url");
  size_t mark = url.find('?');
  if (mark == std::string::npos) return {};
  return std::string(QueryString(std::string_view(url).substr(mark + 1)).get("weir_effect"));
}

json::object ok() {
  return json::object{{"errcode", 0}, {"errmsg", "ok"}};
}

}  // namespace

WecomVendor::WecomVendor(World& world, Pusher& pusher, Delivered delivered)
    : world_(world), pusher_(pusher), delivered_(std::move(delivered)), tokens_(world) {
  const SandboxOptions& o = world.options;
  target_ = {PushTarget::Kind::Corp,
             PushMode::Secure,
             fmt::format("{}/webhooks/wecom/{}", o.weir_url, o.instance),
             o.wecom_token,
             o.wecom_key,
             o.corpid,
             o.corpid};
}

HttpResponse WecomVendor::error(std::string_view channel, int64_t code) {
  if (!channel.empty()) world_.ledger.refuse(channel, std::to_string(code));
  return vendor_error(world_, code, message_of(code));
}

HttpResponse WecomVendor::handle(std::string_view path, const HttpRequest& request) {
  if (path == "/cgi-bin/gettoken") return get_token(request);
  QueryString query(request.query());
  if (int64_t code = tokens_.check(query.get("access_token"), 40014); code != 0) {
    return error({}, code);
  }
  if (path == "/cgi-bin/externalcontact/get") return get_contact(request);
  if (path == "/cgi-bin/externalcontact/list") return list_contacts(request);
  if (path == "/cgi-bin/externalcontact/get_follow_user_list") {
    json::object out = ok();
    json::array members;
    for (const std::string& member : world_.people.staff()) members.emplace_back(member);
    out["follow_user"] = std::move(members);
    return vendor_ok(std::move(out));
  }
  auto parsed = json::parse(request.body);
  if (!parsed || !parsed->is_object()) return error({}, 40058);
  const json::object& body = parsed->get_object();
  if (path == "/cgi-bin/externalcontact/add_msg_template") return add_task(body);
  if (path == "/cgi-bin/externalcontact/get_groupmsg_list_v2") return list_tasks(body);
  if (path == "/cgi-bin/externalcontact/get_groupmsg_task") return show_task(body);
  if (path == "/cgi-bin/externalcontact/get_groupmsg_send_result") return show_results(body);
  if (path == "/cgi-bin/message/send") return send_app_message(body);
  return error({}, 48002);
}

HttpResponse WecomVendor::get_token(const HttpRequest& request) {
  QueryString query(request.query());
  if (query.get("corpid") != world_.options.corpid) return error({}, 40013);
  if (query.get("corpsecret") != world_.options.corp_secret) return error({}, 40001);
  TokenBook::Issued issued = tokens_.issue();
  json::object out = ok();
  out["access_token"] = issued.value;
  out["expires_in"] = issued.seconds_left;
  return vendor_ok(std::move(out));
}

HttpResponse WecomVendor::get_contact(const HttpRequest& request) {
  std::string id(QueryString(request.query()).get("external_userid"));
  if (id.empty()) return error({}, 41035);
  Person* person = world_.people.by_external_userid(id);
  if (person == nullptr) return error({}, 40096);
  bool visible = !person->guide.empty() &&
                 world_.now() >= person->contact_since + world_.profile.contact_visible_ms;
  if (!visible) return error({}, 84061);
  json::object out = ok();
  out["external_contact"] =
      json::object{{"external_userid", id}, {"name", person->name}, {"type", 1},
                   {"gender", 0},           {"avatar", ""},         {"unionid", person->unionid}};
  out["follow_user"] = json::array{json::object{{"userid", person->guide},
                                                {"remark", ""},
                                                {"description", ""},
                                                {"createtime", person->contact_since / kSecondMs},
                                                {"tags", json::array{}},
                                                {"add_way", 1},
                                                {"state", person->guide_state}}};
  out["next_cursor"] = "";
  return vendor_ok(std::move(out));
}

HttpResponse WecomVendor::list_contacts(const HttpRequest& request) {
  std::string userid(QueryString(request.query()).get("userid"));
  json::array ids;
  for (size_t i = 0; i < world_.people.size(); ++i) {
    if (world_.people.at(i).guide == userid) ids.emplace_back(world_.people.at(i).external_userid);
  }
  if (ids.empty()) return error({}, 84061);
  json::object out = ok();
  out["external_userid"] = std::move(ids);
  return vendor_ok(std::move(out));
}

HttpResponse WecomVendor::add_task(const json::object& body) {
  constexpr std::string_view kChannel = "wecom_guide_task";
  Task task;
  task.staff = json::optional_string(body, "sender");
  if (!world_.people.is_staff(task.staff)) return error(kChannel, 40003);
  auto text = json::required_object(body, "text");
  if (text) task.content = json::optional_string(**text, "content");
  if (auto list = json::required_array(body, "attachments")) task.attachments = **list;
  if (task.content.empty() && task.attachments.empty()) return error(kChannel, 40058);
  auto ids = json::required_array(body, "external_userid");
  if (!ids || (*ids)->empty() || (*ids)->size() > 10'000) return error(kChannel, 40058);
  json::array refused;
  for (const json::value& id : **ids) {
    Person* person =
        id.is_string() ? world_.people.by_external_userid(json::view(id.get_string())) : nullptr;
    if (person == nullptr || person->guide != task.staff) {
      refused.emplace_back(id);
    } else {
      task.customers.emplace_back(person->index, 0);
    }
  }
  if (task.customers.empty()) {
    // One customer who is no contact of the sender: nobody is left to send to.
    bool known = world_.people.by_external_userid(json::view((**ids)[0].as_string())) != nullptr;
    return error(kChannel, known ? 84061 : 40096);
  }
  task.msgid = "msg" + world_.dice.letters(24);
  task.created_at = world_.now();
  task.effect_id = effect_in_link(task.attachments);
  const Person& first = world_.people.at(task.customers[0].first);
  if (task.effect_id.empty()) {
    std::string digest = crypto::to_hex(crypto::sha256(task.content)).substr(0, 12);
    task.effect_id = fmt::format("task:{}:{}:{}", task.staff, first.external_userid, digest);
  }
  Send& send = world_.ledger.accept(kChannel, task.effect_id, first.external_userid, world_.now());
  send.vendor_id = task.msgid;
  send.state = "pending";
  const Profile& profile = world_.profile;
  if (!world_.dice.chance(profile.staff_ignores_task)) {
    DurationMs delay =
        world_.dice.between(profile.staff_confirm_min_ms, profile.staff_confirm_max_ms);
    world_.later(delay, [this, msgid = task.msgid] { confirm(msgid); });
  }
  json::object out = ok();
  out["fail_list"] = std::move(refused);
  out["msgid"] = task.msgid;
  task_order_.push_back(task.msgid);
  tasks_.emplace(task.msgid, std::move(task));
  if (task_order_.size() > kTasksMax) {
    tasks_.erase(task_order_.front());
    task_order_.pop_front();
  }
  return vendor_ok(std::move(out));
}

void WecomVendor::confirm(const std::string& msgid) {
  auto found = tasks_.find(msgid);
  if (found == tasks_.end() || found->second.confirmed) return;
  Task& task = found->second;
  task.confirmed = true;
  bool sent = false;
  for (auto& [index, status] : task.customers) {
    status = send_to_customer(task, world_.people.at(index));
    sent |= status == 1;
  }
  world_.ledger.set_state("wecom_guide_task", task.effect_id, sent ? "delivered" : "failed");
}

int WecomVendor::send_to_customer(Task& task, Person& person) {
  if (person.guide != task.staff) return 2;
  int64_t month = calendar_month(world_.now());
  if (person.tasks_month != month) {
    person.tasks_month = month;
    person.tasks_in_month = 0;
  }
  if (person.tasks_in_month >= world_.profile.task_monthly_max) return 3;
  ++person.tasks_in_month;
  std::string text = task.content + ' ' + json::to_text(task.attachments);
  delivered_(person, "wecom_guide_task", std::move(text));
  return 1;
}

int64_t WecomVendor::confirm_tasks(Person& person) {
  std::vector<std::string> open;
  for (const auto& [msgid, task] : tasks_) {
    bool theirs = std::ranges::any_of(
        task.customers, [&](const auto& customer) { return customer.first == person.index; });
    if (!task.confirmed && theirs) open.push_back(msgid);
  }
  for (const std::string& msgid : open) confirm(msgid);
  return static_cast<int64_t>(open.size());
}

HttpResponse WecomVendor::list_tasks(const json::object& body) {
  constexpr size_t kLimitMax = 100;
  int64_t from = json::optional_int(body, "start_time", 0) * kSecondMs;
  int64_t to = json::optional_int(body, "end_time", 0) * kSecondMs + kSecondMs;
  auto limit =
      static_cast<size_t>(std::clamp<int64_t>(json::optional_int(body, "limit", 50), 1, kLimitMax));
  std::string cursor = json::optional_string(body, "cursor");
  bool started = cursor.empty();
  json::array page;
  std::string next;
  for (const std::string& msgid : task_order_) {
    if (!started) {
      started = msgid == cursor;  // the cursor is the first task of the page
      if (!started) continue;
    }
    const Task& task = tasks_.at(msgid);
    if (task.created_at < from || task.created_at >= to) continue;
    if (page.size() == limit) {
      next = msgid;
      break;
    }
    // Tasks made through the API carry no creator.
    page.emplace_back(json::object{{"msgid", msgid},
                                   {"create_time", task.created_at / kSecondMs},
                                   {"create_type", 1},
                                   {"text", json::object{{"content", task.content}}},
                                   {"attachments", task.attachments}});
  }
  json::object out = ok();
  out["group_msg_list"] = std::move(page);
  out["next_cursor"] = next;
  return vendor_ok(std::move(out));
}

HttpResponse WecomVendor::show_task(const json::object& body) {
  auto found = tasks_.find(json::optional_string(body, "msgid"));
  if (found == tasks_.end()) return error({}, 41047);
  const Task& task = found->second;
  json::object entry = {{"userid", task.staff}, {"status", task.confirmed ? 2 : 0}};
  json::object out = ok();
  out["task_list"] = json::array{std::move(entry)};
  out["next_cursor"] = "";
  return vendor_ok(std::move(out));
}

HttpResponse WecomVendor::show_results(const json::object& body) {
  auto found = tasks_.find(json::optional_string(body, "msgid"));
  if (found == tasks_.end()) return error({}, 41047);
  const Task& task = found->second;
  if (json::optional_string(body, "userid") != task.staff) return error({}, 40003);
  json::array list;
  for (const auto& [index, status] : task.customers) {
    list.emplace_back(json::object{{"external_userid", world_.people.at(index).external_userid},
                                   {"userid", task.staff},
                                   {"status", status}});
  }
  json::object out = ok();
  out["send_list"] = std::move(list);
  out["next_cursor"] = "";
  return vendor_ok(std::move(out));
}

HttpResponse WecomVendor::send_app_message(const json::object& body) {
  constexpr std::string_view kChannel = "wecom_staff_message";
  constexpr size_t kRememberedMax = 10'000;
  if (json::optional_int(body, "agentid", 0) != world_.options.agent_id) {
    return error(kChannel, 40056);
  }
  std::string to = json::optional_string(body, "touser");
  if (!world_.people.is_staff(to)) return error(kChannel, 81013);
  auto text = json::required_object(body, "text");
  std::string content = text ? json::optional_string(**text, "content") : "";
  json::object out = ok();
  out["invaliduser"] = "";
  out["msgid"] = world_.dice.letters(32);
  std::string key = to + "\n" + content;
  std::string effect = "app:" + crypto::to_hex(crypto::sha256(key)).substr(0, 24);
  bool checks = json::optional_int(body, "enable_duplicate_check", 0) == 1;
  auto seen = app_messages_.find(key);
  if (checks && seen != app_messages_.end() && world_.now() < seen->second) {
    world_.ledger.repeat(kChannel, effect);
    return vendor_ok(std::move(out));
  }
  Minute& minute = staff_minutes_[to];
  if (int64_t current = world_.now() / kMinuteMs; minute.minute != current) minute = {current, 0};
  // Over the limit the vendor says yes and drops it.
  if (++minute.sends > world_.profile.staff_minute_max) return vendor_ok(std::move(out));
  if (app_messages_.size() >= kRememberedMax) app_messages_.clear();
  int64_t seconds = json::optional_int(body, "duplicate_check_interval", 1800);
  app_messages_[key] = world_.now() + seconds * kSecondMs;
  world_.ledger.accept(kChannel, effect, to, world_.now()).state = "delivered";
  return vendor_ok(std::move(out));
}

void WecomVendor::push_contact(const Person& person, std::string_view change,
                               const std::string& staff, std::string elements, Pusher::Done done) {
  std::string body = fmt::format(
      "{}{}<CreateTime>{}</CreateTime>{}{}{}{}{}{}", cdata("ToUserName", world_.options.corpid),
      cdata("FromUserName", "sys"), world_.now_seconds(), cdata("MsgType", "event"),
      cdata("Event", "change_external_contact"), cdata("ChangeType", change),
      cdata("UserID", staff), cdata("ExternalUserID", person.external_userid), elements);
  pusher_.push(target_, std::move(body), std::move(done));
}

void WecomVendor::add_guide(Person& person, std::string staff, const std::string& state,
                            Pusher::Done done) {
  if (staff.empty()) staff = world_.dice.pick(world_.people.staff());
  person.guide = staff;
  person.guide_state = state;
  person.contact_since = world_.now();
  std::string elements = cdata("WelcomeCode", world_.dice.letters(40));
  if (!state.empty()) elements = cdata("State", state) + elements;
  push_contact(person, "add_external_contact", staff, std::move(elements), std::move(done));
}

void WecomVendor::delete_guide(Person& person, Pusher::Done done) {
  std::string staff = std::exchange(person.guide, "");
  push_contact(person, "del_follow_user", staff, "", std::move(done));
}

void WecomVendor::delete_customer(Person& person, Pusher::Done done) {
  std::string staff = std::exchange(person.guide, "");
  push_contact(person, "del_external_contact", staff, "", std::move(done));
}

}  // namespace weir::sandbox
