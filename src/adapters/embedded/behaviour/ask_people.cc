#include "adapters/embedded/behaviour/algebra.h"
#include "adapters/embedded/behaviour/ask.h"
#include "adapters/embedded/behaviour/compile_parts.h"
#include "base/hash.h"
#include "columnar/cohort.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace weir::embedded {
namespace {

using columnar::AggregateLeaf;
using columnar::CohortNode;

constexpr uint32_t kTableMax = 1u << 16;

void add_field(PeopleField f, PeopleRequest& request) {
  if (std::find(request.fields.begin(), request.fields.end(), f) == request.fields.end())
    request.fields.push_back(std::move(f));
}

/// What of the person is read, and the traits of the filters.
Status collect(const Condition& c, PeopleRequest& request) {
  using Kind = Condition::Kind;
  for (const Condition& child : c.children) WEIR_CHECK_OK(collect(child, request));
  auto field = [&](PeopleField::Kind kind, std::string purpose = {}) {
    add_field({kind, c.name, std::move(purpose)}, request);
  };
  if (c.kind == Kind::Profile) field(PeopleField::Kind::Trait);
  if (c.kind == Kind::Tag) field(PeopleField::Kind::Tag);
  bool compared = c.kind == Kind::Profile || c.kind == Kind::Tag;
  if (compared && c.op == FilterOp::InList) add_list(c.operands, request);
  if (c.kind == Kind::Segment) field(PeopleField::Kind::Segment);
  if (c.kind == Kind::Consent) field(PeopleField::Kind::Consent, c.purpose);
  if (c.kind == Kind::Done) WEIR_CHECK_OK(collect_traits(c.filter, "def", request));
  for (const Condition::Step& step : c.steps)
    WEIR_CHECK_OK(collect_traits(step.filter, "def", request));
  if (c.window.kind == Window::Kind::Since)
    add_field({PeopleField::Kind::Trait, c.window.since, {}}, request);
  return {};
}

class Compiler {
 public:
  Compiler(const CompileInput& in, TimeMs as_of, const Calendar& calendar,
           columnar::CohortSpec& out)
      : in_(in), as_of_(as_of), calendar_(calendar), out_(out) {}

  CohortNode node(const Condition& c) {
    using Kind = Condition::Kind;
    CohortNode out;
    switch (c.kind) {
      case Kind::And: out.kind = CohortNode::Kind::And; break;
      case Kind::Or: out.kind = CohortNode::Kind::Or; break;
      case Kind::Not: out.kind = CohortNode::Kind::Not; break;
      case Kind::Done: return done(c);
      case Kind::Sequence: return sequence(c);
      case Kind::Profile: return compared(c, PeopleField::Kind::Trait);
      case Kind::Tag: return compared(c, PeopleField::Kind::Tag);
      case Kind::Segment:
        return person([in = in_.people, f = index(c, PeopleField::Kind::Segment)](uint32_t group) {
          return in->field(f, group) != nullptr;
        });
      case Kind::Consent: return consent(c);
      case Kind::Bucket:
        return person([salt = c.name, from = c.bucket_from, to = c.bucket_to](uint32_t group) {
          int bucket = bucket_of(salt, profile_id_text(ProfileOrdinal(group)));
          return bucket >= from && bucket < to;
        });
    }
    for (const Condition& child : c.children) out.children.push_back(node(child));
    return out;
  }

 private:
  static CohortNode person(std::function<bool(uint32_t)> of_group) {
    CohortNode out;
    out.kind = CohortNode::Kind::Group;
    out.of_group = std::move(of_group);
    return out;
  }

  size_t index(const Condition& c, PeopleField::Kind kind) const {
    return index({kind, c.name, kind == PeopleField::Kind::Consent ? c.purpose : ""});
  }
  size_t index(const PeopleField& wanted) const {
    const auto& fields = in_.request.fields;
    return static_cast<size_t>(std::find(fields.begin(), fields.end(), wanted) - fields.begin());
  }

  /// Of everybody: a window that begins at an instant of the person begins at no common one.
  WindowBounds whole_window(const Condition& c) const {
    bool since = c.window.kind == Window::Kind::Since;
    constexpr TimeMs kBeginning = std::numeric_limits<TimeMs>::min();
    return bounds_of(c.window, as_of_, calendar_, since ? std::optional(kBeginning) : std::nullopt);
  }
  std::function<TimeMs(uint32_t)> since(const Condition& c) const {
    if (c.window.kind != Window::Kind::Since) return {};
    size_t field = index({PeopleField::Kind::Trait, c.window.since, {}});
    return [people = in_.people, field](uint32_t group) {
      const Value* value = people->field(field, group);
      auto instant = value == nullptr ? std::nullopt : instant_of(*value);
      return instant.value_or(Answer::kNever);
    };
  }

