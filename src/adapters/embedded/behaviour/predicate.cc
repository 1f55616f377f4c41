#include "adapters/embedded/behaviour/predicate.h"

#include "adapters/embedded/behaviour/cells.h"

#include <algorithm>

namespace weir::embedded {
namespace {

using columnar::Cell;
using columnar::CellType;
using columnar::Dictionary;
using columnar::Family;

constexpr std::string_view kEvent = "event.", kProfile = "profile.";

struct Node {
  Filter::Kind kind = Filter::Kind::And;
  std::vector<Node> children;
  // Leaf:
  FilterOp op = FilterOp::Eq;
  std::vector<Value> operands;
  bool of_profile = false;
  uint32_t property = columnar::kNone;  // event: code; profile: index of the trait
  /// eq, in and their negations over texts: operands as codes; texts nobody has ever used have
  /// none.
  bool by_code = false;
  std::vector<uint32_t> codes;
};

bool is_negation(FilterOp op) {
  return op == FilterOp::Neq || op == FilterOp::NotIn;
}

void use_codes(Node& node, const Dictionary& dictionary) {
  bool equality = node.op == FilterOp::Eq || node.op == FilterOp::In || is_negation(node.op);
  auto is_text = [](const Value& v) { return std::holds_alternative<std::string>(v); };
  if (!equality || node.of_profile ||
      !std::all_of(node.operands.begin(), node.operands.end(), is_text))
    return;
  node.by_code = true;
  for (const Value& operand : node.operands) {
    if (auto code = dictionary[Family::Value].find(std::get<std::string>(operand)))
      node.codes.push_back(*code);
  }
}

Node compile(const Filter& filter, const Dictionary& dictionary, const PeopleRequest& request) {
  Node node;
  node.kind = filter.kind;
  for (const Filter& child : filter.children)
    node.children.push_back(compile(child, dictionary, request));
  if (filter.kind != Filter::Kind::Leaf) return node;
  node.op = filter.op;
  node.operands = filter.operands;
  std::string_view prop = filter.prop;
  if (prop.starts_with(kProfile)) {
    node.of_profile = true;
    auto it = std::find(request.traits.begin(), request.traits.end(), prop.substr(kProfile.size()));
    node.property = static_cast<uint32_t>(it - request.traits.begin());
  } else {
    node.property =
        dictionary[Family::Property].find(prop.substr(kEvent.size())).value_or(columnar::kNone);
  }
  use_codes(node, dictionary);
  return node;
}

class CompiledFilter : public columnar::Predicate {
 public:
  CompiledFilter(Node root, std::shared_ptr<const PeopleColumns> people)
      : root_(std::move(root)), people_(std::move(people)) {}

  bool matches(const columnar::Hit& hit, uint32_t group,
               columnar::RowReader& reader) const override {
    return holds(root_, hit, group, reader);
  }

 private:
  bool holds(const Node& node, const columnar::Hit& hit, uint32_t group,
             columnar::RowReader& reader) const {
    auto child = [&](const Node& n) { return holds(n, hit, group, reader); };
    switch (node.kind) {
      case Filter::Kind::And: return std::all_of(node.children.begin(), node.children.end(), child);
      case Filter::Kind::Or: return std::any_of(node.children.begin(), node.children.end(), child);
      case Filter::Kind::Not: return !child(node.children[0]);
      case Filter::Kind::Leaf: break;
    }
    if (node.of_profile)
      return compare(node.op, people_->trait(node.property, group), node.operands);
    Cell cell;
    if (node.property != columnar::kNone) cell = reader.cell(hit, node.property);
    if (node.by_code && (cell.type == CellType::Text || cell.missing())) {
      bool found = !cell.missing() &&
                   std::find(node.codes.begin(), node.codes.end(), cell.code()) != node.codes.end();
      return found != is_negation(node.op);
    }
    if (cell.missing()) return compare(node.op, nullptr, node.operands);
    Value value = from_cell(cell, reader.dictionary());
    return compare(node.op, &value, node.operands);
  }

  Node root_;
  std::shared_ptr<const PeopleColumns> people_;
};

}  // namespace

Status collect_traits(const Filter& filter, const std::string& where, PeopleRequest& request) {
  for (const Filter& child : filter.children) WEIR_CHECK_OK(collect_traits(child, where, request));
  if (filter.kind != Filter::Kind::Leaf) return {};
  if (filter.op == FilterOp::InList) {
    return fail(ErrorCode::InvalidArgument,
                "in_list is not available in questions yet; use \"in\" with the values", where);
  }
  std::string_view prop = filter.prop;
  if (prop.starts_with(kEvent)) return {};
  if (!prop.starts_with(kProfile)) {
    return fail(ErrorCode::InvalidArgument,
                "property \"" + filter.prop + "\": questions know event. and profile. properties",
                where);
  }
  std::string trait(prop.substr(kProfile.size()));
  if (std::find(request.traits.begin(), request.traits.end(), trait) == request.traits.end()) {
    request.traits.push_back(std::move(trait));
  }
  return {};
}

std::shared_ptr<const columnar::Predicate> compile_filter(
    const Filter& filter, const Dictionary& dictionary, const PeopleRequest& request,
    std::shared_ptr<const PeopleColumns> people) {
  if (filter.kind == Filter::Kind::And && filter.children.empty()) return nullptr;
  return std::make_shared<CompiledFilter>(compile(filter, dictionary, request), std::move(people));
}

}  // namespace weir::embedded
