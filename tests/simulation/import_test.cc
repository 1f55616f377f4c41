// History in chunks through the real folds: the same answers as row by row, the same state after
// every replay, and nothing lost or doubled when the process is killed.

#include "adapters/embedded/behaviour/behaviour.h"
#include "adapters/embedded/log/event_log.h"
#include "adapters/memory/memory.h"
#include "analytics/analytics.h"
#include "base/sim_env.h"
#include "collect/import/imports.h"
#include "identity/identity.h"
#include "model/event_chunk.h"
#include "pipeline/pipeline.h"
#include "pipeline/state_hash.h"
#include "profile/profile.h"
#include "segments/segments.h"
#include "tags/tags.h"
#include "tests/support/seeded_random.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

constexpr TimeMs kStart = 1'790'000'000'000;
const std::string kFile = "0123456789abcdef";
const std::string kImport = "aaaabbbbccccdddd0000111122223333";

class NoErasures : public ErasureSink {
 public:
  void submit(uint64_t, std::vector<PersonalKey>) override {}
  std::vector<uint64_t> take_done() override { return {}; }
};

/// One process with the folds that imports reach.
struct Process {
  Process(SimEnv& env, EventLog& log, StateStore& store, const std::string& dir) {
    identities = identity::IdentityFold::make({}, erasures, metrics);
    profiles = profile::Profiles::make(*identities, schemas);
    behaviour = *embedded::Behaviour::open(env, dir, {*identities, 900});
    PersonReaders readers{profiles.get(), nullptr, nullptr, behaviour.get()};
    tags = tags::Tags::make(*identities, readers, Calendar::shanghai());
    readers.tags = tags.get();
    segments = segments::Segments::make(*identities, readers, Calendar::shanghai());
    std::vector<Fold*> folds{identities.get(), profiles.get(), &behaviour->fold(),
                             tags.get(),       segments.get(), &imports};
    pipeline = pipeline::Pipeline::make(log, store, env, std::move(folds), metrics);
    pipeline->add_participant(behaviour->participant());
    behaviour->connect(embedded::make_direct_outside({*identities, *profiles}));
    analyst = std::make_unique<analytics::Analyst>(*behaviour, env, Calendar::shanghai());
    WEIR_ASSERT(pipeline->start([] {}).has_value());
    env.run_ready();
  }

  std::string ask(std::string_view query) {
    auto answer = analyst->answer(*json::parse(query));
    return answer ? json::to_text(*answer) : answer.error().message;
  }

  NoErasures erasures;
  TraitSchemas schemas;
  Metrics metrics;
  std::unique_ptr<identity::IdentityFold> identities;
  std::unique_ptr<profile::Profiles> profiles;
  std::unique_ptr<embedded::Behaviour> behaviour;
  std::unique_ptr<tags::Tags> tags;
  std::unique_ptr<segments::Segments> segments;
  collect::Imports imports;
  std::unique_ptr<pipeline::Pipeline> pipeline;
  std::unique_ptr<analytics::Analyst> analyst;
};

Envelope chunk_record(std::string bytes) {
  Envelope e;
  e.kind = RecordKind::ImportChunk;
  e.trust = Trust::Server;
  e.historical = true;
  e.source = "import:events";
  e.name = kImport;
  e.message_id = "rows:" + to_hex(hash128(bytes));
  e.event_time = e.received_time = kStart;
  e.properties.push_back({std::string(kChunkRows), std::move(bytes)});
  return e;
}

Envelope definition(std::string name, std::string body) {
  Envelope e;
  e.kind = RecordKind::Definition;
  e.name = std::move(name);
  e.message_id = "definition:" + e.name;
  e.event_time = e.received_time = kStart;
  e.properties = {{"body", JsonText{std::move(body)}}};
  return e;
}

class ImportSim : public ::testing::Test {
 protected:
  struct World {
    std::unique_ptr<embedded::EmbeddedEventLog> log;
    memory::MemoryStateStore store;
    std::unique_ptr<Process> process;
  };

