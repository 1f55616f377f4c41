#pragma once
// Funnels read off FN2–FN9 by trying every chain, for tests that compare.

#include "tests/support/random_logs.h"

#include <functional>

namespace weir::testing {

/// First steps lie in these five days.
inline constexpr TimeMs kFunnelFrom = 1772380800000;  // 2026-03-02 00:00
inline constexpr TimeMs kFunnelTo = kFunnelFrom + 5 * kDayMs;

struct NaiveFunnelRules {
  std::vector<std::vector<std::string>> steps;
  std::string order = "sequential";
  DurationMs window = 0;
  std::string session;  // JSON of the session rules: the window is the session
  bool count_sessions = false;
  bool first_entry = false, bound_all = false, hold = false, filtered = false, increase = false;
  std::string exclusion;  // an event between the first two steps
};

inline NaiveFunnelRules random_funnel(SeededRandom& random) {
  NaiveFunnelRules out;
  const std::vector<std::string> names = {"a", "b", "c"};
  for (uint32_t n = 2 + random.below(2); n > 0; --n) {
    std::vector<std::string> step{names[random.below(3)]};
    if (random.chance(25)) step.push_back(names[random.below(3)]);
    out.steps.push_back(std::move(step));
  }
  out.order = random.chance(60) ? "sequential" : random.chance(50) ? "strict" : "any";
  out.window = 6 * kHourMs * (1 + random.below(10));
  out.bound_all = random.chance(20);
  out.filtered = random.chance(25);
  if (out.order == "any") return out;
  out.first_entry = random.chance(30);
  out.hold = !out.first_entry && random.chance(25);
  out.increase = random.chance(20);
  if (!out.hold && random.chance(25)) out.exclusion = "x";
  return out;
}

inline std::string question(const NaiveFunnelRules& r) {
  std::string steps;
  for (const auto& step : r.steps) {
    steps += steps.empty() ? "" : ",";
    steps += R"({"events":[)";
    for (size_t i = 0; i < step.size(); ++i) steps += (i > 0 ? ",\"" : "\"") + step[i] + "\"";
    steps += "]}";
  }
  std::string hold;
  for (size_t k = 0; k < r.steps.size(); ++k) hold += k > 0 ? ",\"v\"" : "\"v\"";
  return R"({"kind":"funnel","range":{"from":"2026-03-02","to":"2026-03-06"},"steps":[)" + steps +
         R"(],"order":")" + r.order + "\"," +
         (r.session.empty() ? R"("window":"PT)" + std::to_string(r.window / kHourMs) + "H\""
                            : R"("window":"session","session":)" + r.session) +
         (r.count_sessions ? R"(,"counting":"sessions")" : "") +
         (r.first_entry ? R"(,"entry":"first")" : "") +
         (r.bound_all ? R"(,"bound_all":true)" : "") +
         (r.increase ? R"(,"strict_increase":true)" : "") +
         (r.hold ? R"(,"hold":[[)" + hold + "]]" : "") +
         (r.filtered ? R"(,"filter":{"prop":"event.v","op":"eq","value":"p"})" : "") +
         (r.exclusion.empty() ? ""
                              : R"(,"exclusions":[{"event":"x","between":[1,2],"mode":"chain"}])") +
         "}";
}

/// Tries every chain of a person's events, or of a session's: then there is no window.
class NaiveFunnel {
 public:
  NaiveFunnel(const NaiveFunnelRules& rules, const std::vector<LogEvent>& log) : rules_(rules) {
    for (const LogEvent& e : log) {
      if (!rules.filtered || e.value == "p") log_.push_back(e);
    }
  }

  int depth() {
    if (rules_.order == "any") return depth_any();
    bool entered = false;
    TimeMs first = 0;
    for (const LogEvent& e : log_) {
      if (!is_step(e, 0) || !in_range(e)) continue;
      if (!entered) first = e.time;
      entered = true;
    }
    for (size_t i = 0; i < log_.size(); ++i) {
      if (!is_step(log_[i], 0) || !in_range(log_[i])) continue;
      // Of simultaneous first events any may be the one.
      if (rules_.first_entry && log_[i].time != first) continue;
      if (rules_.hold && log_[i].value.empty()) continue;
      std::vector<size_t> chain{i};
      extend(chain);
    }
    return best_;
  }

 private:
  bool is_step(const LogEvent& e, size_t step) const {
    const auto& names = rules_.steps[step];
    return std::find(names.begin(), names.end(), e.name) != names.end();
  }
  bool in_range(const LogEvent& e) const { return e.time >= kFunnelFrom && e.time < kFunnelTo; }

  void extend(std::vector<size_t>& chain) {
    best_ = std::max(best_, static_cast<int>(chain.size()));
    if (chain.size() == rules_.steps.size()) return;
    for (size_t i = 0; i < log_.size(); ++i) {
      if (std::find(chain.begin(), chain.end(), i) != chain.end()) continue;
      if (!is_step(log_[i], chain.size()) || !follows(chain, log_[i])) continue;
      chain.push_back(i);
      extend(chain);
      chain.pop_back();
    }
  }

  bool follows(const std::vector<size_t>& chain, const LogEvent& e) const {
    const LogEvent &start = log_[chain[0]], &last = log_[chain.back()];
    if (rules_.increase ? e.time <= last.time : e.time < last.time) return false;
    if (rules_.session.empty() && e.time - start.time > rules_.window) return false;
    if (rules_.bound_all && e.time >= kFunnelTo) return false;
    if (rules_.hold && (start.value.empty() || e.value != start.value)) return false;
    for (const LogEvent& between : log_) {
      bool inside = between.time > last.time && between.time < e.time;
      if (inside && rules_.order == "strict") return false;
      if (inside && between.name == rules_.exclusion && chain.size() == 1) return false;
    }
    return true;
  }

  /// FN6: the most different steps that different events within the window of an anchor match.
  int depth_any() {
    for (const LogEvent& anchor : log_) {
      bool any = false;
      for (size_t s = 0; s < rules_.steps.size(); ++s) any |= is_step(anchor, s);
      if (!any || !in_range(anchor)) continue;
      std::vector<const LogEvent*> window;
      for (const LogEvent& e : log_) {
        bool in = e.time >= anchor.time;
        if (rules_.session.empty()) in = in && e.time - anchor.time <= rules_.window;
        if (in && (!rules_.bound_all || e.time < kFunnelTo)) window.push_back(&e);
      }
      assign(window, 0, 0, 0);
    }
    return best_;
  }
  void assign(const std::vector<const LogEvent*>& window, size_t at, uint32_t taken, int count) {
    best_ = std::max(best_, count);
    if (at == window.size()) return;
    assign(window, at + 1, taken, count);
    for (size_t s = 0; s < rules_.steps.size(); ++s) {
      if ((taken >> s & 1) == 0 && is_step(*window[at], s))
        assign(window, at + 1, taken | 1u << s, count + 1);
    }
  }

  const NaiveFunnelRules& rules_;
  std::vector<LogEvent> log_;
  int best_ = 0;
};

}  // namespace weir::testing
