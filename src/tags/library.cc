#include "tags/library.h"

#include <algorithm>

namespace weir::tags {
namespace {

/// Rows of before the library had its fields say it in parts.
std::string body_of(const pb::Definition& row) {
  if (!row.body().empty()) return row.body();
  auto rule = json::parse(row.rule());
  return json::to_text(json::object{{"name", row.name()},
                                    {"category", row.category()},
                                    {"value_type", row.value_type()},
                                    {"rule", rule ? *std::move(rule) : json::value(nullptr)}});
}

Result<TagDefinition> parse_text(std::string_view body, const Calendar& calendar) {
  WEIR_TRY(json::value value, json::parse(body));
  return parse_definition(value, calendar);
}

}  // namespace

Status Library::load(const StateStore& store) {
  WEIR_CHECK_OK(rows_.load(store));
  std::vector<std::string> old;
  rows_.for_each([&](const std::string& code, const pb::Definition& row) {
    if (row.body().empty()) old.push_back(code);
  });
  for (const std::string& code : old) {
    pb::Definition& row = rows_.mutate(code);
    row.set_body(body_of(row));
  }
  Status status;
  rows_.for_each([&](const std::string& code, const pb::Definition& row) {
    auto definition = parse_text(row.body(), calendar_);
    if (!definition) {
      status = std::unexpected<Error>(definition.error());
      return;
    }
    if (definition->percentile())
      definition->bounds.assign(row.bounds().begin(), row.bounds().end());
    keep(code, *std::move(definition));
  });
  return status;
}

bool Library::define(const std::string& code, std::string_view body, TimeMs now) {
  auto definition = parse_text(body, calendar_);
  if (!definition) return false;
  pb::Definition& row = rows_.mutate(code);
  uint32_t version = row.version() + 1;
  row.Clear();
  row.set_version(version);
  row.set_body(std::string(body));
  row.set_updated_at(now);
  drop(code);
  keep(code, *std::move(definition));
  return true;
}

void Library::remove(const std::string& code) {
  rows_.erase(code);
  drop(code);
}

const TagDefinition* Library::find(std::string_view code) const {
  auto it = parsed_.find(code);
  return it == parsed_.end() ? nullptr : &it->second;
}

void Library::set_as_of(const std::string& code, TimeMs as_of) {
  rows_.mutate(code).set_as_of(as_of);
}

void Library::set_next_run(const std::string& code, TimeMs due) {
  rows_.mutate(code).set_next_run(due);
}

void Library::set_bounds(const std::string& code, std::vector<double> bounds) {
  pb::Definition& row = rows_.mutate(code);
  row.clear_bounds();
  row.mutable_bounds()->Add(bounds.begin(), bounds.end());
  parsed_.find(code)->second.bounds = std::move(bounds);
}

std::vector<std::string> Library::siblings(const std::string& code) const {
  const std::string& group = find(code)->group;
  if (group.empty()) return {code};
  std::vector<std::string> all;
  for (const std::string& one : codes_) {
    if (find(one)->group == group) all.push_back(one);
  }
  return all;
}

void Library::keep(const std::string& code, TagDefinition definition) {
  if (definition.rule && definition.refresh == Refresh::Realtime)
    index_.add(code, inputs_of(*definition.rule));
  parsed_[code] = std::move(definition);
  list_codes();
}

void Library::drop(const std::string& code) {
  index_.remove(code);
  parsed_.erase(code);
  list_codes();
}

void Library::list_codes() {
  codes_.clear();
  realtime_.clear();
  scheduled_.clear();
  for (const auto& [code, definition] : parsed_) {
    codes_.push_back(code);
    if (definition.rule && definition.refresh == Refresh::Realtime) realtime_.push_back(code);
    if (definition.refresh == Refresh::Scheduled) scheduled_.push_back(code);
  }
  std::sort(codes_.begin(), codes_.end());
  std::sort(realtime_.begin(), realtime_.end());
  std::sort(scheduled_.begin(), scheduled_.end());
}

}  // namespace weir::tags