  void append(World& world, const std::vector<Envelope>& batch) {
    std::vector<std::string> records(batch.size());
    for (size_t i = 0; i < batch.size(); ++i) encode(batch[i], records[i]);
    world.log->append(std::move(records), [](Result<Position> r) { ASSERT_TRUE(r); });
    env_->run_ready();
  }
  void start(World& world, const std::string& dir) {
    if (!world.log) world.log = *embedded::EmbeddedEventLog::open(*env_, {.dir = dir + "/log"});
    world.process = std::make_unique<Process>(*env_, *world.log, world.store, dir);
  }
  void define(World& world) {
    append(world,
           {definition("segment/buyers",
                       R"({"name":"b","def":{"done":{"event":"buy","op":"gte","value":3}}})"),
            definition("tag/tier", R"({"name":"t","category":"value","value_type":"enum","rule":
             {"layers":[{"if":{"done":{"event":"buy","agg":"sum","prop":"event.amount","op":"gte",
             "value":900}},"value":"high"}],"default":"low"}})")});
    env_->run_for(kMinuteMs);
  }

  /// Rows of 60 people, many at the same instant; some also show an openid, some have a message id.
  std::vector<std::string> chunks(int count, int rows) {
    testing::SeededRandom random(7);
    std::vector<std::string> out;
    EventChunkBuilder builder(kFile);
    uint64_t number = 0;
    for (int c = 0; c < count; ++c) {
      for (int i = 0; i < rows; ++i) {
        std::string user = fmt::format("u{}", random.below(60));
        std::vector<IdentityRef> person{{IdentityKind::UserId, "", user}};
        std::string openid = "o" + user;
        if (random.below(9) == 0) person.push_back({IdentityKind::OpenId, "wx1", openid});
        if (random.below(200) == 0) person[0].value = "null";  // nobody
        builder.start_row(++number,
                          kStart - kDayMs * 30 + static_cast<TimeMs>(random.below(500)) * 1000,
                          random.below(3) == 0 ? "buy" : "visit", person);
        builder.set("city", fmt::format("city{}", random.below(20)));
        if (random.below(2) == 0) builder.set("amount", static_cast<int64_t>(random.below(100)));
        if (random.below(20) == 0) builder.set("skus", StringList{"S1", "S2"});
        if (random.below(50) == 0) builder.set_message_id(fmt::format("m{}", random.below(40)));
      }
      out.push_back(builder.take());
    }
    return out;
  }

  std::vector<std::string> answers(World& world) {
    std::vector<std::string> out;
    const std::string range = R"("range":{"from":"2026-08-01","to":"2026-10-30"})";
    auto trends = [&](std::string_view series, std::string_view breakdown) {
      return fmt::format(
          R"({{"kind":"trends",{},"interval":"day","series":[{{"name":"A",{}}}]{}}})", range,
          series, breakdown);
    };
    std::string funnel = R"({"kind":"funnel","window":{"value":1,"unit":"day"},"steps":[)"
                         R"({"event":"visit"},{"event":"buy"},{"event":"visit"}],)";
    for (const std::string& query :
         {trends(R"("event":"buy","measure":"total")", R"(,"breakdown":[{"prop":"event.city"}])"),
          trends(R"("event":"visit","measure":"uniques")", ""),
          trends(R"("event":"buy","measure":{"agg":"sum","prop":"event.amount"})",
                 R"(,"breakdown":[{"prop":"event.$import"}])"),
          funnel + range + "}"})
      out.push_back(without_cost(world.process->ask(query)));
    for (uint32_t p = 0; p < 70; ++p) out.push_back(person(world, ProfileOrdinal(p)));
    return out;
  }
  /// Facts are looked at too, and how many there are depends on when they were derived.
  static std::string without_cost(std::string answer) {
    size_t at = answer.find(",\"events_scanned\"");
    return at == std::string::npos ? answer : answer.substr(0, at);
  }
  std::string person(World& world, ProfileOrdinal profile) {
    std::string out;
    TimelineQuery query;
    query.profile = profile;
    query.limit = 1000;
    auto page = world.process->behaviour->timeline(query);
    if (!page) return page.error().message;
    std::vector<std::string> events;
    for (const TimelineEvent& e : page->events) {
      if (e.source == "weir") continue;  // what was derived depends on when it was looked at
      std::string event = fmt::format("{} {} {} {}", e.time, e.name, e.source,
                                      e.identity ? e.identity->value : "-");
      std::vector<std::string> properties;
      for (const Property& p : e.properties)
        properties.push_back(fmt::format(" {}={}", p.name, display_text(p.value)));
      std::ranges::sort(properties);
      for (const std::string& p : properties) event += p;
      events.push_back(event);
    }
    std::ranges::sort(events);  // a timeline orders events of one instant by arrival
    for (const std::string& event : events) out += event + "\n";
    profile::ProfileView view = world.process->profiles->view(profile);
    out += fmt::format("{} {} {}", view.first_seen, view.last_seen, view.event_count);
    for (const auto& m : world.process->segments->of(profile)) out += " in " + m.segment_id;
    for (const auto& t : world.process->tags->of(profile))
      out += " " + t.code + "=" + display_text(t.value);
    return out;
  }

  std::unique_ptr<SimEnv> env_ = SimEnv::make(3, kStart);
};

TEST_F(ImportSim, ChunksAndRowsGiveTheSameAnswers) {
  World rows, in_chunks;
  start(rows, "/rows");
  start(in_chunks, "/chunks");
  define(rows);
  define(in_chunks);
  for (const std::string& bytes : chunks(6, 700)) {
    Envelope record = chunk_record(bytes);
    auto chunk = decode_event_chunk(bytes);
    ASSERT_TRUE(chunk);
    std::vector<Envelope> single;
    for (uint32_t row = 0; row < chunk->rows(); ++row) {
      single.push_back(row_envelope(*chunk, row, record));
      single.back().properties.push_back({std::string(collect::kImportIdProperty), kImport});
      single.back().properties.push_back({std::string(collect::kImportRowsProperty), int64_t{1}});
    }
    append(rows, single);
    append(in_chunks, {record});
  }
  env_->run_for(kMinuteMs);
  auto a = rows.process->imports.get(kImport), b = in_chunks.process->imports.get(kImport);
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->accepted, b->accepted);
  EXPECT_LT(b->accepted, 4200u) << "message ids came again";
  std::vector<std::string> expected = answers(rows), got = answers(in_chunks);
  EXPECT_NE(expected[0].find("city7"), std::string::npos) << expected[0];
  EXPECT_NE(expected[2].find(kImport), std::string::npos) << expected[2];
  EXPECT_NE(expected[3].find("steps"), std::string::npos) << expected[3];
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(got[i], expected[i]) << i;
  EXPECT_GT(in_chunks.process->segments->get("buyers")->count, 0u);
}

