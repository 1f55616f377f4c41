#include "tests/scenarios/journey/script.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace weir::testing {
namespace {

struct Line {
  std::string file;
  int number = 0;
  std::string text;
  std::vector<std::string> block;  // the indented lines below
};

std::string source_dir() {
  const char* dir = std::getenv("WEIR_SOURCE_DIR");
  return dir == nullptr ? "." : dir;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path);
  std::stringstream all;
  all << in.rdbuf();
  return all.str();
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.pop_back();
  text.erase(0, text.find_first_not_of(' '));
  return text;
}

void read_lines(const std::string& path, std::vector<Line>& lines) {
  std::istringstream in(read_file(path));
  int number = 0;
  for (std::string text; std::getline(in, text);) {
    ++number;
    if (trimmed(text).empty() || trimmed(text).starts_with("#")) continue;
    if (text.starts_with(" ")) {
      if (!lines.empty()) lines.back().block.push_back(trimmed(text));
    } else if (text.starts_with("include ")) {
      read_lines(path.substr(0, path.rfind('/') + 1) + trimmed(text.substr(8)), lines);
    } else {
      lines.push_back({path.substr(path.rfind('/') + 1), number, trimmed(text), {}});
    }
  }
}

class Player {
 public:
  Player(const std::string& path, Rehearsal rehearsal) : rehearsal_(rehearsal) {
    read_lines(path, lines_);
    if (lines_.empty()) play_.failures.push_back(path + ": is empty or missing");
  }

  Play run() {
    for (const Line& line : lines_) {
      line_ = &line;
      std::vector<std::string> words = words_of(line.text);
      if (words[0] == "option") {
        option(words);
        continue;
      }
      if (!world_) {
        options_.trouble = rehearsal_.trouble;
        options_.trouble_at = rehearsal_.at;
        world_ = std::make_unique<World>(options_);
        world_->vendors().can_tell = !rehearsal_.cannot_tell;
      }
      command(words);
    }
    play_.steps = world_ ? world_->steps() : 0;
    if (!world_) return std::move(play_);
    for (const auto& taken : world_->vendors().taken()) play_.accepted.push_back(taken.effect_key);
    play_.calls = world_->vendors().calls();
    for (uint32_t person : persons_) play_.traces += all_traces(person);
    return std::move(play_);
  }

 private:
  void bad(const std::string& message) {
    play_.failures.push_back(fmt::format("{}:{}: {}", line_->file, line_->number, message));
  }

  TimeMs local(const std::string& date, const std::string& time) {
    auto parsed = parse_time(date + " " + time, "Asia/Shanghai");
    if (!parsed) bad(parsed.error().message);
    return parsed ? *parsed : 0;
  }
  /// "2026-03-02 21:00" from words[i], words[i+1], or "21:00" of the current date.
  TimeMs when(const std::vector<std::string>& words, size_t i) {
    if (words.at(i).size() > 8)
      return local(words[i], i + 1 < words.size() ? words[i + 1] : "00:00");
    return local(calendar_.date_text(world_->now()), words[i]);
  }

  void option(const std::vector<std::string>& words) {
    if (world_) return bad("an option must come before everything else");
    if (words.at(1) == "sms_wall") {
      options_.messaging.sms_wall_start_minute = options_.messaging.sms_wall_end_minute = 0;
    } else if (words[1] == "global_control") {
      options_.journey.global_control_share = std::stoi(words.at(2));
    } else if (words[1] == "start") {
      options_.start = local(words.at(2), words.at(3));
    } else {
      bad("unknown option");
    }
  }

  void command(const std::vector<std::string>& w) {
    const std::string& c = w[0];
    if (c == "define") return define(w);
    if (c == "list") return world_->people.set_list(w.at(1), {w.begin() + 2, w.end()});
    if (c == "member") return world_->people.set_member(w.at(2), person(w.at(1)));
    if (c == "person") return describe(w);
    if (c == "at") return world_->advance(when(w, 1));
    if (c == "after") return world_->advance(world_->now() + *parse_duration(w.at(1)));
    if (c == "event") return event(w);
    if (c == "merge" || c == "split" || c == "erase") return change_person(w);
    if (c == "vendor") return vendor(w);
    if (c == "vendors") {
      world_->vendors().can_tell = false;
      play_.vendors_cannot_tell = true;
      return;
    }
    if (c == "receipt") return receipt(w);
    if (c == "expect") return expect(w);
    bad("unknown command \"" + c + "\"");
  }

  uint32_t person(const std::string& text) {
    auto number = static_cast<uint32_t>(std::stoul(text));
    persons_.insert(number);
    return number;
  }

