"""`weir import` of generated events into a fresh server, in chunks and row by row: from the start of the
command until a question sees the last row."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import urllib.request

import machine
from brand import free_port

MAPPING = """as: events
time_zone: UTC
columns: {event: event, time: ts, user_id: user_id}
properties: {channel: channel, platform: platform, city: city, campaign_id: campaign_id,
             store_id: store_id, item_id: item_id, amount: amount}
"""
ROW_BY_ROW_SHARE = 20  # of the people: row by row, all of them take minutes


def run(context) -> list[dict]:
    users = 50_000 if context.quick else 500_000
    scratch = context.scratch / "import"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    (scratch / "map.yaml").write_text(MAPPING)
    try:
        return [measure(context, scratch, users, "chunks"),
                measure(context, scratch, users // ROW_BY_ROW_SHARE, "row by row")]
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def measure(context, scratch: pathlib.Path, users: int, way: str) -> dict:
    context.say(f"import, {way}, events of {users} people")
    csv, data = scratch / "csv", scratch / "data"
    for folder in (csv, data):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    engine = str(context.binaries / "bench/engine/weir_bench_engine")
    subprocess.run([engine, "--users", str(users), "--csv", str(csv)], check=True, stdout=subprocess.DEVNULL)
    disk = machine.disk(context.load_program, scratch)
    with Server(context.binaries / "weir", data, scratch) as server:
        idle = machine.memory_mib(server.pid)
        others, began = machine.Others(), time.monotonic()
        command = [str(context.binaries / "weir"), "import", str(csv / "events.csv"), "--as", "events",
                   "--mapping", str(scratch / "map.yaml"), "--server", server.url, "--json"]
        client = subprocess.Popen(command + (["--row-by-row"] if way != "chunks" else []),
                                  stdout=subprocess.PIPE, text=True)
        out = client.stdout.read()
        _, status, usage = os.wait4(client.pid, 0)
        if status != 0:
            sys.exit(f"bench: weir import failed: {out}")
        done = json.loads(out)
        while server.events() < done["accepted"]:
            time.sleep(0.02)
        seconds = time.monotonic() - began
        shares = others.share()
        threads = machine.cpu_of_threads(server.pid)
        metrics = server.metrics()
        return {"way": way, "rows": done["rows"], "accepted": done["accepted"], "seconds": seconds,
                "rows_per_second": done["rows"] / seconds, "csv_bytes": (csv / "events.csv").stat().st_size,
                "client_cpu_seconds": usage.ru_utime + usage.ru_stime, "client_rss_mib": usage.ru_maxrss / 1024,
                "server_cpu_seconds": sum(threads.values()),
                "server_threads": dict(sorted(((n, round(v, 2)) for n, v in threads.items() if v >= 0.05),
                                              key=lambda item: -item[1])),
                "server_rss_idle_mib": idle, "server_rss_mib": machine.memory_mib(server.pid, "VmHWM"),
                "log_bytes_per_row": metrics["weir_log_bytes"] / done["rows"],
                "store_bytes_per_row": size_of(data / "behaviour") / done["rows"],
                "state_bytes_per_row": size_of(data / "state") / done["rows"],
                "others_share": shares, "disk": disk}


def size_of(folder: pathlib.Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


class Server:
    """A fresh server without any definition."""

    def __init__(self, weir: pathlib.Path, data: pathlib.Path, scratch: pathlib.Path):
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        log = open(scratch / "weir.out", "wb")
        self.child = subprocess.Popen([weir, "serve", "--dev", "--data", data, "--listen", f"127.0.0.1:{port}"],
                                      stdout=log, stderr=subprocess.STDOUT)
        self.pid = self.child.pid

    def __enter__(self):
        while not self._ready():
            if self.child.poll() is not None:
                sys.exit("bench: weir serve ended")
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self.child.terminate()
        self.child.wait(timeout=120)

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + "/readyz", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def metrics(self) -> dict[str, float]:
        with urllib.request.urlopen(self.url + "/metrics", timeout=60) as answer:
            lines = answer.read().decode().splitlines()
        return {k: float(v) for k, v in (line.rsplit(" ", 1) for line in lines if line and line[0] != "#")}

    def events(self) -> float:
        """Rows that a question of now sees."""
        query = {"kind": "trends", "range": {"from": "2025-12-01", "to": "2026-12-31"}, "interval": "month", "tz": "UTC",
                 "series": [{"name": "A", "event": "$any_active", "measure": "total"}]}
        request = urllib.request.Request(self.url + "/api/query", json.dumps(query).encode(),
                                         {"authorization": "Bearer dev", "content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=600) as answer:
            return json.load(answer)["series"][0]["total"]
