// Ported from our own reference generator, statement by statement: the data must stay the same for
// figures of different days to be comparable. That is why its dense style is kept.

#include "bench/gen_events.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <thread>

namespace weir::bench {
namespace {

using Ev = GeneratedEvent;
using User = GeneratedUser;

enum E : uint8_t {
  APP_LAUNCH,
  MP_LAUNCH,
  PAGE_VIEW,
  SCAN_QR,
  FOLLOW_OA,
  UNFOLLOW_OA,
  MENU_CLICK,
  ADD_WECOM,
  DELETE_WECOM,
  JOIN_GROUP,
  LEAVE_GROUP,
  GROUP_MESSAGE,
  PRIVATE_MESSAGE,
  PUSH_RECEIVE,
  PUSH_CLICK,
  AD_IMPRESSION,
  AD_CLICK,
  SEARCH,
  VIEW_ITEM,
  FAVORITE,
  ADD_TO_CART,
  REMOVE_CART,
  COUPON_VIEW,
  COUPON_RECEIVE,
  COUPON_REDEEM,
  SUBMIT_ORDER,
  PAY_ORDER,
  CANCEL_ORDER,
  REFUND,
  REVIEW,
  SHARE,
  INVITE_SUCCESS,
  LIVE_ENTER,
  LIVE_LEAVE,
  LIVE_COMMENT,
  CHECKIN,
  POINTS_EARN,
  POINTS_REDEEM,
  FORM_SUBMIT,
  CUSTOMER_SERVICE,
  N_EVENTS,
  END = 255
};
static const char* const EVENTS[] = {
    "app_launch",    "mp_launch",      "page_view",       "scan_qr",        "follow_oa",
    "unfollow_oa",   "menu_click",     "add_wecom",       "delete_wecom",   "join_group",
    "leave_group",   "group_message",  "private_message", "push_receive",   "push_click",
    "ad_impression", "ad_click",       "search",          "view_item",      "favorite",
    "add_to_cart",   "remove_cart",    "coupon_view",     "coupon_receive", "coupon_redeem",
    "submit_order",  "pay_order",      "cancel_order",    "refund",         "review",
    "share",         "invite_success", "live_enter",      "live_leave",     "live_comment",
    "checkin",       "points_earn",    "points_redeem",   "form_submit",    "customer_service"};
static const char* const CHANNELS[] = {"oa_menu",       "mini_program", "wecom",     "group",
                                       "channels_live", "moments_ad",   "search_ad", "offline_qr",
                                       "sms",           "h5",           "app",       "referral"};
static const char* const PLATFORMS[] = {
    "wechat_ios", "wechat_android", "app_ios", "app_android", "h5", "pc"};

static constexpr uint64_t SEED = 20260101;
static constexpr uint32_t T0 = 1767225600;  // 2026-01-01 00:00:00 UTC
static constexpr uint32_t DAYS = 180, DAY = 86400, T1 = T0 + DAYS * DAY;

struct Rng {  // splitmix64
  uint64_t s;
  uint64_t next() {
    uint64_t z = (s += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }
  double u() { return (next() >> 11) * 0x1.0p-53; }
  uint32_t below(uint32_t n) { return uint32_t((uint64_t(uint32_t(next() >> 32)) * n) >> 32); }
  bool p(double x) { return u() < x; }
  double expo(double mean) { return -mean * std::log(1 - u()); }
  uint32_t zipf(uint32_t n) {
    return std::min(n, uint32_t(std::exp(u() * std::log(n + 1.0))));
  }  // s = 1, 1..n
};

struct Edge {
  uint8_t to;
  uint8_t w;
};
// Next-event weights inside a session; END closes it.
static const std::vector<Edge>& edges(uint8_t e) {
  static const std::vector<Edge> dflt = {
      {PAGE_VIEW, 26},      {VIEW_ITEM, 24}, {SEARCH, 7},
      {COUPON_VIEW, 4},     {SHARE, 2},      {FAVORITE, 2},
      {GROUP_MESSAGE, 3},   {CHECKIN, 2},    {CUSTOMER_SERVICE, 1},
      {AD_IMPRESSION, 4},   {LIVE_ENTER, 1}, {FORM_SUBMIT, 1},
      {PRIVATE_MESSAGE, 2}, {MENU_CLICK, 3}, {JOIN_GROUP, 1},
      {POINTS_REDEEM, 1},   {END, 16}};
  static const std::vector<Edge> view = {
      {VIEW_ITEM, 26},  {ADD_TO_CART, 17}, {PAGE_VIEW, 20},       {FAVORITE, 4}, {SHARE, 3},
      {COUPON_VIEW, 3}, {SEARCH, 5},       {CUSTOMER_SERVICE, 1}, {REVIEW, 1},   {END, 20}};
  static const std::vector<Edge> cart = {{SUBMIT_ORDER, 28}, {VIEW_ITEM, 26},     {PAGE_VIEW, 12},
                                         {REMOVE_CART, 6},   {COUPON_RECEIVE, 8}, {END, 20}};
  static const std::vector<Edge> cview = {
      {COUPON_RECEIVE, 50}, {PAGE_VIEW, 20}, {VIEW_ITEM, 20}, {END, 10}};
  static const std::vector<Edge> crecv = {
      {VIEW_ITEM, 40}, {COUPON_REDEEM, 8}, {SUBMIT_ORDER, 12}, {PAGE_VIEW, 20}, {END, 20}};
  static const std::vector<Edge> submit = {
      {PAY_ORDER, 68}, {CANCEL_ORDER, 10}, {COUPON_REDEEM, 10}, {PAGE_VIEW, 6}, {END, 6}};
  static const std::vector<Edge> redeem = {{PAY_ORDER, 70}, {VIEW_ITEM, 15}, {END, 15}};
  static const std::vector<Edge> pay = {
      {POINTS_EARN, 30}, {PAGE_VIEW, 18}, {SHARE, 10}, {JOIN_GROUP, 3}, {END, 39}};
  static const std::vector<Edge> share = {
      {INVITE_SUCCESS, 12}, {PAGE_VIEW, 40}, {VIEW_ITEM, 18}, {END, 30}};
  static const std::vector<Edge> live = {{LIVE_COMMENT, 28}, {VIEW_ITEM, 30},     {ADD_TO_CART, 9},
                                         {LIVE_LEAVE, 15},   {COUPON_RECEIVE, 8}, {END, 10}};
  static const std::vector<Edge> scan = {
      {PAGE_VIEW, 40}, {COUPON_RECEIVE, 15}, {ADD_WECOM, 8}, {JOIN_GROUP, 6}, {END, 31}};
  static const std::vector<Edge> adimp = {
      {AD_CLICK, 20}, {PAGE_VIEW, 40}, {VIEW_ITEM, 20}, {END, 20}};
  static const std::vector<Edge> adclick = {
      {VIEW_ITEM, 45}, {PAGE_VIEW, 30}, {FORM_SUBMIT, 4}, {END, 21}};
  static const std::vector<Edge> unf = {{END, 1}};
  switch (e) {
    case VIEW_ITEM: return view;
    case ADD_TO_CART: return cart;
    case COUPON_VIEW: return cview;
    case COUPON_RECEIVE: return crecv;
    case SUBMIT_ORDER: return submit;
    case COUPON_REDEEM: return redeem;
    case PAY_ORDER: return pay;
    case SHARE: return share;
    case LIVE_ENTER:
    case LIVE_COMMENT: return live;
    case SCAN_QR: return scan;
    case AD_IMPRESSION: return adimp;
    case AD_CLICK: return adclick;
    case UNFOLLOW_OA:
    case DELETE_WECOM:
    case LEAVE_GROUP:
    case LIVE_LEAVE: return unf;
    default: return dflt;
  }
}
struct Table {
  uint8_t t[256][256];
};  // alias-free lookup: 8 random bits choose the next event
static Table TBL;
static void build_tables() {
  for (int e = 0; e < N_EVENTS; ++e) {
    const auto& v = edges(uint8_t(e));
    int sum = 0, acc = 0, i = 0;
    for (auto& x : v) sum += x.w;
    for (auto& x : v) {
      acc += x.w;
      int upto = acc * 256 / sum;
      for (; i < upto; ++i) TBL.t[e][i] = x.to;
    }
    for (; i < 256; ++i) TBL.t[e][i] = v.back().to;
  }
}

static uint8_t pick_channel(Rng& r) {
  static const uint8_t w[12] = {12, 24, 12, 8, 7, 9, 5, 8, 3, 5, 5, 2};
  int x = int(r.below(100));
  for (int i = 0; i < 12; ++i) {
    x -= w[i];
    if (x < 0) return uint8_t(i);
  }
  return 1;
}
static void gen_user(uint32_t id, double mean_sessions, std::vector<Ev>& out, User& prof) {
  Rng r{SEED * 0x9E3779B97F4A7C15ull ^ (uint64_t(id) * 0xD1342543DE82EF95ull)};
  r.next();
  out.clear();
  prof = {uint16_t(r.zipf(300)), pick_channel(r), uint8_t(std::min<uint32_t>(5, r.below(100) / 16)),
          uint8_t(r.below(6))};
  const uint16_t home = uint16_t(1 + (prof.city * 37u + r.below(40)) % 5000);
  const double act = 0.4 * std::pow(r.u() + 1e-9, -0.6);  // power-law activity, mean 1
  const uint32_t ns = 1 + uint32_t(std::min(500.0, r.expo(mean_sessions * act)));
  const bool old = r.p(0.4);
  const double a = old ? 0 : r.u() * (DAYS - 0.05);
  static const uint8_t hours[32] = {0,  1,  6,  7,  7,  8,  8,  9,  9,  10, 10, 11, 12, 12, 12, 13,
                                    13, 14, 15, 16, 17, 18, 19, 19, 20, 20, 20, 21, 21, 21, 22, 23};
  bool following = old && r.p(0.6);
  for (uint32_t s = 0; s < ns; ++s) {
    double day = (s == 0 && !old) ? a : a + (DAYS - a) * std::pow(r.u(), old ? 1.0 : 1.4);
    uint64_t t = T0 + uint64_t(day) * DAY + hours[r.below(32)] * 3600ull + r.below(3600);
    uint8_t e;
    uint32_t x = r.below(100);
    if (s == 0 && !old) {
      e = x < 55 ? FOLLOW_OA : x < 70 ? ADD_WECOM : x < 85 ? MP_LAUNCH : SCAN_QR;
    } else {
      e = x < 22   ? APP_LAUNCH
          : x < 50 ? MP_LAUNCH
          : x < 56 ? SCAN_QR
          : x < 63 ? MENU_CLICK
          : x < 69 ? PUSH_RECEIVE
          : x < 73 ? PUSH_CLICK
          : x < 80 ? AD_CLICK
          : x < 86 ? LIVE_ENTER
          : x < 92 ? GROUP_MESSAGE
          : x < 95 ? CHECKIN
          : x < 97 ? (following ? UNFOLLOW_OA : FOLLOW_OA)
          : x < 98 ? DELETE_WECOM
          : x < 99 ? LEAVE_GROUP
                   : AD_IMPRESSION;
    }
    if (e == FOLLOW_OA)
      following = true;
    else if (e == UNFOLLOW_OA)
      following = false;
    const uint8_t ch = (e == AD_CLICK || e == AD_IMPRESSION) ? uint8_t(5 + r.below(2))
                       : r.p(0.5)                            ? prof.channel
                                                             : pick_channel(r);
    const uint16_t camp0 = (ch == 5 || ch == 6 || ch == 8) ? uint16_t(r.zipf(500)) : 0;
    const uint16_t city = r.p(0.96) ? prof.city : uint16_t(r.zipf(300));
    const uint16_t store = r.p(0.7) ? home : uint16_t(1 + r.below(5000));
    uint32_t item = 0, cents = 0;
    uint16_t camp = camp0;
    for (int k = 0; k < 200; ++k) {
      if (t >= T1) break;
      Ev v{};
      v.ts = uint32_t(t);
      v.user = id;
      v.event = e;
      v.channel = ch;
      v.platform = prof.platform;
      v.city = city;
      v.store = store;
      switch (e) {
        case VIEW_ITEM:
          if (!item || r.p(0.7)) item = r.zipf(50000);
          v.item = item;
          break;
        case ADD_TO_CART:
        case FAVORITE:
        case REVIEW:
        case REMOVE_CART:
          if (!item) item = r.zipf(50000);
          v.item = item;
          break;
        case SUBMIT_ORDER:
          if (!item) item = r.zipf(50000);
          cents = uint32_t(std::min(
              2e6, 100 + 100 * std::exp(4.6 + 0.9 * (r.u() + r.u() + r.u() + r.u() - 2) * 1.73)));
          v.item = item;
          v.amount = cents;
          break;
        case PAY_ORDER:
          if (!cents) cents = 100 + r.below(20000);
          v.item = item;
          v.amount = cents;
          if (r.p(0.05)) {  // a refund comes 1..10 days later
            Ev f = v;
            f.event = REFUND;
            f.ts += uint32_t((1 + r.u() * 9) * DAY);
            f.campaign = 0;
            if (f.ts < T1) out.push_back(f);
          }
          break;
        case COUPON_REDEEM: v.amount = 500 + 500 * r.below(10); break;
        case AD_CLICK:
        case AD_IMPRESSION:
          if (!camp) camp = uint16_t(r.zipf(500));
          break;
        default: break;
      }
      v.campaign = camp;
      out.push_back(v);
      e = TBL.t[e][r.next() >> 56];
      if (e == END) break;
      t += 1 + uint64_t(std::min(1500.0, r.expo(25)));
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const Ev& x, const Ev& y) { return x.ts < y.ts; });
  for (size_t i = 1; i < out.size(); ++i)
    if (out[i].ts <= out[i - 1].ts) out[i].ts = out[i - 1].ts + 1;
  while (!out.empty() && out.back().ts >= T1) out.pop_back();
}

std::string date_text(uint32_t day) {
  std::time_t t = std::time_t(day) * DAY;
  std::tm m{};
  gmtime_r(&t, &m);
  char text[16];
  std::strftime(text, sizeof(text), "%Y-%m-%d", &m);
  return text;
}

}  // namespace

const char* event_name_of(uint8_t event) {
  return EVENTS[event];
}
const char* channel_name_of(uint8_t channel) {
  return CHANNELS[channel];
}
const char* platform_name_of(uint8_t platform) {
  return PLATFORMS[platform];
}

Generated generate(uint32_t users, int threads, double mean_sessions) {
  build_tables();
  Generated out;
  out.users.resize(users + 1);
  auto parts = static_cast<size_t>(threads);
  std::vector<std::vector<std::vector<Ev>>> days(parts, std::vector<std::vector<Ev>>(DAYS));
  std::vector<std::thread> workers;
  for (size_t k = 0; k < parts; ++k) {
    workers.emplace_back([&, k] {
      std::vector<Ev> one;
      auto low = uint32_t(uint64_t(users) * k / parts) + 1,
           high = uint32_t(uint64_t(users) * (k + 1) / parts);
      for (uint32_t u = low; u <= high; ++u) {
        gen_user(u, mean_sessions, one, out.users[u]);
        for (const Ev& v : one) days[k][(v.ts - T0) / DAY].push_back(v);
      }
    });
  }
  for (std::thread& w : workers) w.join();
  for (uint32_t d = 0; d < DAYS; ++d) {
    size_t first = out.events.size();
    for (auto& part : days) {
      out.events.insert(out.events.end(), part[d].begin(), part[d].end());
      std::vector<Ev>().swap(part[d]);
    }
    std::sort(
        out.events.begin() + static_cast<std::ptrdiff_t>(first), out.events.end(),
        [](const Ev& x, const Ev& y) { return x.ts != y.ts ? x.ts < y.ts : x.user < y.user; });
  }
  return out;
}

bool write_csv(const Generated& data, const std::string& dir) {
  std::FILE* events = std::fopen((dir + "/events.csv").c_str(), "wb");
  std::FILE* users = std::fopen((dir + "/users.csv").c_str(), "wb");
  std::FILE* meta = std::fopen((dir + "/meta.txt").c_str(), "wb");
  if (events == nullptr || users == nullptr || meta == nullptr) return false;
  std::fputs("ts,user_id,event,channel,platform,city,campaign_id,store_id,item_id,amount\n",
             events);
  uint32_t day = 0;
  std::string date;
  for (const Ev& e : data.events) {
    if (e.ts / DAY != day) {
      day = e.ts / DAY;
      date = date_text(day);
    }
    uint32_t s = e.ts % DAY;
    std::fprintf(events, "%s %02u:%02u:%02u,%u,%s,%s,%s,city_%u,%u,%u,%u,%u.%02u\n", date.c_str(),
                 s / 3600, s / 60 % 60, s % 60, e.user, EVENTS[e.event], CHANNELS[e.channel],
                 PLATFORMS[e.platform], unsigned{e.city}, unsigned{e.campaign}, unsigned{e.store},
                 e.item, e.amount / 100, e.amount % 100);
  }
  std::fputs("user_id,city,reg_channel,platform,level\n", users);
  for (size_t u = 1; u < data.users.size(); ++u) {
    const User& p = data.users[u];
    std::fprintf(users, "%zu,city_%u,%s,%s,%u\n", u, unsigned{p.city}, CHANNELS[p.channel],
                 PLATFORMS[p.platform], unsigned{p.level});
  }
  std::fprintf(meta, "events %zu\nusers %zu\nfirst_ts %u\nlast_ts %u\n", data.events.size(),
               data.users.size() - 1, data.events.front().ts, data.events.back().ts);
  return std::fclose(events) == 0 && std::fclose(users) == 0 && std::fclose(meta) == 0;
}

}  // namespace weir::bench
