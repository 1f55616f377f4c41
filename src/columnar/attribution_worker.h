#pragma once
// One thread's share of an attribution: paths of touches before each order of a group, credit by
// channel number of this thread.

#include "columnar/attribution.h"

namespace weir::columnar {

class AttributionWorker : public GroupOperator {
 public:
  explicit AttributionWorker(const AttributionSpec& spec);

  void group(uint32_t group, std::span<Hit> hits, RowReader& reader) override;

  struct Credit {
    double orders = 0, value = 0;
    uint64_t groups = 0;
    uint32_t last_group = kNone;
  };
  /// Per channel number (0 = no touch).
  struct Channel {
    std::vector<Credit> credits;  // as spec.rules
    uint64_t assisted = 0, last = 0;
  };
  /// Numbers up to but not including size() are channels of text(); 0 is "no touch".
  size_t size() const { return channels_.size(); }
  const std::string& text(uint32_t channel) const { return keys_.text(channel); }
  const std::vector<Channel>& channels() const { return channels_; }
  const Credit& all() const { return all_; }
  const std::vector<uint64_t>& lengths() const { return lengths_; }
  const std::vector<uint64_t>& lag_days() const { return lag_days_; }
  bool whole() const { return whole_; }
  /// Channel numbers of both ends (kMarkov…) in the halves of the key.
  const absl::flat_hash_map<uint64_t, uint64_t>& transitions() const { return transitions_; }
  struct Reached {
    uint64_t groups = 0, converted = 0;
  };
  /// By the ascending channel numbers a group met.
  const absl::flat_hash_map<std::vector<uint32_t>, Reached>& sets() const { return sets_; }
  const std::vector<uint32_t>& collected() const { return collected_; }

 private:
  struct Touch {
    int64_t time;
    uint32_t channel, hit;
    bool view, used;
  };

  void read_touches(uint32_t group, std::span<const Hit> hits, RowReader& reader);
  uint32_t channel_of(const Hit& hit, uint32_t group, RowReader& reader);
  /// The touches that an order can be credited to, oldest first.
  void find_path(const Order& order);
  void credit(const Order& order);
  void credit_none(const Order& order);
  void weigh(CreditRule rule);
  void add(size_t rule, uint32_t channel, double orders, double value);
  void add(Credit& credit, double orders, double value) const;
  void count_assists();
  void count_converting_path();
  /// A group whose last touch was not followed by an order, and the set of channels it met.
  void count_other_paths(std::span<const Order> orders);
  void step(uint32_t from, uint32_t to) { ++transitions_[uint64_t{from} << 32 | to]; }

  const AttributionSpec& spec_;
  OrderReader orders_;
  std::vector<KeyDef> key_defs_;
  KeyReader keys_;
  bool markov_ = false, rate_ = false;
  uint32_t group_ = 0;
  std::vector<Touch> touches_;
  size_t first_touch_ = 0;  // those before it are too old for the order at hand
  std::vector<uint32_t> path_;
  std::vector<double> weights_, parts_;
  std::vector<uint32_t> weighed_;  // channel of each weight
  std::vector<uint8_t> direct_;    // by channel number: 0 unknown, 1 no, 2 yes
  std::vector<uint64_t> seen_;     // by channel number: the last order (or rule) that met it
  uint64_t stamp_ = 0;
  std::vector<uint32_t> set_;

  std::vector<Channel> channels_;
  Credit all_;
  bool whole_ = true;
  std::vector<uint64_t> lengths_, lag_days_;
  absl::flat_hash_map<uint64_t, uint64_t> transitions_;
  absl::flat_hash_map<std::vector<uint32_t>, Reached> sets_;
  uint32_t wanted_ = kNone;  // channel number of spec.collect
  std::vector<uint32_t> collected_;
};

/// Masks of the scan.
inline constexpr uint32_t kOrderBit = 1, kRefundBit = 2, kTouchBit = 4, kViewBit = 8;

}  // namespace weir::columnar
