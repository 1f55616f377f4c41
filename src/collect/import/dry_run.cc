// What an import would do: counted by the server, which alone knows who is known.

#include "base/env.h"
#include "base/hash.h"
#include "base/json.h"
#include "collect/body.h"
#include "collect/import/chunk.h"

#include <absl/container/flat_hash_set.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace weir::collect {
namespace {

constexpr size_t kRunsMax = 8;

// Identities as the log would hold them: personal values become look-up tokens.
std::vector<Identity> sealed_ids(const Envelope& e, const Vault& vault) {
  std::vector<Identity> ids;
  for (Identity id : e.identities) {
    if (is_personal(id.kind)) {
      auto token = vault.token(id.kind, id.value);
      if (!token) continue;
      id.value = *std::move(token);
    }
    ids.push_back(std::move(id));
  }
  return ids;
}

}  // namespace

// One dry run of a file; the counts grow with each chunk and start again with item 0.
struct ImportService::DryRun {
  std::mutex mutex;
  uint64_t items = 0, rows = 0, rejected_rows = 0;
  uint64_t persons_new = 0, persons_known = 0;
  std::map<std::string, uint64_t> reasons;
  absl::flat_hash_set<Hash128> persons;  // by first identity

  json::object to_json() const {
    json::object why;
    for (const auto& [reason, rows_of] : reasons) why[reason] = rows_of;
    return {{"items", items},
            {"rows", rows},
            {"rejected_rows", rejected_rows},
            {"persons_new", persons_new},
            {"persons_known", persons_known},
            {"reasons", std::move(why)}};
  }
};

void ImportService::dry_run(ImportProgress progress, std::string body, HttpResponder respond) {
  std::shared_ptr<DryRun> run;
  {
    std::lock_guard lock(mutex_);
    if (!dry_runs_.contains(progress.id) && dry_runs_.size() >= kRunsMax) dry_runs_.clear();
    auto& slot = dry_runs_[progress.id];
    if (!slot) slot = std::make_shared<DryRun>();
    run = slot;
  }
  progress.next_item = progress.rows_done = 0;
  auto parsed = json::parse(body);
  if (parsed && parsed->is_object()) {
    progress.next_item =
        static_cast<uint64_t>(json::optional_int(parsed->get_object(), "from_item", 0));
    std::lock_guard lock(run->mutex);
    progress.rows_done = progress.next_item == 0 ? 0 : run->rows;
  }
  auto chunk = read_chunk(std::move(progress), std::move(body));
  if (!chunk) {
    respond(error_answer(400, "invalid_argument", chunk.error().message, chunk.error().field));
    return;
  }
  look_up(*std::move(chunk), std::move(respond));
}

void ImportService::look_up(std::shared_ptr<Chunk> chunk, HttpResponder respond) {
  struct Person {
    std::vector<Identity> ids;
    Hash128 key;
  };
  auto people = std::make_shared<std::vector<Person>>();
  for (const ImportItem& item : chunk->items) {
    if (item.refused) continue;
    std::vector<Identity> ids = sealed_ids(item.envelope, parts_.vault);
    if (ids.empty()) continue;
    Hash128 key = hash128(identity_key(ids.front()));
    people->push_back({std::move(ids), key});
  }
  parts_.gate.run([this, chunk = std::move(chunk), people, respond = std::move(respond)] {
    std::shared_ptr<DryRun> run;
    {
      std::lock_guard lock(mutex_);
      run = dry_runs_[chunk->progress.id];
    }
    if (!run) run = std::make_shared<DryRun>();
    std::lock_guard lock(run->mutex);
    if (chunk->progress.next_item == chunk->items.size()) {
      run->items = run->rows = run->rejected_rows = run->persons_new = run->persons_known = 0;
      run->reasons.clear();
      run->persons.clear();
    }
    for (const ImportItem& item : chunk->items) {
      ++run->items;
      run->rows += item.rows;
      if (!item.refused) continue;
      run->rejected_rows += item.rows;
      run->reasons[item.refused->reason] += item.rows;
    }
    for (const auto& [ids, key] : *people) {
      if (!run->persons.insert(key).second) continue;
      bool known = std::ranges::any_of(
          ids, [&](const Identity& id) { return parts_.people.find(id).has_value(); });
      ++(known ? run->persons_known : run->persons_new);
    }
    respond(HttpResponse::json(200, json::to_text(run->to_json())));
  });
}

}  // namespace weir::collect