  void define(const std::vector<std::string>& w) {
    size_t body_at = line_->text.find(w.at(1)) + w[1].size();
    std::string body = trimmed(line_->text.substr(body_at));
    if (body.starts_with("@")) body = read_file(source_dir() + "/" + body.substr(1));
    if (w[1].starts_with("journey/")) {
      if (auto parsed = parse_journey(body); !parsed) bad(parsed.error().message);
    }
    if (w[1].starts_with("template/")) {
      if (auto parsed = parse_template(w[1], body); !parsed) bad(parsed.error().message);
    }
    Envelope e;
    e.kind = RecordKind::Definition;
    e.name = w[1];
    e.properties = {{"body", JsonText{body}}};
    world_->append(std::move(e));
  }

  void describe(const std::vector<std::string>& w) {
    uint32_t who = person(w.at(1));
    for (size_t i = 2; i < w.size(); ++i) {
      std::string key = w[i].substr(0, w[i].find('=')), value = w[i].substr(w[i].find('=') + 1);
      if (key == "openid") world_->people.set_openid(who, "wx1", value);
      if (key == "phone") world_->people.set_phone(who, value);
      if (key == "contact") world_->people.add_contact(who, value);
      if (key != "consent") continue;
      command({"event", w[1], "consent_granted", "channel=" + value, "purpose=marketing"});
    }
  }

  void event(const std::vector<std::string>& w) {
    Envelope e;
    e.name = w.at(2);
    e.trust = Trust::Public;
    e.properties = {{"who", static_cast<int64_t>(person(w.at(1)))}};
    for (size_t i = 3; i < w.size(); ++i) {
      std::string key = w[i].substr(0, w[i].find('=')), value = w[i].substr(w[i].find('=') + 1);
      if (key == "id") {
        // G7 is the pipeline's: here a record with a known message id is dropped the same way.
        if (!message_ids_.insert(value).second) return;
        e.message_id = value;
      } else if (key == "at") {
        size_t t = value.find('T');
        e.event_time = t == std::string::npos ? local(calendar_.date_text(world_->now()), value)
                                              : local(value.substr(0, t), value.substr(t + 1));
      } else if (key == "trust") {
        e.trust = Trust::Server;
      } else if (key == "historical") {
        e.historical = true;
      } else if (value.starts_with("[")) {
        StringList items;
        std::istringstream in(value.substr(1, value.size() - 2));
        for (std::string item; std::getline(in, item, ',');) items.push_back(item);
        e.properties.push_back({key, items});
      } else {
        e.properties.push_back({key, named(value)});
      }
    }
    if (e.event_time == 0) e.event_time = world_->now();
    world_->append(std::move(e));
  }

  void change_person(const std::vector<std::string>& w) {
    Envelope e;
    if (w[0] == "erase") {
      e.kind = RecordKind::Erase;
      e.properties = {{"who", static_cast<int64_t>(person(w.at(1)))}};
    } else if (w[0] == "split") {
      e.name = "$split";
      e.properties = {{"who", static_cast<int64_t>(person(w.at(2)))},
                      {"apart", static_cast<int64_t>(person(w.at(1)))}};
    } else {
      e.name = "$merge";
      e.properties = {{"who", static_cast<int64_t>(person(w.at(2)))},
                      {"from", static_cast<int64_t>(person(w.at(1)))}};
    }
    world_->append(std::move(e));
  }

  void vendor(const std::vector<std::string>& w) {
    Behaviour b;
    size_t next = 3;
    if (w.at(2) == "fail") {
      b.kind = Behaviour::Kind::Fail;
      b.reason = w.at(next++);
      b.detail = "scripted";
    } else if (w[2] == "lose") {
      b.kind = w.at(next++) == "reply" ? Behaviour::Kind::LoseReply : Behaviour::Kind::LoseRequest;
    }
    for (; next < w.size(); ++next) {
      if (w[next] == "retryable") b.retryable = true;
      if (w[next].starts_with("times=")) b.times = std::stoi(w[next].substr(6));
    }
    world_->vendors().behaviour(w.at(1)) = b;
  }

  void receipt(const std::vector<std::string>& w) {
    Envelope e;
    e.kind = RecordKind::Receipt;
    e.properties = {{"vendor_id", world_->vendors().last_vendor_id(w.at(1))},
                    {"channel", w[1]},
                    {"state", w.at(2)}};
    if (w.size() > 3) e.properties.push_back({"reason", w[3]});
    // SMS reports carry our key back (OutId); the others know only their own id.
    if (w[1] == "sms")
      e.properties.push_back({"effect_key", world_->vendors().last_effect_key(w[1])});
    world_->append(std::move(e));
  }