  CohortNode compared(const Condition& c, PeopleField::Kind kind) const {
    const PeopleColumn& column = in_.people->field(index(c, kind));
    if (c.op == FilterOp::InList) {
      const ListValues& list = list_of(c.operands, in_.request, *in_.people);
      return person([people = in_.people, &column, &list](uint32_t group) {
        return in_list(list, column.at(group));
      });
    }
    if (column.codes() > kTableMax) {
      return person([people = in_.people, &column, op = c.op, operands = c.operands](
                        uint32_t group) { return compare(op, column.at(group), operands); });
    }
    // Few different values: each is compared once.
    std::vector<uint8_t> holds{compare(c.op, nullptr, c.operands)};
    for (uint32_t code = 1; code < column.codes(); ++code)
      holds.push_back(compare(c.op, &column.value(code), c.operands));
    return person([people = in_.people, &column, holds = std::move(holds)](uint32_t group) {
      return holds[column.code(group)] != 0;
    });
  }

  CohortNode consent(const Condition& c) const {
    return person([people = in_.people, f = index(c, PeopleField::Kind::Consent),
                   wanted = c.state](uint32_t group) {
      const Value* state = people->field(f, group);
      return state == nullptr ? wanted == "unknown" : display_text(*state) == wanted;
    });
  }

  CohortNode done(const Condition& c) {
    WindowBounds bounds = whole_window(c);
    AggregateLeaf leaf;
    leaf.events = select(c.events, c.filter, in_);
    leaf.from = bounds.from;
    leaf.to = bounds.to;
    leaf.group_from = since(c);
    leaf.kind = static_cast<AggregateLeaf::Kind>(c.agg);
    leaf.property = c.agg_prop.empty() ? columnar::kNone : property_code(c.agg_prop, in_);
    bool whole = c.agg == Condition::Agg::Count || c.agg == Condition::Agg::Days ||
                 c.agg == Condition::Agg::Distinct;
    leaf.holds = [op = c.op, operands = c.operands, whole](const double* number) {
      if (number == nullptr) return compare(op, nullptr, operands);
      Value value = whole ? Value(static_cast<int64_t>(*number)) : Value(*number);
      return compare(op, &value, operands);
    };
    out_.aggregates.push_back(std::move(leaf));
    CohortNode out;
    out.kind = CohortNode::Kind::Aggregate;
    out.leaf = out_.aggregates.size() - 1;
    return out;
  }

  CohortNode sequence(const Condition& c) {
    WindowBounds bounds = whole_window(c);
    columnar::ChainLeaf leaf;
    for (const Condition::Step& step : c.steps)
      leaf.steps.push_back(select(step.events, step.filter, in_));
    leaf.from = bounds.from;
    leaf.to = bounds.to;
    leaf.group_from = since(c);
    leaf.only = c.immediately;
    for (const auto& names : c.hold) {
      std::vector<uint32_t>& codes = leaf.hold.emplace_back();
      for (const std::string& name : names) codes.push_back(property_code(name, in_));
    }
    leaf.within_ms = c.within_ms;
    leaf.then_not = c.then_not;
    out_.chains.push_back(std::move(leaf));
    CohortNode out;
    out.kind = CohortNode::Kind::Chain;
    out.leaf = out_.chains.size() - 1;
    return out;
  }

  const CompileInput& in_;
  const TimeMs as_of_;
  const Calendar& calendar_;
  columnar::CohortSpec& out_;
};

Status check_size(const columnar::CohortSpec& spec) {
  size_t selections = spec.aggregates.size();
  for (const auto& chain : spec.chains) selections += chain.steps.size();
  if (selections <= columnar::kCohortSelectionsMax) return {};
  return fail(ErrorCode::InvalidArgument,
              fmt::format("the condition names {} event sets; at most {} can be counted at once",
                          selections, columnar::kCohortSelectionsMax),
              "def");
}

}  // namespace

Result<PeopleAnswer> ask_people(const PeopleQuery& query, const Asking& asking) {
  PeopleRequest request;
  request.fields.push_back({PeopleField::Kind::Live, {}, {}});
  WEIR_CHECK_OK(collect(query.condition, request));
  WEIR_TRY(auto people, asking.people(request));
  if (PeopleAlgebra::answers(query.condition)) {
    auto found = PeopleAlgebra(query.condition, request, *people).run();
    return PeopleAnswer{std::move(found.people), found.universe, 0};
  }
  WEIR_TRY(auto snapshot, asking.snapshot(query.as_of));
  WEIR_TRY(Calendar calendar, Calendar::open(query.tz));
  columnar::CohortSpec spec;
  spec.as_of = query.as_of;
  spec.calendar = &calendar;
  CompileInput in = asking.input(request, people);
  spec.root = Compiler(in, query.as_of, calendar, spec).node(query.condition);
  WEIR_CHECK_OK(check_size(spec));
  spec.universe = [&live = people->field(0)](uint32_t group) { return live.code(group) != 0; };
  spec.universe_limit = people->limit(0);
  WEIR_TRY(columnar::CohortResult result,
           run_cohort(snapshot, spec, asking.budget(), asking.helpers));
  PeopleAnswer out;
  out.events_scanned = result.rows_scanned;
  for (uint32_t group : result.groups) out.people.emplace_back(group);
  out.universe = people->field(0).people();
  return out;
}

}  // namespace weir::embedded
