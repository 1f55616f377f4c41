#pragma once
// Compiles a Filter into the engine's predicate: properties and text operands become codes once, so
// that the common comparisons touch no text.

#include "adapters/embedded/behaviour/outside.h"
#include "columnar/selection.h"
#include "model/filter.h"

namespace weir::embedded {

/// Adds the traits a filter asks for to `request`. InvalidArgument for properties that a question
/// cannot have yet (group., guide., session.).
Status collect_traits(const Filter& filter, const std::string& where, PeopleRequest& request);

/// The list that operands of in_list name: as part of a request, and as collected for it.
void add_list(const std::vector<Value>& operands, PeopleRequest& request);
const ListValues& list_of(const std::vector<Value>& operands, const PeopleRequest& request,
                          const PeopleColumns& people);
/// Whether a value, or an item of a list of texts, is in a list.
bool in_list(const ListValues& list, const Value* value);

/// Null for a filter that matches everything. `people` was collected for `request`.
std::shared_ptr<const columnar::Predicate> compile_filter(
    const Filter& filter, const columnar::Dictionary& dictionary, const PeopleRequest& request,
    std::shared_ptr<const PeopleColumns> people);

}  // namespace weir::embedded
