#include "adapters/embedded/behaviour/algebra.h"

#include "adapters/embedded/behaviour/predicate.h"
#include "base/hash.h"
#include "model/envelope.h"

#include <algorithm>
#include <bit>

namespace weir::embedded {
namespace {

using Kind = Condition::Kind;

}  // namespace

bool PeopleAlgebra::answers(const Condition& condition) {
  if (condition.kind == Kind::Done || condition.kind == Kind::Sequence) return false;
  return std::ranges::all_of(condition.children, answers);
}

PeopleAlgebra::PeopleAlgebra(const Condition& condition, const PeopleRequest& request,
                             const PeopleColumns& people)
    : request_(request), people_(people), root_(node(condition)) {}

PeopleAlgebra::Node PeopleAlgebra::node(const Condition& c) const {
  auto compared = [&](const Value* value) { return compare(c.op, value, c.operands); };
  switch (c.kind) {
    case Kind::Profile:
    case Kind::Tag: {
      PeopleField field{
          c.kind == Kind::Tag ? PeopleField::Kind::Tag : PeopleField::Kind::Trait, c.name, {}};
      if (c.op != FilterOp::InList) return leaf(c, field, compared);
      const ListValues& list = list_of(c.operands, request_, people_);
      return leaf(c, field, [&](const Value* value) { return in_list(list, value); });
    }
    case Kind::Segment:
      return leaf(c, {PeopleField::Kind::Segment, c.name, {}},
                  [](const Value* value) { return value != nullptr; });
    case Kind::Consent:
      return leaf(c, {PeopleField::Kind::Consent, c.name, c.purpose}, [&](const Value* value) {
        return (value == nullptr ? "unknown" : display_text(*value)) == c.state;
      });
    default: break;
  }
  Node out;
  out.kind = c.kind;
  if (c.kind == Kind::Bucket) {
    out.of_person = [&c](uint32_t person) {
      int bucket = bucket_of(c.name, profile_id_text(ProfileOrdinal(person)));
      return bucket >= c.bucket_from && bucket < c.bucket_to;
    };
  }
  for (const Condition& child : c.children) out.children.push_back(node(child));
  return out;
}

PeopleAlgebra::Node PeopleAlgebra::leaf(const Condition& c, const PeopleField& field,
                                        const std::function<bool(const Value*)>& holds) const {
  auto at = std::ranges::find(request_.fields, field);
  WEIR_ASSERT(at != request_.fields.end());
  Node out;
  out.kind = c.kind;
  out.column = &people_.field(static_cast<size_t>(at - request_.fields.begin()));
  out.holds.push_back(holds(nullptr));
  for (uint32_t code = 1; code < out.column->codes(); ++code)
    out.holds.push_back(holds(&out.column->value(code)));
  return out;
}

void PeopleAlgebra::evaluate(const Node& node, size_t page, Bits& out) const {
  auto bits_of = [&](auto&& holds) {
    for (size_t word = 0; word < out.size(); ++word) {
      uint64_t bits = 0;
      for (size_t i = 0; i < 64; ++i) bits |= uint64_t{holds(word * 64 + i) ? 1u : 0u} << i;
      out[word] = bits;
    }
  };
  if (node.column != nullptr) {
    const uint32_t* codes = node.column->page(page);
    if (codes == nullptr) return out.fill(node.holds[0] != 0 ? ~uint64_t{0} : 0);
    const uint8_t* holds = node.holds.data();
    return bits_of([&](size_t i) { return holds[codes[i]] != 0; });
  }
  if (node.of_person) {
    auto first = static_cast<uint32_t>(page * PeopleColumn::kPage);
    return bits_of([&](size_t i) { return node.of_person(first + static_cast<uint32_t>(i)); });
  }
  out.fill(node.kind == Kind::Or ? 0 : ~uint64_t{0});
  Bits child;
  for (const Node& one : node.children) {
    evaluate(one, page, child);
    for (size_t word = 0; word < out.size(); ++word) {
      if (node.kind == Kind::And) out[word] &= child[word];
      if (node.kind == Kind::Or) out[word] |= child[word];
      if (node.kind == Kind::Not) out[word] = ~child[word];
    }
  }
}

PeopleAlgebra::Result PeopleAlgebra::run() const {
  Result out;
  const PeopleColumn& live = people_.field(0);
  Bits found;
  for (size_t page = 0; page * PeopleColumn::kPage < live.limit(); ++page) {
    const uint32_t* is_live = live.page(page);
    if (is_live == nullptr) continue;
    evaluate(root_, page, found);
    for (size_t i = 0; i < PeopleColumn::kPage; ++i) {
      if (is_live[i] == 0) {
        found[i / 64] &= ~(uint64_t{1} << (i % 64));
      } else {
        ++out.universe;
      }
    }
    for (size_t word = 0; word < found.size(); ++word) {
      for (uint64_t rest = found[word]; rest != 0; rest &= rest - 1) {
        size_t person =
            page * PeopleColumn::kPage + word * 64 + static_cast<size_t>(std::countr_zero(rest));
        out.people.emplace_back(static_cast<uint32_t>(person));
      }
    }
  }
  return out;
}

}  // namespace weir::embedded
