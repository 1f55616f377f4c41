// How fast bytes become envelopes: one request of 100 events after another, parsed, mapped and
// handed to an appender that drops them. Items per second are events per second of all threads.

#include "base/gzip.h"
#include "tests/support/collect_rig.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

namespace weir::collect {
namespace {

class DroppingAppender : public Appender {
 public:
  void append(std::vector<Envelope> batch, Done done) override {
    benchmark::DoNotOptimize(batch.data());
    done(Position{0});
  }
};

std::string segment_batch(int events) {
  std::string items;
  for (int i = 0; i < events; ++i) {
    items += fmt::format(
        R"({}{{"timestamp":"2026-11-22T16:55:{:02}.{:03}Z","integrations":{{}},"event":"add_to_cart","type":"track",)"
        R"("properties":{{"sku_id":"sku{}","amount":{}.5,"platform":"miniprogram","page":"/goods/detail","quantity":{}}},)"
        R"("context":{{"library":{{"name":"@segment/analytics-node","version":"3.1.0"}}}},"userId":"u{}",)"
        R"("messageId":"node-next-1795366533312-6d2b4ef2-64d4-4636-abd1-b787327c{:04}",)"
        R"("_metadata":{{"nodeVersion":"v20.20.2","jsRuntime":"node"}}}})",
        i == 0 ? "" : ",", i % 60, i, i % 50, i, 1 + i % 3, i % 20, i);
  }
  return fmt::format(R"({{"batch":[{}],"writeKey":"wk_demo","sentAt":"2026-11-22T16:56:00.326Z"}})",
                     items);
}

struct World {
  testing::Rig rig;
  DroppingAppender appender;
  Collect collect{{*rig.env, rig.executor, appender, rig.vault, rig.gate, rig.quarantine,
                   rig.imports, rig.people, rig.schemas, rig.metrics},
                  testing::Rig::sources()};
};

void run(benchmark::State& state, const std::string& body) {
  static World world;
  for (auto unused : state) {
    HttpRequest request;
    request.method = "POST";
    request.target = "/v1/batch";
    request.body = body;
    int status = 0;
    world.collect.handle(std::move(request), [&](HttpResponse r) { status = r.status; });
    if (status != 200) state.SkipWithError("not accepted");
  }
  state.SetItemsProcessed(state.iterations() * 100);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(body.size()));
}

void SegmentBatch(benchmark::State& state) {
  run(state, segment_batch(100));
}
void SegmentBatchGzip(benchmark::State& state) {
  run(state, gzip(segment_batch(100)));
}

BENCHMARK(SegmentBatch)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(SegmentBatchGzip)->Threads(1)->Threads(2)->UseRealTime();

}  // namespace
}  // namespace weir::collect

BENCHMARK_MAIN();
