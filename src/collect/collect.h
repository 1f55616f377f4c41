#pragma once
// Stage 1: bytes of any protocol become envelopes in the log. The only header of this room that
// others include.

#include "base/http.h"
#include "collect/import/import_client.h"
#include "collect/import/import_service.h"
#include "collect/import/imports.h"
#include "collect/quarantine/quarantine.h"
#include "collect/sources.h"
#include "ports/appender.h"
#include "ports/gate.h"
#include "ports/people.h"
#include "ports/vault.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir {
class Env;
class Executor;
class Metrics;
}  // namespace weir

namespace weir::collect {

class Protocol;
struct Intake;

/// What Collect works with; everything outlives it.
struct CollectParts {
  Env& env;
  Executor& executor;  // for sealing refused inputs, which may wait for the disk
  Appender& appender;
  Vault& vault;
  Gate& gate;
  Quarantine& quarantine;
  Imports& imports;
  const IdentityReader& people;
  const TraitSchemas& traits;
  Metrics& metrics;
};

class Collect {
 public:
  Collect(CollectParts parts, SourceRegistry sources);
  ~Collect();
  Collect(const Collect&) = delete;
  Collect& operator=(const Collect&) = delete;

  /// True for the paths of all protocols.
  bool owns(std::string_view path) const;
  /// Answers a request of such a path, in the protocol's own way, once everything that was taken or
  /// refused is durable. Never blocks, never throws; callable from any thread. Requests still under
  /// way must be answered before this object goes.
  void handle(HttpRequest request, HttpResponder respond);

  /// For the routes of the console: the fold behind the quarantine (ask it through the gate), and
  /// the import routes.
  const Quarantine& quarantine() const { return parts_.quarantine; }
  ImportService& imports() { return imports_; }

  using ReplayDone = std::function<void(Status)>;
  /// Reads a quarantined input again under the rules and sources of today. On success its records
  /// and its release are appended together. InvalidArgument: still refused, with the reason as now;
  /// FailedPrecondition: its source is gone or it was cut. `done` once, on any thread.
  void replay(std::string id, ReplayDone done);
  /// Takes it out of quarantine for good.
  void discard(std::string id, ReplayDone done);
  using Found = std::function<void(Result<std::vector<std::string>>)>;
  /// Ids of the waiting inputs that mention any of these identities (quarantine/mentions.h), for an
  /// erasure. Opens every payload that waits: 64 MiB at most. `done` once, on any thread.
  void find_mentions(const std::vector<Identity>& identities, Found done);
  /// The payload as the console may show it, personal values masked.
  void show(std::string id, std::function<void(Result<std::string>)> done);

 private:
  struct Job;
  struct Search;
  const Protocol* find(std::string_view target) const;
  void store(std::shared_ptr<Job> job);
  void seal_refused(Job& job);
  void append(std::shared_ptr<Job> job);
  void finish(const Job& job, HttpResponse response);
  void count_received(const Job& job);
  void read_payload(std::string id, std::function<void(Result<std::string>, QuarantineItem)> done);
  Result<std::vector<Envelope>> read_again(std::string payload, const QuarantineItem& item) const;

  CollectParts parts_;
  SourceRegistry sources_;
  std::vector<std::unique_ptr<Protocol>> protocols_;
  ImportService imports_;
};

}  // namespace weir::collect
