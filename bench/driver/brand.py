"""A server and a sandbox with the demo brand's definitions, on free ports and a fresh folder."""
import argparse
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import machine

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import demo  # noqa: E402  the demo's configuration and definitions are the bench's

TOKEN = "bench-token-of-a-throw-away-server"
SERVER_KEY = "demo-shop-backend"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Brand:
    def __init__(self, binaries: pathlib.Path, folder: pathlib.Path, people: int):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.folder, self.binaries = folder, binaries
        self.args = argparse.Namespace(dir=str(folder), port=free_port(), sandbox_port=free_port(), real_waits=True)
        self.url = f"http://127.0.0.1:{self.args.port}"
        self.sandbox_url = f"http://127.0.0.1:{self.args.sandbox_port}"
        (folder / "weir.yaml").write_text(demo.config(self.args, TOKEN))
        self.weir = self._spawn("weir", "serve", "--config", str(folder / "weir.yaml"))
        self.sandbox = self._spawn("weir-sandbox", "--listen", f"127.0.0.1:{self.args.sandbox_port}", "--weir", self.url,
                                   "--people", str(people), "--seed", "7", "--rate", "0", "--calm",
                                   "--write-key", "demo-mini-program", "--server-key", SERVER_KEY)

    def __enter__(self):
        self.wait(lambda: self._ready(self.url + "/readyz") and self._ready(self.sandbox_url + "/_sandbox/health"),
                  30, "server and sandbox to be ready")
        definitions = demo.definitions(self.args, self.folder / "definitions")
        subprocess.run([self.binaries / "weir", "apply", definitions, "--server", self.url, "--json"],
                       env=dict(os.environ, WEIR_TOKEN=TOKEN), check=True, stdout=subprocess.DEVNULL)
        return self

    def __exit__(self, *_):
        for child in (self.sandbox, self.weir):
            child.terminate()
        for child in (self.sandbox, self.weir):
            try:
                child.wait(timeout=60)
            except subprocess.TimeoutExpired:
                child.kill()
        for name in ("data", "definitions"):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def _spawn(self, program: str, *arguments: str) -> subprocess.Popen:
        out = open(self.folder / f"{program}.out", "wb")
        return subprocess.Popen([self.binaries / program, *arguments], stdout=out, stderr=subprocess.STDOUT)

    def _ready(self, url: str) -> bool:
        for child in (self.weir, self.sandbox):
            if child.poll() is not None:
                sys.exit(f"bench: {child.args[0]} ended; see {self.folder}")
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def wait(self, condition, seconds: float, what: str, step: float = 0.05) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {seconds:.0f} s for {what}; see {self.folder}")
            time.sleep(step)

    def metrics(self) -> dict[str, float]:
        with urllib.request.urlopen(self.url + "/metrics", timeout=30) as answer:
            lines = answer.read().decode().splitlines()
        return {k: float(v) for k, v in (line.rsplit(" ", 1) for line in lines if line and line[0] != "#")}

    def lag(self) -> int:
        m = self.metrics()
        return int(m["weir_log_end"] - m["weir_fold_cursor"])

    def put(self, path: str, body: dict) -> None:
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), method="PUT")
        request.add_header("authorization", "Bearer " + TOKEN)
        request.add_header("content-type", "application/json")
        urllib.request.urlopen(request, timeout=10).close()

    def sandbox_get(self, path: str) -> dict:
        with urllib.request.urlopen(self.sandbox_url + path, timeout=30) as answer:
            return json.load(answer)

    def act(self, person: int, do: str) -> None:
        request = urllib.request.Request(self.sandbox_url + "/_sandbox/act",
                                         json.dumps({"person": person, "do": do}).encode())
        urllib.request.urlopen(request, timeout=30).close()

    def load_command(self, *arguments: str) -> list[str]:
        return [str(self.binaries / "bench/load/weir_bench_ingest"), "load", "--port", str(self.args.port),
                "--key", SERVER_KEY, *arguments]


class Meter:
    """Processor time of server, sandbox, generator and everybody else between two calls."""

    def __init__(self, brand: Brand):
        self.brand = brand
        self.began = time.monotonic()
        self.threads = machine.cpu_of_threads(brand.weir.pid)
        self.sandbox = machine.cpu_of(brand.sandbox.pid)
        self.machine = machine.cpu_of_machine()

    def read(self, generator_seconds: float) -> dict:
        wall = time.monotonic() - self.began
        now = machine.cpu_of_threads(self.brand.weir.pid)
        threads = {name: round(value - self.threads.get(name, 0), 2) for name, value in now.items()}
        ours = sum(threads.values()) + machine.cpu_of(self.brand.sandbox.pid) - self.sandbox + generator_seconds
        busy, stolen = (a - b for a, b in zip(machine.cpu_of_machine(), self.machine))
        capacity = wall * len(os.sched_getaffinity(0))
        top = dict(sorted(((n, v) for n, v in threads.items() if v >= 0.05), key=lambda x: -x[1]))
        return {"wall_seconds": round(wall, 2), "server_cpu_seconds": round(sum(threads.values()), 2),
                "server_threads": top, "others_share": round(max(0.0, busy - ours) / capacity, 3),
                "stolen_share": round(stolen / capacity, 3)}
