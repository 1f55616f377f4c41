"""From the write of an event to its template message at the vendor, one person after another."""
import json
import subprocess
import sys
import time

import machine
from brand import SERVER_KEY, Brand

JOURNEY = {
    "schema": "weir.journey/1", "id": "bench_ping", "version": 1, "name": "bench", "subject": "person",
    "trigger": {"type": "event", "event": "bench_ping", "max_age": "PT24H"},
    "entry": {"limit": {"mode": "unlimited"}, "concurrency": 1, "purpose": "service"},
    "holdout": {"global": False, "control_pct": 0, "salt": "bench_ping"},
    "policy": {"category": "service", "priority": 60, "caps": False},
    "start": "ping",
    "nodes": {"ping": {"type": "send", "message": "msg_ping", "transactional": True,
                       "chain": [{"channel": "mp_template", "template": "tm_ping"}],
                       "on": {"sent": "end", "failed": "end", "suppressed": "end"}},
              "end": {"type": "exit", "reason": "end"}}}
TEMPLATE = {"channel": "mp_template", "scope": "wxdemo0000000001", "vendor_template": "TM_PING",
            "fields": {"first": "ping"}}
PER_SECOND = 50


def run(context) -> list[dict]:
    count = 100 if context.quick else 500
    background = (0, 10_000, 50_000)
    context.say(f"latency, {count} events at {PER_SECOND} a second, beside {background} events a second")
    with Brand(context.binaries, context.scratch / "latency", people=count * len(background)) as brand:
        brand.put("/api/templates/tm_ping", TEMPLATE)
        brand.put("/api/journeys/bench_ping", JOURNEY)
        people = prepare(brand, count * len(background))
        return [measure(context, brand, people[i * count:(i + 1) * count], rate)
                for i, rate in enumerate(background)]


def prepare(brand: Brand, count: int) -> list[dict]:
    """Everybody follows the service account and has logged in to the mini program."""
    for person in range(count):
        brand.act(person, "follow")
        brand.act(person, "login")
    calm = {"calls": -1, "since": time.monotonic()}

    def settled() -> bool:  # what following sets off (user info, links) has come back and is folded
        calls = brand.sandbox_get("/_sandbox/health")["vendor_calls"] + brand.metrics()["weir_log_end"]
        if calls != calm["calls"] or brand.lag() > 0:
            calm.update(calls=calls, since=time.monotonic())
        return time.monotonic() - calm["since"] > 1.5
    brand.wait(settled, 120, "people to be linked", step=0.2)
    people = []
    while len(people) < count:
        people += brand.sandbox_get(f"/_sandbox/people?offset={len(people)}&limit=1000")["people"]
    return people[:count]


def measure(context, brand: Brand, people: list[dict], rate: int) -> dict:
    disk = machine.disk(context.load_program, context.scratch)
    already = sent_in_all(brand)
    load = None
    if rate > 0:
        seconds = len(people) / PER_SECOND + 4
        load = subprocess.Popen(
            brand.load_command("--connections", "8", "--seconds", str(seconds), "--rate", str(rate),
                               "--first-id", str(rate * 100_000), "--seed", str(rate)),
            stdout=subprocess.PIPE, text=True)
        time.sleep(3)  # the generator prepares its requests, then runs a while
    pings = send(context, brand, people, rate)
    lag = brand.lag()
    result = {"background_per_second": rate, "events": len(people), "disk": disk, "lag_after_last_event": lag}
    if load is not None:
        told = json.loads(load.communicate()[0])
        if load.returncode != 0:
            sys.exit(f"bench: the load generator met a failure: {told}")
        result.update(background_reached=told["events_per_second"], background_429=told["refused_429"])
    brand.wait(lambda: sent_in_all(brand) - already >= len(people), 300, "all template messages", step=0.2)
    result.update(join(brand, people, pings))
    brand.wait(lambda: brand.lag() == 0, 300, "the folds to catch up")
    return result


def send(context, brand: Brand, people: list[dict], rate: int) -> dict[str, list[int]]:
    listing = context.scratch / "people.txt"
    listing.write_text("".join(person["member_id"] + "\n" for person in people))
    out = subprocess.run([context.load_program, "ping", "--port", str(brand.args.port), "--key", SERVER_KEY,
                          "--people-file", str(listing), "--per-second", str(PER_SECOND),
                          "--run", f"ping-{rate}"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return {who: [int(x) for x in rest] for who, *rest in (line.split() for line in out.splitlines())}


def sent_in_all(brand: Brand) -> int:
    return brand.sandbox_get("/_sandbox/ledger?limit=0")["totals"].get("mp_template", 0)


def join(brand: Brand, people: list[dict], pings: dict[str, list[int]]) -> dict:
    sends = brand.sandbox_get("/_sandbox/ledger?channel=mp_template")["sends"]
    accepted = {send["recipient"]: send for send in sends}
    # The ledger cuts its instants to whole milliseconds: half of one is lost on average.
    times = sorted(accepted[p["openid"]]["first_at"] + 0.5 - pings[p["member_id"]][0] / 1000 for p in people)
    acks = sorted(ping[1] / 1000 for ping in pings.values())
    return {"p50_ms": quantile(times, 0.5), "p99_ms": quantile(times, 0.99), "max_ms": times[-1],
            "ack_p50_ms": quantile(acks, 0.5), "ack_p99_ms": quantile(acks, 0.99),
            "sent_again": sum(ping[2] for ping in pings.values()),
            "duplicates": sum(send["count"] - 1 for send in sends)}


def quantile(ordered: list[float], q: float) -> float:
    return ordered[int(q * (len(ordered) - 1))]