  /// Coupon ids are hashes; files call them c1, c2 … by order of appearance.
  std::string shown(std::string detail) {
    for (const auto& [id, name] : coupon_names_) {
      if (size_t at = detail.find(id); at != std::string::npos) detail.replace(at, id.size(), name);
    }
    if (detail.size() == 17 && detail[0] == 'c' && detail.find(' ') == std::string::npos) {
      std::string name = fmt::format("c{}", coupon_names_.size() + 1);
      coupon_names_[detail] = name;
      return name;
    }
    size_t t = detail.find("T");
    if (size_t z = detail.find("Z"); z != std::string::npos && t != std::string::npos && t >= 10) {
      auto time = parse_time(detail.substr(t - 10, z - t + 11));
      if (time) detail.replace(t - 10, z - t + 11, clock(*time));
    }
    return detail;
  }
  Value named(const std::string& value) {
    for (const auto& [id, name] : coupon_names_) {
      if (name == value) return id;
    }
    return value;
  }
  std::string clock(TimeMs time) {
    Calendar::Local l = calendar_.local(time);
    std::string text = fmt::format("{:02}-{:02} {:02}:{:02}", l.month, l.day, l.hour, l.minute);
    if (l.second != 0) text += fmt::format(":{:02}", l.second);
    return text;
  }

  std::vector<std::string> trace_lines(const std::string& enrollment) {
    std::vector<std::string> out;
    auto found = world_->journeys().enrollment(enrollment);
    if (!found) return out;
    for (const auto& line : found->second) {
      out.push_back(
          trimmed(fmt::format("{} {} {} {}", clock(line.time), line.node.empty() ? "-" : line.node,
                              line.what, shown(line.detail))));
    }
    return out;
  }
  std::string all_traces(uint32_t who) {
    std::string out;
    for (const auto& e : world_->journeys().enrollments_of(ProfileOrdinal(who))) {
      out += fmt::format("person {} key {} {} {}\n", who, e.key, e.state, e.exit_reason);
      for (const std::string& line : trace_lines(e.enrollment_id)) out += line + "\n";
    }
    return out;
  }

  void expect(const std::vector<std::string>& w) {
    std::vector<std::string> got = rows(w);
    std::vector<std::string> want = line_->block;
    if (want == std::vector<std::string>{"none"}) want.clear();
    if (!rehearsal_.check || got == want) return;
    std::string message = line_->text + "\n  wanted:";
    for (const std::string& row : want) message += "\n    " + row;
    message += "\n  got:";
    for (const std::string& row : got) message += "\n    " + row;
    bad(message);
  }

  std::vector<std::string> rows(const std::vector<std::string>& w) {
    std::vector<std::string> out;
    const std::string& what = w.at(1);
    if (what == "trace") {
      auto all = world_->journeys().enrollments_of(ProfileOrdinal(person(w.at(2))));
      size_t index = w.size() > 3 ? std::stoul(w[3]) - 1 : 0;
      if (index < all.size()) out = trace_lines(all[index].enrollment_id);
    } else if (what == "sent") {
      for (const auto& t : world_->vendors().taken()) {
        std::string to = t.staff.empty() ? t.recipient : t.staff;
        out.push_back(fmt::format("{} {} {} to {}", clock(t.time), t.channel, t.template_id, to));
      }
    } else if (what == "messages") {
      auto page = world_->messages().messages("", 1000, "");
      for (auto it = page->messages.rbegin(); it != page->messages.rend(); ++it) {
        out.push_back(
            trimmed(fmt::format("{} {} {} {}", it->node, it->channel, it->state, it->reason)));
      }
      std::sort(out.begin(), out.end());
    } else if (what == "enrollments") {
      for (const auto& e : world_->journeys().enrollments_of(ProfileOrdinal(person(w.at(2))))) {
        out.push_back(trimmed(fmt::format("{} {} {}", e.key, e.state, e.exit_reason)));
      }
    } else {
      totals(w, out);
    }
    return out;
  }

  void totals(const std::vector<std::string>& w, std::vector<std::string>& out) {
    const std::string& what = w.at(1);
    if (what == "coupons") {
      for (const auto& t : world_->coupons().templates()) {
        out.push_back(fmt::format("{} issued={} redeemed={} spent={}", t.id, t.issued, t.redeemed,
                                  t.spent_fen));
      }
      return;
    }
    auto view = world_->journeys().view(w.at(2));
    if (!view) return bad(view.error().message);
    if (what == "refused") {
      for (const auto& [reason, count] : view->refused)
        out.push_back(fmt::format("{} {}", reason, count));
    } else if (what == "stats") {
      out.push_back(fmt::format("entered={} goal={} control={} exited={}", view->summary.entered,
                                view->summary.goal, view->control, view->summary.exited));
    } else {
      bad("cannot expect \"" + what + "\"");
    }
  }

  Rehearsal rehearsal_;
  Calendar calendar_ = Calendar::shanghai();
  std::vector<Line> lines_;
  const Line* line_ = nullptr;
  World::Options options_;
  std::unique_ptr<World> world_;
  std::set<uint32_t> persons_;
  std::set<std::string> message_ids_;
  std::map<std::string, std::string> coupon_names_;
  Play play_;
};

}  // namespace

Play play(const std::string& path, Rehearsal rehearsal) {
  return Player(path, rehearsal).run();
}

}  // namespace weir::testing
