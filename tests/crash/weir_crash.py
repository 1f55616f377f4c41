#!/usr/bin/env python3
"""Kills the real server at random moments under load and counts what became of it (RELIABILITY P1, P7).

weir_crash.py --bin build/dev [--cycles 50] [--seed 1] [--seconds 3] [--clients 4] [--people 200]
              [--rate 40] [--dir DIR] [--no-sandbox] [--json]

Clients in this process send batches and write down, before and after, what they sent and what was
acknowledged: the oracle. A batch without an answer is sent again with the same message ids until it is
acknowledged, as an SDK does. Simulated people of weir-sandbox go shopping meanwhile, so that journeys
send messages. `weir serve` is killed with SIGKILL after 0 to --seconds seconds of uptime, --cycles
times, and started again on the same data directory. At the end:
  - every acknowledged event is in the behaviour store exactly once (total, distinct ids and the sum
    of a number that only this event carries, per client): after the last kill, after a clean restart,
    and after state and behaviour store were thrown away and rebuilt from the log;
  - the sandbox's ledger holds no effect twice;
  - `weir verify` finds no damage.
Exit status 0 when all of that holds, 1 when not, 2 when the run itself failed.
"""
import argparse
import base64
import http.client
import json
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
READY_SECONDS = 60
SETTLE_SECONDS = 120
STUCK_SECONDS = 15  # no progress for so long means that nothing more will come


class RunFailed(Exception):
    """The test could not be carried out; says nothing about the promises."""


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def call(port: int, method: str, path: str, body=None, headers=None, timeout=10):
    """Status and parsed body. OSError and HTTPException mean that there was no whole answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        data = None if body is None else json.dumps(body).encode()
        connection.request(method, path, data, {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    try:
        return answer.status, json.loads(text)
    except ValueError:
        return answer.status, None


class Server:
    """`weir serve`, killed and started again on one data directory and one port."""

    def __init__(self, args, work: pathlib.Path, sandbox_port: int):
        self.binary, self.work = args.bin + "/weir", work
        self.port, self.starts, self.ready_ms = free_port(), 0, []
        self.process = None
        self.config = work / "weir.yaml"
        self.config.write_text(config(sandbox_port))

    def start(self):
        self.starts += 1
        began = time.monotonic()
        with open(self.work / f"weir.{self.starts}.log", "wb") as out:
            self.process = subprocess.Popen(
                [self.binary, "serve", "--dev", "--config", str(self.config), "--data", str(self.work / "data"),
                 "--listen", f"127.0.0.1:{self.port}"], stdout=out, stderr=subprocess.STDOUT)
        while time.monotonic() - began < READY_SECONDS:
            if self.process.poll() is not None:
                raise RunFailed(f"weir ended with {self.process.returncode} at start {self.starts}: {self.log_tail()}")
            try:
                if call(self.port, "GET", "/readyz", timeout=2)[0] == 200:
                    self.ready_ms.append(round((time.monotonic() - began) * 1000))
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.02)
        raise RunFailed(f"weir was not ready within {READY_SECONDS} s at start {self.starts}: {self.log_tail()}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RunFailed("weir did not stop within 60 s of SIGTERM") from None

    def log_tail(self) -> str:
        return (self.work / f"weir.{self.starts}.log").read_text(errors="replace")[-1500:]

    def query(self, question):
        status, answer = call(self.port, "POST", "/api/query", question, {"Authorization": "Bearer dev"}, 60)
        if status != 200:
            raise RunFailed(f"query answered {status}: {answer}")
        return answer


def config(sandbox_port: int) -> str:
    text = "storage: {checkpoint_seconds: 1, log_file_mib: 1}\nlog: {level: info}\n"
    if not sandbox_port:
        return text
    sandbox = f"http://127.0.0.1:{sandbox_port}"  # the accounts are the sandbox's own defaults
    return text + f"""connectors:
  - {{id: "wechat:main", name: sandbox, base_url: "{sandbox}/wechat", account: wxdemo0000000001,
     secret: sandbox-app-secret, callback_token: sandboxwechat,
     callback_key: abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG, callback_mode: secure}}
  - {{id: "wecom:main", name: sandbox, base_url: "{sandbox}/wecom", account: wwdemo0000000001,
     secret: sandbox-corp-secret, agent_id: 1000002, callback_token: sandboxwecom,
     callback_key: GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba, task_poll_seconds: 2}}
  - {{id: "sms:main", name: sandbox, base_url: "{sandbox}/sms", account: sandbox-key-id,
     secret: sandbox-key-secret, callback_secret: sandbox-callback-secret, sign_name: 青禾集合}}
