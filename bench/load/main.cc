// weir_bench_ingest: the load generator, the latency probe and the disk probe (bench/README.md).

#include "bench/load/disk.h"
#include "bench/load/load.h"
#include "bench/load/ping.h"

#include <CLI/CLI.hpp>

#include <functional>

namespace weir::bench {
namespace {

int run(int argc, char** argv) {
  CLI::App app("Sends events to a running weir and measures the answers.");
  app.require_subcommand(1);
  std::function<int()> action;
  Address server{"127.0.0.1", 8420};
  std::string write_key;

  LoadOptions load;
  CLI::App* c =
      app.add_subcommand("load", "batches of 100 events as fast as they are acknowledged");
  c->add_option("--port", server.port)->required();
  c->add_option("--key", write_key, "write key of a source with trust server")->required();
  c->add_option("--connections", load.connections)->check(CLI::Range(1, 1024));
  c->add_option("--seconds", load.seconds);
  c->add_option("--rate", load.rate, "events per second; 0 = as fast as possible");
  c->add_option("--people", load.bodies.people);
  c->add_option("--seed", load.bodies.seed);
  c->add_option("--first-id", load.first_id, "first message id");
  c->callback([&] {
    action = [&] {
      load.server = server;
      load.bodies.write_key = write_key;
      load.bodies.time_ms = wall_us() / 1000;
      return run_load(load);
    };
  });

  PingOptions ping;
  c = app.add_subcommand("ping", "single events, one for each person, at a steady pace");
  c->add_option("--port", server.port)->required();
  c->add_option("--key", write_key)->required();
  c->add_option("--people-file", ping.people_file)->required()->check(CLI::ExistingFile);
  c->add_option("--run", ping.run, "makes the message ids of this run its own")->required();
  c->add_option("--per-second", ping.per_second);
  c->callback([&] {
    action = [&] {
      ping.server = server;
      ping.write_key = write_key;
      return run_pings(ping);
    };
  });

  std::string disk_file;
  c = app.add_subcommand("disk", "p50 and p99 of 200 synced appends of 64 KiB");
  c->add_option("--file", disk_file)->required();
  c->callback([&] { action = [&] { return run_disk(disk_file); }; });

  CLI11_PARSE(app, argc, argv);
  return action();
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  return weir::bench::run(argc, argv);
}
