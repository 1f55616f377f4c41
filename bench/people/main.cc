// weir_bench_people: customers with three identities and twenty traits, and their generated events,
// as the CSV files that `weir import` and the rivals read (bench/README.md).

#include "bench/gen_events.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/os.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>

namespace weir::bench {
namespace {

constexpr uint32_t kDaySeconds = 86400, kDays = 180;
constexpr uint32_t kGeneratedEnd = 1767225600 + kDays * kDaySeconds;  // the day after the last one

class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}
  uint32_t below(uint32_t n) { return static_cast<uint32_t>(next() % n); }
  /// Small numbers are far more frequent than large ones.
  uint32_t skewed(uint32_t n) {
    double u = static_cast<double>(next() >> 11) * 0x1.0p-53;
    return static_cast<uint32_t>(u * u * u * n);
  }

 private:
  uint64_t next() {  // splitmix64
    uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  uint64_t state_;
};

constexpr std::array kGenders = {"female", "male", "unknown"};
constexpr std::array kBands = {"entry", "mid", "high", "luxury"};
constexpr std::array kAges = {"18-24", "25-34", "35-44", "45-54", "55+"};

/// The three identities are those that weir_bench_ingest sends events of.
void write_profile(fmt::ostream& out, uint32_t number, const GeneratedUser& user) {
  uint32_t n = number - 1;  // as weir_bench_ingest counts
  Dice dice(number * 7919ULL);
  out.print("member-{:08},o6_bmjrPTlm6_2sgVt7hMZOP{:08},oBench{:022}", n, n, n);
  out.print(",city_{},province_{},{},{},{},{},{},{}", unsigned{user.city}, user.city % 31,
            kGenders[dice.below(3)], kAges[dice.below(5)], unsigned{user.level},
            channel_name_of(user.channel), platform_name_of(user.platform), 1 + dice.below(12));
  out.print(",{},{},{},{},store_{:04},guide_{:03},category_{}", dice.skewed(20000),
            dice.skewed(100000), dice.skewed(40), dice.skewed(500000), dice.below(5000),
            dice.below(500), dice.below(20));
  std::time_t registered = kGeneratedEnd - kDaySeconds * (1 + dice.below(1000));
  out.print(",{},{},{},{},{:%Y-%m-%d}\n", kBands[dice.skewed(4)], dice.below(2), dice.skewed(100),
            1 + dice.below(5), fmt::gmtime(registered));
}

void write_profiles(const Generated& data, const std::string& path) {
  auto out = fmt::output_file(path, fmt::buffer_size = 1 << 20);
  out.print(
      "user_id,anonymous_id,openid,city,province,gender,age_band,level,reg_channel,reg_platform,"
      "birth_month,points,balance_fen,orders_before,spent_before_fen,home_store,guide,favourite,"
      "price_band,newsletter,score,household,registered_on\n");
  for (uint32_t u = 1; u < data.users.size(); ++u) write_profile(out, u, data.users[u]);
}

/// `shift` moves the events in time by whole days.
void write_events(const Generated& data, const std::string& path, int64_t shift) {
  auto out = fmt::output_file(path, fmt::buffer_size = 1 << 20);
  out.print("ts,user_id,event,channel,platform,city,store_id,item_id,amount_fen\n");
  int64_t day = -1;
  std::string date;
  for (const GeneratedEvent& e : data.events) {
    int64_t ts = e.ts + shift;
    if (ts / kDaySeconds != day) {
      day = ts / kDaySeconds;
      date = fmt::format("{:%Y-%m-%d}", fmt::gmtime(static_cast<std::time_t>(ts)));
    }
    int64_t s = ts % kDaySeconds;
    out.print("{} {:02}:{:02}:{:02},member-{:08},{},{},{},city_{},{},{},{}\n", date, s / 3600,
              s / 60 % 60, s % 60, e.user - 1, event_name_of(e.event), channel_name_of(e.channel),
              platform_name_of(e.platform), unsigned{e.city}, unsigned{e.store}, e.item, e.amount);
  }
}

int run(int argc, char** argv) {
  if (argc != 5) {
    fmt::print(stderr,
               "usage: weir_bench_people PEOPLE EVENTS_PER_PERSON END_DAY DIR\n"
               "END_DAY: unix time of the midnight that the events end before\n");
    return 2;
  }
  auto people = static_cast<uint32_t>(std::strtoul(argv[1], nullptr, 10));
  double each = std::strtod(argv[2], nullptr);
  int64_t shift = std::strtoll(argv[3], nullptr, 10) - kGeneratedEnd;
  if (people == 0 || each <= 0 || shift % kDaySeconds != 0) {
    fmt::print(stderr,
               "weir_bench_people: PEOPLE and EVENTS_PER_PERSON must be above 0, END_DAY a "
               "midnight in UTC\n");
    return 2;
  }
  constexpr double kEventsOfASession = 20.0 / 3.22;
  Generated data = generate(people, 2, each / kEventsOfASession);
  std::string dir = argv[4];
  write_profiles(data, dir + "/profiles.csv");
  write_events(data, dir + "/events.csv", shift);
  fmt::print("{{\"people\":{},\"events\":{}}}\n", data.users.size() - 1, data.events.size());
  return 0;
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  return weir::bench::run(argc, argv);
}