"""


def definitions(target: pathlib.Path) -> pathlib.Path:
    """The demo brand with waits of seconds and without quiet hours, so that a short run sends a lot."""
    shutil.copytree(ROOT / "examples/demo", target)
    journey = json.loads((ROOT / "examples/journeys/cart_abandon.json").read_text())
    journey["nodes"]["w30m"]["for"] = "PT2S"
    journey["nodes"]["w3d"]["for"] = "PT4S"
    journey["entry"]["limit"]["period"] = "PT5S"
    # Left out they would be those of everybody, 22:00 to 08:00, and a run at night would send nothing.
    journey["policy"]["quiet_hours"].update(start="00:00", end="00:00")
    journey["policy"]["caps"] = False
    journey["holdout"]["control_pct"] = 0
    (target / "journeys").mkdir(exist_ok=True)
    (target / "journeys/cart_abandon.json").write_text(json.dumps(journey, ensure_ascii=False))
    return target


class Client(threading.Thread):
    """Sends batches one after the other, each until it is acknowledged, and keeps the oracle."""

    AUTH = {"Authorization": "Basic " + base64.b64encode(b"dev:").decode()}

    def __init__(self, number: int, port: int, seed: int, oracle, stop: threading.Event):
        super().__init__(daemon=True)
        self.number, self.port, self.oracle, self.stop = number, port, oracle, stop
        self.random = random.Random(f"{seed}/{number}")
        self.acked, self.sum, self.resent, self.refused = 0, 0, 0, []

    def run(self):
        while not self.stop.is_set():
            self.send(self.batch())
            if self.random.random() < 0.2:
                time.sleep(self.random.random() * 0.02)

    def batch(self):
        events = []
        for _ in range(self.random.randint(1, 40)):
            number = self.random.getrandbits(24)  # sums stay exact in a double
            message_id = f"{self.number}-{number:06x}-{self.acked + len(events)}"
            events.append({"type": "track", "event": f"crash_{self.number}", "messageId": message_id,
                           "userId": f"crash-user-{self.random.randint(0, 199)}",
                           "properties": {"n": number, "mid": message_id}})
        return events

    def send(self, events):
        ids = [e["messageId"] for e in events]
        self.oracle.write(json.dumps({"sent": ids}) + "\n")
        attempts = 0
        while True:
            attempts += 1
            try:
                status, answer = call(self.port, "POST", "/v1/batch", {"batch": events}, self.AUTH)
            except (OSError, http.client.HTTPException):
                status, answer = 0, None  # unknown outcome: it may be there or not
            if status == 200:
                break
            if 400 <= status < 500 and status != 429:
                self.refused.append(f"{status}: {answer}")
                return
            time.sleep(0.02 + self.random.random() * 0.05)
        self.resent += attempts - 1
        self.acked += len(events)
        self.sum += sum(e["properties"]["n"] for e in events)
        self.oracle.write(json.dumps({"acked": ids}) + "\n")
        self.oracle.flush()


def stored(server: Server, client: Client) -> tuple[int, int, int]:
    """Events, distinct message ids and the sum of the numbers that one client's events have in the store."""
    event = f"crash_{client.number}"
    today = time.time()
    day = lambda t: time.strftime("%Y-%m-%d", time.gmtime(t))
    answer = server.query({
        "kind": "trends", "range": {"from": day(today - 2 * 86400), "to": day(today + 2 * 86400)},
        "interval": "day", "series": [
            {"name": "A", "event": event, "measure": "total"},
            {"name": "B", "event": event, "measure": {"agg": "distinct", "prop": "event.mid"}},
            {"name": "C", "event": event, "measure": {"agg": "sum", "prop": "event.n"}}]})
    totals = {row["name"]: row.get("total") or 0 for row in answer["series"]}
    return int(totals.get("A", 0)), int(totals.get("B", 0)), int(totals.get("C", 0))


def check_events(server: Server, clients, when: str) -> list[str]:
    """Waits until the folds caught up, then compares the store with the oracle."""
    findings = []
    moved = time.monotonic()
    for client in clients:
        expected = (client.acked, client.acked, client.sum)
        found = stored(server, client)
        while found[0] < client.acked and time.monotonic() - moved < STUCK_SECONDS:
            time.sleep(0.2)
            before, found = found, stored(server, client)
            if found != before:
                moved = time.monotonic()
        if found != expected:
            findings.append(f"{when}: client {client.number} has (events, ids, sum) {found} in the store, "
                            f"acknowledged were {expected}")
    return findings


def check_effects(sandbox_port: int) -> tuple[int, list[str]]:
    ledger = call(sandbox_port, "GET", "/_sandbox/ledger", timeout=30)[1]
    doubles = [s["effect_id"] for s in ledger["sends"] if s["count"] > 1]
    findings = []
    if ledger["duplicates"] or doubles:
        findings.append(f"the sandbox saw {ledger['duplicates']} duplicate effects, e.g. {doubles[:5]}")
    return sum(ledger["totals"].values()), findings


def check_files(server: Server) -> list[str]:
    done = subprocess.run([server.binary, "verify", "--data", str(server.work / "data"), "--json"],
                          capture_output=True, text=True, timeout=300)
    return [] if done.returncode == 0 else [f"weir verify: {done.stdout.strip() or done.stderr.strip()}"]


