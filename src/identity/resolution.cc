#include "identity/resolution.h"

#include "identity/state.pb.h"
#include "model/key_space.h"

#include <algorithm>

namespace weir::identity {
namespace {

std::string prefix() {
  return {key_space::kIdentity, 'v'};
}

json::array ordinals(const std::vector<uint32_t>& identities) {
  json::array out;
  for (uint32_t i : identities) out.push_back(json::value(static_cast<int64_t>(i)));
  return out;
}

Result<std::vector<uint32_t>> read_ordinals(const json::value& v) {
  std::vector<uint32_t> out;
  const json::array* list = v.if_array();
  if (list == nullptr) return fail(ErrorCode::InvalidArgument, "must be a list", "people");
  for (const json::value& one : *list) {
    const int64_t* i = one.if_int64();
    if (i == nullptr || *i < 0 || *i >= UINT32_MAX) {
      return fail(ErrorCode::InvalidArgument, "has ids of identities", "people");
    }
    out.push_back(static_cast<uint32_t>(*i));
  }
  return out;
}

Result<Regrouping> read_change(const json::value& v) {
  WEIR_TRY(const json::object* o, json::as_object(v, "people"));
  WEIR_TRY(const json::array* groups, json::required_array(*o, "groups", "people"));
  Regrouping change;
  change.why = json::optional_string(*o, "why");
  for (const json::value& group : *groups) {
    WEIR_TRY(std::vector<uint32_t> identities, read_ordinals(group));
    change.groups.push_back(std::move(identities));
  }
  return change;
}

}  // namespace

json::object render_part(const ResolutionPart& part) {
  json::array people;
  for (const Regrouping& change : part.changes) {
    json::array groups;
    for (const auto& group : change.groups) groups.push_back(ordinals(group));
    people.push_back(json::object{{"groups", std::move(groups)}, {"why", change.why}});
  }
  json::object out{{"version", part.version},
                   {"people", std::move(people)},
                   {"demoted", ordinals(part.demoted)},
                   {"restored", ordinals(part.restored)}};
  if (part.mark != ResolutionMark::None) {
    out["mark"] = part.mark == ResolutionMark::Begin ? "begin" : "end";
  }
  return out;
}

Result<ResolutionPart> parse_part(std::string_view body) {
  WEIR_TRY(json::value parsed, json::parse(body));
  WEIR_TRY(const json::object* o, json::as_object(parsed, "resolution"));
  WEIR_TRY(int64_t version, json::required_int(*o, "version"));
  WEIR_TRY(const json::array* people, json::required_array(*o, "people"));
  WEIR_TRY(const json::array* demoted, json::required_array(*o, "demoted"));
  WEIR_TRY(const json::array* restored, json::required_array(*o, "restored"));
  ResolutionPart part;
  part.version = static_cast<uint32_t>(version);
  for (const json::value& one : *people) {
    WEIR_TRY(Regrouping change, read_change(one));
    part.changes.push_back(std::move(change));
  }
  WEIR_TRY(part.demoted, read_ordinals(*demoted));
  WEIR_TRY(part.restored, read_ordinals(*restored));
  std::string mark = json::optional_string(*o, "mark");
  if (mark == "begin") part.mark = ResolutionMark::Begin;
  if (mark == "end") part.mark = ResolutionMark::End;
  return part;
}

std::vector<ResolutionPart> parts_of(const Difference& difference, uint32_t version) {
  std::vector<ResolutionPart> parts;
  ResolutionPart first{version, {}, difference.demoted, difference.restored, ResolutionMark::None};
  if (!first.demoted.empty() || !first.restored.empty()) parts.push_back(std::move(first));
  size_t persons = kRegroupedMax;
  for (const Regrouping& change : difference.changes) {
    if (persons >= kRegroupedMax) {
      parts.push_back({version, {}, {}, {}, ResolutionMark::None});
      persons = 0;
    }
    parts.back().changes.push_back(change);
    persons += change.groups.size();
  }
  return parts;
}

void Resolutions::add(const std::string& id, const ResolutionPart& part, ResolutionCounts counts,
                      TimeMs time, Position position, std::string_view by) {
  ResolutionView& row = rows_[id];
  bool open = part.mark == ResolutionMark::None ? row.open : part.mark == ResolutionMark::Begin;
  row = {id,
         part.version,
         time,
         position,
         row.joined + counts.joined,
         row.split + counts.split,
         std::string(by),
         open};
  dirty_.insert(id);
}

std::vector<ResolutionView> Resolutions::newest_first() const {
  std::vector<ResolutionView> all;
  for (const auto& [id, row] : rows_) all.push_back(row);
  std::ranges::sort(all, std::ranges::greater(), &ResolutionView::position);
  return all;
}

void Resolutions::save(WriteBatch& batch) {
  for (const std::string& id : dirty_) {
    const ResolutionView& view = rows_.at(id);
    state::ResolutionRow row;
    row.set_version(view.version);
    row.set_time(view.time);
    row.set_position(view.position);
    row.set_joined(static_cast<uint32_t>(view.joined));
    row.set_split(static_cast<uint32_t>(view.split));
    row.set_by(view.by);
    row.set_open(view.open);
    batch.put(prefix() + id, row.SerializeAsString());
  }
  dirty_.clear();
}

Status Resolutions::load(const StateStore& store) {
  Status status;
  WEIR_CHECK_OK(store.scan(prefix(), [&](std::string_view key, std::string_view bytes) {
    state::ResolutionRow row;
    if (!row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      status = fail(ErrorCode::DataLoss, "a row of an identity resolution is damaged");
      return false;
    }
    std::string id(key.substr(2));
    rows_[id] = {id,           row.version(), row.time(), row.position(),
                 row.joined(), row.split(),   row.by(),   row.open()};
    return true;
  }));
  return status;
}

}  // namespace weir::identity
