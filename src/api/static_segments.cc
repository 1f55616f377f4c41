#include "api/static_segments.h"

#include "base/crypto.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace weir::api {
namespace {

constexpr uint32_t kPartsPerBatch = 32;  // one append: about 100 KB

/// One saving, from the audit record to the last part. Keeps itself alive.
struct Saving : std::enable_shared_from_this<Saving> {
  Services& services;
  const Operator who;
  PeopleToSave save;
  std::function<void(Status)> then;
  uint32_t next_part = 0;

  Saving(Services& s, Operator w, PeopleToSave p, std::function<void(Status)> t)
      : services(s), who(std::move(w)), save(std::move(p)), then(std::move(t)) {}

  uint32_t parts() const { return segments::static_parts(save.people.size()); }

  void begin() {
    auto self = shared_from_this();
    services.gate.run([self] {
      if (self->services.segments.get(self->save.id)) {
        return self->then(fail(ErrorCode::AlreadyExists,
                               "segment \"" + self->save.id + "\" exists; choose another id",
                               "save_as_segment.id"));
      }
      std::string target = fmt::format("{} ({} persons)", self->save.id, self->save.people.size());
      audit(self->services, self->who, "save_segment", target, [self](Status done) {
        if (!done) return self->then(std::move(done));
        self->append_header();
      });
    });
  }

  void append_header() {
    auto self = shared_from_this();
    append_definitions(services, who,
                       {{"segment/" + save.id, json::value(static_header_body(save.header))}},
                       [self](Result<Position> at) { self->appended(std::move(at)); });
  }

  void appended(Result<Position> at) {
    auto self = shared_from_this();
    if (!at) return give_up(at.error());
    if (next_part == parts()) return after_folded(services, *at, [self] { self->then({}); });
    std::vector<NamedDefinition> batch;
    for (; next_part < parts() && batch.size() < kPartsPerBatch; ++next_part) {
      batch.push_back({std::string(segments::kSegmentPart) + save.id,
                       json::value(static_part_body(save.header, next_part, save.people))});
    }
    append_definitions(services, who, std::move(batch),
                       [self](Result<Position> next) { self->appended(std::move(next)); });
  }

  /// Half a list would look like a whole one to whoever uses it.
  void give_up(const Error& error) {
    auto self = shared_from_this();
    append_definitions(services, who, {{"segment/" + save.id, nullptr}},
                       [self, error](Result<Position>) { self->then(std::unexpected(error)); });
  }
};

}  // namespace

void save_people(Services& s, const Operator& who, PeopleToSave save,
                 std::function<void(Status)> then) {
  if (Status ok = check_id(save.id); !ok) return then(std::move(ok));
  if (save.people.size() > segments::kStaticPeopleMax) {
    return then(fail(ErrorCode::ResourceExhausted,
                     fmt::format("{} persons are more than a static segment may have ({}); save a "
                                 "part of them",
                                 save.people.size(), segments::kStaticPeopleMax)));
  }
  save.header.upload = crypto::to_hex(s.env.random().bytes(8));
  save.header.people = save.people.size();
  std::make_shared<Saving>(s, who, std::move(save), std::move(then))->begin();
}

}  // namespace weir::api