def start_sandbox(args, work: pathlib.Path, port: int, server: Server) -> subprocess.Popen:
    out = open(work / "sandbox.log", "wb")
    return subprocess.Popen(
        [args.bin + "/weir-sandbox", "--listen", f"127.0.0.1:{port}", "--weir", f"http://127.0.0.1:{server.port}",
         "--people", str(args.people), "--seed", str(args.seed), "--calm", "--rate", str(args.rate),
         "--write-key", "dev", "--server-key", "dev"], stdout=out, stderr=subprocess.STDOUT)


def settle_sandbox(port: int):
    """Stops the people and lets what they caused arrive."""
    call(port, "POST", "/_sandbox/faults", {"rate": 0})
    last, same_since = -1, time.monotonic()
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline and time.monotonic() - same_since < 8:
        total = sum(call(port, "GET", "/_sandbox/ledger?limit=1", timeout=30)[1]["totals"].values())
        if total != last:
            last, same_since = total, time.monotonic()
        time.sleep(0.5)


def run(args, work: pathlib.Path, children: list) -> dict:
    rng = random.Random(args.seed)
    sandbox_port = 0 if args.no_sandbox else free_port()
    server = Server(args, work, sandbox_port)
    server.start()
    children.append(lambda: server.process.poll() is None and server.kill())
    if sandbox_port:
        sandbox = start_sandbox(args, work, sandbox_port, server)
        children.append(lambda: sandbox.poll() is None and sandbox.kill())
        applied = subprocess.run([server.binary, "apply", str(definitions(work / "definitions")), "--server",
                                  f"http://127.0.0.1:{server.port}", "--token", "dev"], capture_output=True, text=True)
        if applied.returncode != 0:
            raise RunFailed("weir apply: " + applied.stdout[-800:] + applied.stderr[-800:])
    stop = threading.Event()
    with open(work / "oracle.jsonl", "w", encoding="utf-8") as oracle:
        clients = [Client(i, server.port, args.seed, oracle, stop) for i in range(args.clients)]
        for client in clients:
            client.start()
        for _ in range(args.cycles):
            time.sleep(rng.random() * args.seconds)
            server.kill()
            server.start()
        time.sleep(args.seconds)
        stop.set()
        for client in clients:
            client.join()
        findings = [f"client {c.number} was refused: {r}" for c in clients for r in c.refused[:3]]
        if sandbox_port:
            settle_sandbox(sandbox_port)
        findings += check_events(server, clients, "after the last kill")
        if server.stop() != 0:
            findings.append("weir stopped with an error: " + server.log_tail())
        findings += check_files(server)
        server.start()
        findings += check_events(server, clients, "after a clean restart")
        server.stop()
        # The log alone is the truth: everything else is rebuilt from it, and nothing is sent again.
        shutil.rmtree(work / "data/state")
        shutil.rmtree(work / "data/behaviour")
        server.start()
        findings += check_events(server, clients, "rebuilt from the log")
        effects = 0
        if sandbox_port:
            effects, double = check_effects(sandbox_port)
            findings += double
            if effects == 0:
                findings.append("no message was sent: the run says nothing about effects")
        server.stop()
    ready = sorted(server.ready_ms[1:args.cycles + 1])
    return {"ok": not findings, "findings": findings, "cycles": args.cycles, "seed": args.seed,
            "acknowledged": sum(c.acked for c in clients), "batches_resent": sum(c.resent for c in clients),
            "effects": effects, "ready_ms_p50": ready[len(ready) // 2], "ready_ms_max": ready[-1]}


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--bin", default=str(ROOT / "build/dev"), help="directory of weir and weir-sandbox")
    p.add_argument("--cycles", type=int, default=50)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--seconds", type=float, default=3, help="longest uptime between two kills")
    p.add_argument("--clients", type=int, default=4)
    p.add_argument("--people", type=int, default=200, help="simulated people of the sandbox")
    p.add_argument("--rate", type=float, default=40, help="their actions a second")
    p.add_argument("--dir", help="keep data, logs and oracle here (default: a temporary directory)")
    p.add_argument("--no-sandbox", action="store_true", help="events only, no effects")
    p.add_argument("--json", action="store_true")
    args = p.parse_args()
    print(f"weir_crash: seed {args.seed}, {args.cycles} kills", file=sys.stderr)
    work = pathlib.Path(args.dir or tempfile.mkdtemp(prefix="weir-crash-"))
    work.mkdir(parents=True, exist_ok=True)
    children: list = []
    try:
        result = run(args, work, children)
    except RunFailed as error:
        print(f"weir_crash: {error}\nkept: {work}", file=sys.stderr)
        return 2
    finally:
        for end in children:
            end()
    print(json.dumps(result, ensure_ascii=False) if args.json else "\n".join(f"{k}: {v}" for k, v in result.items()))
    if result["ok"] and not args.dir:
        shutil.rmtree(work, ignore_errors=True)
    elif not result["ok"]:
        print(f"kept: {work}", file=sys.stderr)
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
