#pragma once
// How far a long piece of work is: written by those who work, read by whoever waits for it.

#include <atomic>
#include <cstdint>

namespace weir {

/// Work of one or more passes over the same items. Thread-safe.
struct WorkProgress {
  std::atomic<uint32_t> passes{0};  // begun
  std::atomic<uint64_t> done{0};    // items of the pass at hand
  std::atomic<uint64_t> total{0};   // of every pass; 0 = not begun
  /// A pass that was cut short leaves the rest out here, and so must every later pass, so that all
  /// of them are about the same items.
  std::atomic<uint64_t> end{UINT64_MAX};

  /// Items that a cut answer is about: 1 = all.
  double share() const {
    uint64_t all = total.load(), covered = end.load();
    return all == 0 || covered >= all ? 1.0
                                      : static_cast<double>(covered) / static_cast<double>(all);
  }
};

}  // namespace weir
