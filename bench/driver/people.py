"""One brand's people at size: import, look-up, 10 tags and 200 segments live, previews, memory and restart; the same segments as
SQL on DuckDB and ClickHouse, counts compared."""
import json
import pathlib
import random
import shutil
import subprocess
import time

import machine
from audience import Audience, Rule, sql_of
from people_server import KEY, Client, Server, percentiles
from rivals import Rival, install

TRAITS = ("city province gender age_band level reg_channel reg_platform birth_month points balance_fen orders_before "
          "spent_before_fen home_store guide favourite price_band newsletter score household registered_on").split()
WHOLE = "level birth_month points balance_fen orders_before spent_before_fen newsletter score household".split()
PROFILES = {"as": "profiles", "time_zone": "UTC", "traits": {t: t for t in TRAITS}, "types": {t: "integer" for t in WHOLE},
            "columns": {w: w for w in ("user_id", "anonymous_id", "openid")}}
EVENTS = {"as": "events", "time_zone": "UTC", "columns": {"event": "event", "time": "ts", "user_id": "user_id"},
          "properties": {p: p for p in ("channel", "platform", "city", "store_id", "item_id", "amount_fen")},
          "types": {p: "integer" for p in ("store_id", "item_id", "amount_fen")}}


def run(context) -> dict:
    people = 150_000 if context.quick else 15_000_000 if context.large else 1_500_000
    people = context.people or people
    scratch = context.scratch / "people"
    shutil.rmtree(scratch, ignore_errors=True)
    (scratch / "csv").mkdir(parents=True)
    try:
        return Bench(context, scratch, people).run()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


