"""Batches of 100 over HTTP: acknowledged (durable) events a second, and how fast they are folded."""
import json
import subprocess
import sys
import time

import machine
from brand import Brand, Meter


def run(context) -> list[dict]:
    seconds = 2 if context.quick else 10
    return [measure(context, connections, seconds) for connections in (16, 64)]


def measure(context, connections: int, seconds: int) -> dict:
    context.say(f"ingest, {connections} connections, {seconds} s")
    disk = machine.disk(context.load_program, context.scratch)
    with Brand(context.binaries, context.scratch / "ingest", people=10) as brand:
        before = brand.metrics()
        idle_mib = machine.memory_mib(brand.weir.pid)
        meter = Meter(brand)
        began = time.monotonic()
        done = subprocess.run(brand.load_command("--connections", str(connections), "--seconds", str(seconds)),
                              stdout=subprocess.PIPE, text=True)
        load = json.loads(done.stdout)
        if done.returncode != 0:
            sys.exit(f"bench: the load generator met a failure: {load}")
        lag = brand.lag()
        load_usage = meter.read(load["generator_cpu_seconds"])
        meter = Meter(brand)
        drain_began = time.monotonic()
        brand.wait(lambda: brand.lag() == 0, 600, "the folds to catch up")
        ended = time.monotonic()
        after = brand.metrics()
        result = {**load, "disk": disk, "rss_idle_mib": idle_mib,
                  "rss_peak_mib": machine.memory_mib(brand.weir.pid, "VmHWM"),
                  "log_bytes_per_event": (after["weir_log_bytes"] - before["weir_log_bytes"]) / load["events"],
                  "lag_at_end": lag, "drain_seconds": ended - drain_began,
                  "drain_per_second": lag / (ended - drain_began) if lag else None,
                  "folded_per_second": load["events"] / (ended - began),
                  "load_usage": load_usage, "drain_usage": meter.read(0)}
        check(load, before, after)
        return result


def check(load: dict, before: dict, after: dict) -> None:
    """What was acknowledged is what was logged and folded, each event once."""
    logged = after["weir_log_end"] - before["weir_log_end"]
    # Ticks and the service's own records are in the log too, events that were acknowledged all are.
    if logged < load["events"]:
        sys.exit(f"bench: {load['events']} events were acknowledged, the log has {logged:.0f}")
    if after.get("weir_duplicates_total", 0) > before.get("weir_duplicates_total", 0):
        sys.exit("bench: the generator sent a message id twice; its figures would be of dropped events")
