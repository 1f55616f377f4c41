#pragma once
// A Collect over a simulated clock, an appender that keeps what it gets, and a vault that only
// marks what it seals. For tests of this room.

#include "base/json.h"
#include "base/metrics.h"
#include "base/sim_env.h"
#include "collect/collect.h"
#include "tests/support/erasure_sink.h"
#include "tests/support/fold_harness.h"

#include <set>
#include <string>
#include <vector>

namespace weir::collect::testing {

inline constexpr TimeMs kNow =
    1'795'366'540'000;  // 2026-11-22T16:55:40Z, a little after the SDK cases

/// Drops duplicates by (source, message id) as the pipeline does, and folds the rest.
class KeepingAppender : public Appender {
 public:
  KeepingAppender(Env& env, weir::testing::FoldHarness& folds) : env_(env), folds_(folds) {}
  void append(std::vector<Envelope> batch, Done done) override {
    if (failure) {
      done(std::unexpected<Error>(*failure));
      return;
    }
    Position first = records.size();
    for (Envelope& e : batch) {
      if (e.received_time == 0) e.received_time = env_.clock().now();
      ++appended;
      if (!ids_.insert({e.source, e.message_id}).second) {
        ++duplicates;
        continue;
      }
      if (keep) records.push_back(e);
      e.kind == RecordKind::ImportChunk ? folds_.apply_chunk(std::move(e))
                                        : static_cast<void>(folds_.apply(std::move(e)));
    }
    ++batches;
    if (lose_answer)
      lose_answer = false;  // durable, but nobody hears of it
    else
      done(first);
  }

  std::vector<Envelope> records;
  size_t appended = 0, duplicates = 0, batches = 0;
  bool keep = true, lose_answer = false;
  std::optional<Error> failure;

 private:
  Env& env_;
  weir::testing::FoldHarness& folds_;
  std::set<std::pair<std::string, std::string>> ids_;
};

/// "Seals" by reversing, so that a test can tell clear from sealed.
class MarkingVault : public Vault {
 public:
  Status seal(std::span<Envelope>) override { return {}; }
  bool needs_seal(const Envelope&) const override { return false; }
  Result<std::vector<Sealed>> seal_texts(std::span<const TextToSeal> texts) override {
    std::vector<Sealed> all;
    for (const TextToSeal& t : texts) {
      all.push_back({t.owner + "gen1", t.field, "", std::string(t.clear.rbegin(), t.clear.rend())});
    }
    return all;
  }
  Result<std::string> open(const Sealed& s) const override {
    return std::string(s.cipher.rbegin(), s.cipher.rend());
  }
  Result<std::string> token(IdentityKind, std::string_view clear) const override {
    return "t" + std::string(clear);
  }
  std::string masked(const Sealed&) const override { return "***"; }
  Status destroy_keys(std::span<const Identity>) override { return {}; }
};

class NobodyKnown : public IdentityReader {
 public:
  std::optional<IdentityOrdinal> find(const Identity& id) const override {
    return known.contains(id.value) ? std::optional(IdentityOrdinal(1)) : std::nullopt;
  }
  const Identity& identity(IdentityOrdinal) const override { return none_; }
  ProfileOrdinal owner(IdentityOrdinal) const override { return ProfileOrdinal(0); }
  ProfileOrdinal canonical(ProfileOrdinal p) const override { return p; }
  std::vector<IdentityOrdinal> identities_of(ProfileOrdinal) const override { return {}; }
  const Identity* latest(ProfileOrdinal, IdentityKind, std::string_view) const override {
    return nullptr;
  }
  std::vector<ProfileOrdinal> live_profiles(ProfileOrdinal, size_t) const override { return {}; }
  uint32_t identity_count() const override { return 0; }
  uint32_t profile_count() const override { return 0; }

  std::set<std::string> known;

 private:
  Identity none_;
};

class InlineGate : public Gate {
 public:
  void run(std::function<void()> question) override { question(); }
};

class InlineExecutor : public Executor {
 public:
  void post(std::function<void()> task) override { task(); }
  void post_after(DurationMs, std::function<void()> task) override { task(); }
  void stop() override {}
};

struct Rig {
  explicit Rig(QuarantineLimits limits = {}) : quarantine(keys, limits) {
    WEIR_ASSERT(quarantine.load(store).has_value());
    WEIR_ASSERT(imports.load(store).has_value());
  }

  static SourceRegistry sources() {
    auto registry = SourceRegistry::open({{"web", "wk_demo", Trust::Public},
                                          {"erp", "wk_server", Trust::Server},
                                          {"posthog", "phc_demo", Trust::Public},
                                          {"sensors", "t", Trust::Public}});
    WEIR_ASSERT(registry.has_value());
    return *std::move(registry);
  }

  HttpResponse send(HttpRequest request) {
    std::optional<HttpResponse> answer;
    collect.handle(std::move(request), [&](HttpResponse r) { answer = std::move(r); });
    WEIR_ASSERT(answer.has_value());
    return *std::move(answer);
  }
  HttpResponse post(std::string target, std::string body,
                    std::vector<std::pair<std::string, std::string>> headers = {}) {
    HttpRequest request;
    request.method = "POST";
    request.target = std::move(target);
    request.body = std::move(body);
    request.headers.items = std::move(headers);
    return send(std::move(request));
  }
  HttpResponse get(std::string target) {
    HttpRequest request;
    request.target = std::move(target);
    return send(std::move(request));
  }
  const std::vector<Envelope>& records() const { return appender.records; }
  std::vector<Envelope> of_kind(RecordKind kind) const {
    std::vector<Envelope> found;
    for (const Envelope& e : appender.records) {
      if (e.kind == kind) found.push_back(e);
    }
    return found;
  }
  uint64_t metric(std::string_view name, std::string_view labels) {
    return metrics.counter(name, labels).value();
  }

  std::unique_ptr<SimEnv> env = SimEnv::make(1, kNow);
  weir::testing::MapStateStore store;
  weir::testing::RecordingErasureSink keys;
  Quarantine quarantine;
  Imports imports;
  weir::testing::FoldHarness folds{kNow, {&quarantine, &imports}};
  KeepingAppender appender{*env, folds};
  MarkingVault vault;
  InlineGate gate;
  InlineExecutor executor;
  NobodyKnown people;
  Metrics metrics;
  TraitSchemas schemas;
  Collect collect{
      {*env, executor, appender, vault, gate, quarantine, imports, people, schemas, metrics},
      sources()};
};

inline std::string text(const Envelope& e, std::string_view name) {
  return std::string(string_property(e.properties, name));
}

}  // namespace weir::collect::testing
