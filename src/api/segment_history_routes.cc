// Who was in a segment at an instant, and who came and went since.

#include "api/routes.h"
#include "model/query_segment_changes.h"
#include "ports/segment_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace weir::api {
namespace {

constexpr int64_t kPageMax = 500;
constexpr int kDaysMax = 400;

Result<TimeMs> parse_instant(const Request& request, std::string_view name, const Calendar& zone,
                             TimeMs otherwise) {
  std::string text(request.query(name));
  if (text.empty()) return otherwise;
  if (std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }) && text.size() < 16)
    return static_cast<TimeMs>(std::stoll(text));
  if (auto time = parse_time(text, zone.name())) return *time;
  if (auto date = zone.parse_date(text)) return *date;
  return fail(ErrorCode::InvalidArgument,
              fmt::format("\"{}\" is \"{}\"; use epoch milliseconds or a time like "
                          "\"2026-03-09T10:00:00+08:00\"",
                          name, text),
              std::string(name));
}

Result<size_t> parse_limit(const Request& request) {
  std::string text(request.query("limit"));
  if (text.empty()) return size_t{50};
  bool digits =
      text.size() < 6 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  int64_t limit = digits ? std::stoll(text) : 0;
  if (limit < 1 || limit > kPageMax)
    return fail(ErrorCode::InvalidArgument, "\"limit\" must be 1 to 500", "limit");
  return static_cast<size_t>(limit);
}

/// One question about a segment's past. The members, their number of changes and the instant are
/// read together; what changed since then is left out of the facts.
struct Past : std::enable_shared_from_this<Past> {
  Services& services;
  const std::string id, owner;
  const Reply reply;
  TimeMs since = 0;
  std::string_view field = "at";  // that said `since`
  bool whole_if_shorter = false;  // a history that begins later than `since` is no error
  size_t limit = 0;
  std::function<void(const SegmentChangesAnswer&)> then;  // on the fold executor

  TimeMs now = 0;
  segments::SegmentInfo info;
  std::vector<ProfileOrdinal> members;

  Past(Services& s, const Request& request, Reply r)
      : services(s), id(request.param("id")), owner(request.who.username), reply(std::move(r)) {}

  void start() {
    services.gate.run([self = shared_from_this()] { self->read_members(); });
  }

  void read_members() {
    now = services.env.clock().now();
    auto found = services.segments.get(id);
    if (!found) return reply(std::unexpected<Error>(found.error()));
    info = *std::move(found);
    if (whole_if_shorter) since = std::max(since, info.known_from);
    if (since < info.known_from) {
      return reply(fail(ErrorCode::FailedPrecondition,
                        fmt::format("the history of segment \"{}\" begins at {}; ask for a later "
                                    "time",
                                    id, format_utc(info.known_from)),
                        std::string(field)));
    }
    members = services.segments.members(id, ProfileOrdinal(0), SIZE_MAX);
    services.analyst.segment_changes(
        {id, since, info.changes}, owner,
        [self = shared_from_this()](Result<SegmentChangesAnswer> answer) {
          if (!answer) return self->reply(std::unexpected<Error>(answer.error()));
          auto kept = std::make_shared<SegmentChangesAnswer>(*std::move(answer));
          self->services.gate.run([self, kept] { self->then(*kept); });
        });
  }

  /// Who that profile is now, when it became part of another.
  json::object person(ProfileOrdinal profile) const {
    ProfileOrdinal today = services.identities.canonical(profile);
    return {{"profile_id", profile_id_text(profile)},
            {"now", today == profile ? json::value(nullptr) : json::value(profile_id_text(today))},
            {"display_name", display_name(services, today)}};
  }
};

