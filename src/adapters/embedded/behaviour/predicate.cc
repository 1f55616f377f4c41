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
  std::vector<uint32_t> codes;       // ascending
  const ListValues* list = nullptr;  // in_list; of the people's columns
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

std::string list_id(const std::vector<Value>& operands) {
  std::string id = operands.empty() ? "" : display_text(operands[0]);
  return id.starts_with("list:") ? id.substr(5) : id;
}

/// The codes of those of its values that were ever stored.
void use_list(Node& node, const Dictionary& dictionary, const PeopleRequest& request,
              const PeopleColumns& people) {
  node.list = &list_of(node.operands, request, people);
  if (node.of_profile) return;
  node.by_code = true;
  for (const std::string& value : *node.list) {
    if (auto code = dictionary[Family::Value].find(value)) node.codes.push_back(*code);
  }
}

Node compile(const Filter& filter, const Dictionary& dictionary, const PeopleRequest& request,
             const PeopleColumns* people) {
  Node node;
  node.kind = filter.kind;
  for (const Filter& child : filter.children)
    node.children.push_back(compile(child, dictionary, request, people));
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
  if (node.op == FilterOp::InList) {
    use_list(node, dictionary, request, *people);
  } else {
    use_codes(node, dictionary);
  }
  std::sort(node.codes.begin(), node.codes.end());
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
    if (node.of_profile && node.list != nullptr)
      return in_list(*node.list, people_->trait(node.property, group));
    if (node.of_profile)
      return compare(node.op, people_->trait(node.property, group), node.operands);
    Cell cell;
    if (node.property != columnar::kNone) cell = reader.cell(hit, node.property);
    if (node.by_code && (cell.type == CellType::Text || cell.missing())) {
      bool found =
          !cell.missing() && std::binary_search(node.codes.begin(), node.codes.end(), cell.code());
      return found != is_negation(node.op);
    }
    if (cell.missing()) return compare(node.op, nullptr, node.operands);
    Value value = from_cell(cell, reader.dictionary());
    if (node.list != nullptr) return in_list(*node.list, &value);
    return compare(node.op, &value, node.operands);
  }

  Node root_;
  std::shared_ptr<const PeopleColumns> people_;
};

}  // namespace

void add_list(const std::vector<Value>& operands, PeopleRequest& request) {
  std::string list = list_id(operands);
  if (std::find(request.lists.begin(), request.lists.end(), list) == request.lists.end())
    request.lists.push_back(std::move(list));
}

const ListValues& list_of(const std::vector<Value>& operands, const PeopleRequest& request,
                          const PeopleColumns& people) {
  auto it = std::find(request.lists.begin(), request.lists.end(), list_id(operands));
  return people.list(static_cast<size_t>(it - request.lists.begin()));
}

bool in_list(const ListValues& list, const Value* value) {
  if (value == nullptr) return false;
  auto has = [&](const std::string& text) { return list.contains(text); };
  if (const auto* items = std::get_if<StringList>(value))
    return std::any_of(items->begin(), items->end(), has);
  return has(display_text(*value));
}

Status collect_traits(const Filter& filter, const std::string& where, PeopleRequest& request) {
  for (const Filter& child : filter.children) WEIR_CHECK_OK(collect_traits(child, where, request));
  if (filter.kind != Filter::Kind::Leaf) return {};
  if (filter.op == FilterOp::InList) add_list(filter.operands, request);
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
  return std::make_shared<CompiledFilter>(compile(filter, dictionary, request, people.get()),
                                          people);
}

}  // namespace weir::embedded
