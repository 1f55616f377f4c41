#pragma once
// Conditions about what people are and not what they did: traits, tags, memberships, consent. Read
// from people columns 4,096 people at a time, a bit for each; every distinct value is compared
// once.

#include "adapters/embedded/behaviour/outside.h"
#include "model/condition.h"

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

namespace weir::embedded {

class PeopleAlgebra {
 public:
  /// False when the condition asks about events.
  static bool answers(const Condition& condition);

  /// `request` has the fields that `condition` reads, the first of them Live, and `people` was made
  /// for it. Both outlive this.
  PeopleAlgebra(const Condition& condition, const PeopleRequest& request,
                const PeopleColumns& people);

  struct Result {
    std::vector<ProfileOrdinal> people;  // ascending
    uint64_t universe = 0;               // everybody there is
  };
  Result run() const;

 private:
  using Bits = std::array<uint64_t, PeopleColumn::kPage / 64>;
  struct Node {
    Condition::Kind kind = Condition::Kind::And;
    std::vector<Node> children;
    const PeopleColumn* column = nullptr;
    std::vector<uint8_t> holds;               // by code of the column
    std::function<bool(uint32_t)> of_person;  // Bucket
  };

  Node node(const Condition& c) const;
  Node leaf(const Condition& c, const PeopleField& field,
            const std::function<bool(const Value*)>& holds) const;
  void evaluate(const Node& node, size_t page, Bits& out) const;

  const PeopleRequest& request_;
  const PeopleColumns& people_;
  Node root_;
};

}  // namespace weir::embedded