void members(Services& s, const Request& request, Reply reply) {
  auto at = parse_instant(request, "at", s.calendar, s.env.clock().now());
  if (!at) return reply(std::unexpected<Error>(at.error()));
  auto limit = parse_limit(request);
  if (!limit) return reply(std::unexpected<Error>(limit.error()));
  std::optional<ProfileOrdinal> after;
  if (std::string text(request.query("after")); !text.empty()) {
    auto parsed = parse_profile_id(text);
    if (parsed) after = *parsed;
    if (!parsed) {
      return reply(fail(ErrorCode::InvalidArgument,
                        "\"after\" is not a cursor that was returned as \"next\"", "after"));
    }
  }
  auto past = std::make_shared<Past>(s, request, std::move(reply));
  past->since = *at;
  past->limit = *limit;
  past->then = [p = past.get(), after](const SegmentChangesAnswer& answer) {
    std::vector<ProfileOrdinal> then = members_before(p->members, answer.changes);
    auto it = after ? std::upper_bound(then.begin(), then.end(), *after) : then.begin();
    json::array people;
    for (; it != then.end() && people.size() < p->limit; ++it) people.push_back(p->person(*it));
    json::value next = it == then.end() ? json::value(nullptr) : people.back().at("profile_id");
    p->reply(json::object{{"segment", p->id},
                          {"at", p->since},
                          {"as_of", p->now},
                          {"known_from", p->info.known_from},
                          {"count", then.size()},
                          {"count_now", p->members.size()},
                          {"members", std::move(people)},
                          {"next", std::move(next)}});
  };
  past->start();
}

json::object render(const Past& past, const SegmentChange& change,
                    const SegmentChangesAnswer& answer) {
  json::object out = past.person(change.profile);
  const std::string& by = answer.texts[change.by];
  out["change"] = change.number;
  out["time"] = change.time;
  out["kind"] = change.entered ? "entered" : "left";
  out["version"] = change.version;
  out["reason"] = answer.texts[change.reason];
  out["by"] = by.empty() ? json::value(nullptr) : json::value(by);
  out["by_time"] = by.empty() ? json::value(nullptr) : json::value(change.by_time);
  return out;
}

void changes(Services& s, const Request& request, Reply reply) {
  TimeMs month = s.env.clock().now() - 30 * kDayMs;
  auto since = parse_instant(request, "since", s.calendar, month);
  if (!since) return reply(std::unexpected<Error>(since.error()));
  auto limit = parse_limit(request);
  if (!limit) return reply(std::unexpected<Error>(limit.error()));
  std::string kind(request.query("kind"));
  if (!kind.empty() && kind != "entered" && kind != "left") {
    return reply(
        fail(ErrorCode::InvalidArgument, "\"kind\" must be entered or left, or absent", "kind"));
  }
  uint64_t before = UINT64_MAX;
  if (std::string text(request.query("before")); !text.empty()) {
    bool digits =
        text.size() < 19 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    if (!digits) {
      return reply(fail(ErrorCode::InvalidArgument,
                        "\"before\" is not a cursor that was returned as \"next\"", "before"));
    }
    before = std::stoull(text);
  }
  bool asked = !request.query("since").empty();
  auto past = std::make_shared<Past>(s, request, std::move(reply));
  past->since = *since;
  past->field = "since";
  past->whole_if_shorter = !asked;
  past->limit = *limit;
  past->then = [p = past.get(), kind, before](const SegmentChangesAnswer& answer) {
    json::array shown;
    json::value next = nullptr;
    for (auto it = answer.changes.rbegin(); it != answer.changes.rend(); ++it) {
      bool wanted = kind.empty() || (kind == "entered") == it->entered;
      if (!wanted || it->number >= before) continue;
      if (shown.size() == p->limit) {
        next = shown.back().at("change");
        break;
      }
      shown.push_back(render(*p, *it, answer));
    }
    uint64_t entered = 0;
    for (const SegmentChange& change : answer.changes) entered += change.entered ? 1 : 0;
    json::array days;
    TimeMs first = std::max(p->since, p->now - kDaysMax * kDayMs);
    for (const SegmentDay& day :
         days_of(answer.changes, p->members.size(), first, p->now, p->services.calendar)) {
      days.push_back(json::object{
          {"t", day.start}, {"entered", day.entered}, {"left", day.left}, {"size", day.size}});
    }
    p->reply(json::object{{"segment", p->id},
                          {"since", p->since},
                          {"as_of", p->now},
                          {"known_from", p->info.known_from},
                          {"count_now", p->members.size()},
                          {"entered", entered},
                          {"left", answer.changes.size() - entered},
                          {"days", std::move(days)},
                          {"changes", std::move(shown)},
                          {"next", std::move(next)}});
  };
  past->start();
}

}  // namespace

void add_segment_history_routes(Router& router, Services& s) {
  router.add("GET", "/api/segments/{id}/members", Permission::Read, route(s, members));
  router.add("GET", "/api/segments/{id}/changes", Permission::Read, route(s, changes));
}

}  // namespace weir::api
