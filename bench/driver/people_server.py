"""A server with a folder of its own that may be stopped and started again, and what the people bench asks of it."""
import http.client
import json
import pathlib
import subprocess
import sys
import time
import urllib.request

import machine
from brand import TOKEN, free_port

KEY = "people-bench-backend"


class Server:
    def __init__(self, binaries: pathlib.Path, folder: pathlib.Path):
        self.weir, self.folder, self.port = binaries / "weir", folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (folder / "weir.yaml").write_text(f"""data_dir: {folder}/data
listen: 127.0.0.1:{self.port}
time_zone: UTC
log: {{level: info, file: "{folder}/weir.log"}}
storage: {{checkpoint_seconds: 10}}
queries: {{memory_max_mib: 4096}}
sources: [{{name: shop, write_key: {KEY}, trust: server}}]
tokens: [{{name: bench, token: "{TOKEN}"}}]
""")
        self.child: subprocess.Popen | None = None
        self.start()

    def start(self) -> float:
        """Seconds until it is ready: what was acknowledged is folded."""
        began = time.monotonic()
        with open(self.folder / "weir.out", "ab") as out:
            self.child = subprocess.Popen([self.weir, "serve", "--config", self.folder / "weir.yaml"], stdout=out, stderr=out)
        while not self._ready():
            if self.child.poll() is not None:
                sys.exit(f"bench: weir serve ended; see {self.folder}/weir.out")
            time.sleep(0.02)
        return time.monotonic() - began

    def stop(self, kill: bool = False) -> float:
        began = time.monotonic()
        self.child.kill() if kill else self.child.terminate()
        self.child.wait(timeout=600)
        return time.monotonic() - began

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + "/readyz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def metrics(self) -> dict[str, float]:
        with urllib.request.urlopen(self.url + "/metrics", timeout=600) as answer:
            lines = answer.read().decode().splitlines()
        return {k: float(v) for k, v in (line.rsplit(" ", 1) for line in lines if line and line[0] != "#")}

    def settle(self, quiet: float = 1.0) -> float:
        """Waits until the folds have caught up and no timer has fired for a while; seconds until then."""
        began = last = time.monotonic()
        seen = None
        while time.monotonic() - last < quiet:
            m = self.metrics()
            now = (m["weir_log_end"] - m["weir_fold_cursor"], m.get("weir_timers_fired_total", 0))
            if now != seen or now[0] > 10:
                seen, last = now, time.monotonic()
            time.sleep(0.1)
        return last - began

    def memory_mib(self) -> float:
        """Anonymous pages: mapped files are the disk's cache."""
        return machine.memory_mib(self.child.pid, "RssAnon")

    def run(self, *arguments: str) -> dict:
        out = subprocess.run([self.weir, *arguments, "--server", self.url, "--token", TOKEN, "--json"], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
        if out.returncode != 0:
            sys.exit(f"bench: weir {' '.join(map(str, arguments))} failed: {out.stdout[-2000:]} {out.stderr[-500:]}")
        return json.loads(out.stdout)


class Client:
    """One connection that is kept; opened anew when the server closed it for its idleness."""

    def __init__(self, server: Server):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
        self.used = time.monotonic()

    def ask(self, method: str, path: str, body: dict | None = None, key: str | None = None) -> dict:
        headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
        text = None if body is None else json.dumps(body | ({"writeKey": key} if key else {}))
        if time.monotonic() - self.used > 5:
            self.connection.close()
        self.connection.request(method, path, text, headers if key is None else {"content-type": "application/json"})
        answer = self.connection.getresponse()
        data = answer.read()
        self.used = time.monotonic()
        if answer.status >= 300:
            sys.exit(f"bench: {method} {path}: {answer.status} {data[:500]!r}")
        return json.loads(data)


def percentiles(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    at = lambda q: ordered[min(len(ordered) - 1, int(q * len(ordered)))] * 1000
    return {"n": len(ordered), "p50_ms": at(0.5), "p95_ms": at(0.95), "p99_ms": at(0.99), "max_ms": at(1)}