TEST_F(ImportSim, ARowThatCameOneWayDoesNotCountTheOther) {
  World world;
  start(world, "/both");
  std::vector<std::string> all = chunks(2, 300);
  Envelope first = chunk_record(all[0]), second = chunk_record(all[1]);
  append(world, {first});
  uint64_t after_first = world.process->imports.get(kImport)->accepted;
  for (const Envelope& record : {first, second}) {
    auto chunk = decode_event_chunk(string_property(record.properties, kChunkRows));
    for (uint32_t row = 0; row < chunk->rows(); ++row) {
      Envelope single = row_envelope(*chunk, row, record);
      single.properties.push_back({std::string(collect::kImportIdProperty), kImport});
      append(world, {single});
    }
  }
  uint64_t after_rows = world.process->imports.get(kImport)->accepted;
  EXPECT_GT(after_rows, after_first);
  second.message_id += "again";
  append(world, {second});
  EXPECT_EQ(world.process->imports.get(kImport)->accepted, after_rows);
  EXPECT_LE(world.process->behaviour->event_count(), after_rows) << "rows of nobody are not stored";
  EXPECT_GT(world.process->behaviour->event_count(), after_rows * 9 / 10);
}

TEST_F(ImportSim, EveryReplayGivesTheSameState) {
  World world;
  start(world, "/killed");
  define(world);
  int life = 0;
  for (const std::string& bytes : chunks(12, 300)) {
    append(world, {chunk_record(bytes)});
    if (++life % 3 != 0) continue;
    env_->run_for(life % 2 == 0 ? 2500 : 100);  // with and without a checkpoint
    env_->kill_process();
    world.process.reset();
    world.log.reset();
    start(world, "/killed");
  }
  env_->run_for(kMinuteMs);
  std::vector<std::string> expected = answers(world);
  // The last checkpoint of every life writes a part, so that all stores end at the same place.
  append(world, {chunk_record(chunks(13, 300).back())});
  ASSERT_TRUE(world.process->pipeline->stop());
  Hash128 killed = pipeline::state_hash(world.store).value();
  world.process.reset();
  for (int replay = 0; replay < 3; ++replay) {
    memory::MemoryStateStore fresh;
    Process again(*env_, *world.log, fresh, fmt::format("/again{}", replay));
    ASSERT_TRUE(again.pipeline->stop());
    EXPECT_EQ(pipeline::state_hash(fresh).value(), killed);
  }
  start(world, "/killed");
  EXPECT_NE(answers(world), expected) << "the last chunk is there, too";
}

}  // namespace
}  // namespace weir
