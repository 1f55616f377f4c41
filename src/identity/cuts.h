#pragma once
// What operators put apart: the bars that keep evidence from joining it again. A cut has two sides;
// two persons with an identity each on different sides of one cut are not linked by anything until
// it is lifted.

#include "base/time.h"
#include "model/ids.h"
#include "ports/state_store.h"

#include <absl/container/flat_hash_map.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weir::identity {

class Partition;

class Cuts {
 public:
  bool known(std::string_view id) const { return rows_.contains(id); }
  /// Identity ordinals of the two sides. An id is used once.
  void add(std::string_view id, std::vector<uint32_t> side, std::vector<uint32_t> rest,
           Position position);
  /// The bars are gone; persons stay as they are until new evidence joins them.
  void lift(std::string_view id);
  /// May the persons of `a` and `b` (or they themselves, when of nobody) not be one?
  bool bars(const Partition& people, uint32_t a, uint32_t b) const;
  /// `visit(side)` for both sides of every cut that holds.
  template <class F>
  void for_each_side(F&& visit) const {
    for (const auto& [id, row] : rows_) {
      if (row.lifted) continue;
      visit(row.side);
      visit(row.rest);
    }
  }

  Status load(const StateStore& store);
  void save(WriteBatch& batch);

 private:
  struct Row {
    std::vector<uint32_t> side, rest;
    Position position = 0;
    bool lifted = false, dirty = false;
    uint32_t number = 0;
  };
  void index(const Row& row);
  template <class F>
  void for_each_mark(const Partition& people, uint32_t identity, F&& visit) const;

  std::map<std::string, Row, std::less<>> rows_;
  // By identity: cut number and side as one number. Only of cuts that hold.
  absl::flat_hash_map<uint32_t, std::vector<uint32_t>> marks_;
  uint32_t next_number_ = 0;
};

}  // namespace weir::identity