class Bench:
    def __init__(self, context, scratch: pathlib.Path, people: int):
        self.context, self.scratch, self.people = context, scratch, people
        self.audience, self.dice = Audience(), random.Random(11)
        self.result: dict = {"people": people, "identities": 3 * people, "traits": len(TRAITS), "memory_mib": {}}

    def run(self) -> dict:
        r, began = self.result, machine.Others()
        each = 200 / 15 if self.context.large else 10
        midnight = int(time.time()) // 86400 * 86400
        self.say(f"people, {self.people}: writing files")
        out = subprocess.run([self.context.binaries / "bench/people/weir_bench_people", str(self.people), str(each), str(midnight),
                              self.scratch / "csv"], check=True, stdout=subprocess.PIPE, text=True)
        r["events"] = json.loads(out.stdout)["events"]
        self.server = Server(self.context.binaries, self.scratch)
        try:
            self.steps()
        finally:
            if self.server.child.poll() is None:
                self.server.stop()
            (self.context.results / "people.json").write_text(json.dumps(r, indent=1) + "\n")  # also of a run that failed
        r["others_share"] = began.share()
        return r

    def say(self, text: str) -> None:
        self.context.say(text)

    def remember(self, what: str) -> None:
        self.result["memory_mib"][what] = self.server.memory_mib()

    def steps(self) -> None:
        r = self.result
        self.remember("idle")
        r["import_profiles"] = self.imported("profiles", PROFILES)
        self.remember("profiles")
        r["import_events"] = self.imported("events", EVENTS)
        self.remember("events")
        self.client = Client(self.server)
        r["lookup"] = self.lookups()
        r["preview_first"] = {"general": self.previews(False, 20), "algebra": self.previews(True, 20)}
        self.say("people, tags and segments")
        r["define_tags"] = self.define("tags", {code: tag for code, tag in self.audience.tags.items()})
        self.remember("tags")
        r["define_segments"] = self.define("segments", {
            code: {"name": code, "def": rule.definition} for code, rule in self.audience.segments.items()})
        self.remember("segments")
        r["preview"] = {"general": self.previews(False, 40), "algebra": self.previews(True, 40)}
        counts, now = self.counts()
        r["rivals"] = self.rivals(counts, now)
        r["restart"] = self.restart()
        self.remember("restarted")
        self.client = Client(self.server)
        r["membership"] = self.membership()
        self.slope()

    def imported(self, feed: str, mapping: dict) -> dict:
        self.say(f"people, import of {feed}")
        (self.scratch / "map.json").write_text(json.dumps(mapping))
        began, cpu = time.monotonic(), self.folds_cpu()
        done = self.server.run("import", str(self.scratch / f"csv/{feed}.csv"), "--as", feed, "--mapping", str(self.scratch / "map.json"))
        self.server.settle(0.5)
        seconds = time.monotonic() - began - 0.5
        return {"rows": done["rows"], "accepted": done["accepted"], "seconds": seconds, "rows_per_second": done["rows"] / seconds,
                "folds_cpu_seconds": self.folds_cpu() - cpu}

    def lookups(self) -> dict:
        """Through HTTP: the page's list by an identity's value."""
        times = []
        for _ in range(2000):
            n = self.dice.randrange(self.people)
            value = self.dice.choice([f"member-{n:08}", f"o6_bmjrPTlm6_2sgVt7hMZOP{n:08}", f"oBench{n:022}"])
            began = time.monotonic()
            found = self.client.ask("GET", f"/api/profiles?query={value}")
            times.append(time.monotonic() - began)
            if found["total"] != 1:
                raise SystemExit(f"bench: {value} is {found['total']} persons")
        return percentiles(times)

    def previews(self, algebra: bool, count: int) -> dict:
        self.say(f"people, {count} previews, {'algebra' if algebra else 'general'}")
        times = []
        for rule in self.audience.edited(algebra, count, "define_tags" in self.result):
            began = time.monotonic()
            self.preview(rule)
            times.append(time.monotonic() - began)
        return percentiles(times)

    def preview(self, rule: Rule) -> dict:
        return self.client.ask("POST", "/api/segments/preview", {"def": rule.definition})

    def folds_cpu(self) -> float:
        """Seconds of the folds' thread: what others do to the machine is not in them."""
        return machine.cpu_of_threads(self.server.child.pid).get("folds", 0)

    def define(self, kind: str, bodies: dict[str, dict]) -> dict:
        began, cpu = time.monotonic(), self.folds_cpu()
        for code, body in bodies.items():
            self.client.ask("PUT", f"/api/{kind}/{code}", body)
        self.server.settle()
        return {"seconds": time.monotonic() - began - 1, "folds_cpu_seconds": self.folds_cpu() - cpu}

    def counts(self) -> tuple[dict[str, int], int]:
        """Members of each segment; the preview must say the same."""
        live = {s["id"]: s["count"] for s in self.client.ask("GET", "/api/segments")["segments"]}
        now, differ, times = 0, [], []
        for code, rule in self.audience.segments.items():
            began = time.monotonic()
            answer = self.preview(rule)
            times.append(time.monotonic() - began)
            now = answer["as_of"] // 1000
            if answer["count"] != live[code]:
                differ.append(f"{code}: {live[code]} live, {answer['count']} in one pass")
        self.result["live_is_preview"] = differ or "same"
        self.result["all_previews_seconds"] = sum(times)
        return live, now

    def rivals(self, counts: dict[str, int], now: int) -> dict:
        out = self.scratch / "out"
        out.mkdir()
        answers = {}
        for name, library in install(self.context.rivals, self.say).items():
            self.say(f"people, {name}")
            users, events = ("users", "ev") if name == "duckdb" else ("b.users", "b.ev")
            file = self.scratch / f"{name}.sql"
            file.write_text("".join(f"-- name: {code}\n{sql_of(rule, now, users, events)}\n"
                                    for code, rule in self.audience.segments.items()))
            try:
                rival = Rival(name, library, str(self.context.binaries / "bench/rivals/weir_bench_sql"), self.scratch, out)
                rival.load_people(self.scratch / "csv")
                times = rival.ask_file(file, list(counts), 1, 2)
            except subprocess.SubprocessError as error:
                self.say(f"{name} FAILED, its columns stay empty: {error}")
                continue
            said = {code: int((out / f"{name}.{code}.csv").read_text().strip() or -1) for code in times}
            answers[name] = {"warm_seconds": sum(t["median_ms"] for t in times.values()) / 1000, "answered": len(times),
                             "differ": [f"{c}: {counts[c]} in Weir, {said[c]}" for c in said if said[c] != counts[c]]}
            shutil.rmtree(rival.database, ignore_errors=True)
        return answers

    def restart(self) -> dict:
        self.say("people, restart")
        self.server.stop()
        ready = self.server.start()
        stop = self.server.stop()
        ready = min(ready, self.server.start())
        self.server.stop(kill=True)
        return {"ready_seconds": ready, "stop_seconds": stop, "killed_ready_seconds": self.server.start()}

    def membership(self) -> dict:
        """From an event's acknowledgement to the segment's count that has the person."""
        probe = {"name": "probe", "def": {"done": {"event": "bench_probe", "window": {"last": 7, "unit": "day"}}}}
        self.define("segments", {"probe": probe})
        times, began_at = [], time.time_ns()
        for n in range(300):
            self.client.ask("POST", "/v1/track", {"event": "bench_probe", "userId": f"member-{n * 7:08}",
                                                  "messageId": f"probe-{began_at}-{n}"}, key=KEY)
            began = time.monotonic()
            while self.client.ask("GET", "/api/segments/probe")["count"] <= n:
                pass
            times.append(time.monotonic() - began)
        self.client.ask("DELETE", "/api/segments/probe")
        return percentiles(times)

    def slope(self) -> None:
        """Ingest with all segments on, then with fewer of them: what one more costs an event."""
        rows: list[dict] = []
        self.result["ingest"] = rows  # also of a run that is stopped
        names = list(self.audience.segments)
        for keep in (200, 100, 50, 0):
            for code in reversed(names[keep:]):
                self.client.ask("DELETE", f"/api/segments/{code}")
            names = names[:keep]
            self.server.settle()
            rows.append({"segments": keep, **self.ingest(1 + len(rows) * 100_000_000)})

    def ingest(self, first_id: int) -> dict:
        self.say("people, ingest")
        before, began, cpu = self.server.metrics(), time.monotonic(), self.folds_cpu()
        done = subprocess.run([self.context.load_program, "load", "--port", str(self.server.port), "--key", KEY, "--connections", "16",
                               "--seconds", "3" if self.context.quick else "10", "--people", str(self.people), "--first-id", str(first_id)],
                              stdout=subprocess.PIPE, text=True)
        load = json.loads(done.stdout)
        while (after := self.server.metrics())["weir_log_end"] - after["weir_fold_cursor"] > 100:
            time.sleep(0.05)
        seconds = time.monotonic() - began
        return {"events": load["events"], "acknowledged_per_second": load["events_per_second"], "ack_p99_ms": load["ack_p99_ms"],
                "folded_per_second": load["events"] / seconds,
                "folds_cpu_us_an_event": 1e6 * (self.folds_cpu() - cpu) / load["events"],
                "facts_an_event": (after["weir_facts_total"] - before.get("weir_facts_total", 0)) / load["events"]}
