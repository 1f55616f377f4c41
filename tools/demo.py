#!/usr/bin/env python3
"""Starts the demo brand: weir, the sandbox that plays its vendors and customers, the history import and
the cart journey. Prints where to look and the login. Ctrl-C stops everything.

demo.py [--dir .demo] [--bin build/release] [--port 8420] [--people 500] [--rate 20] [--fresh]
        [--real-waits] [--original-dates] [--rows N] [--once]
"""
import argparse
import atexit
import csv
import datetime
import gzip
import itertools
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent


def parse() -> argparse.Namespace:
    p = argparse.ArgumentParser(description="the demo brand")
    p.add_argument("--dir", default=str(ROOT / ".demo"), help="where the demo keeps its data")
    p.add_argument("--bin", default=str(ROOT / "build/release"))
    p.add_argument("--port", type=int, default=8420)
    p.add_argument("--sandbox-port", type=int, default=8430)
    p.add_argument("--people", type=int, default=500)
    p.add_argument("--rate", type=float, default=20, help="actions of simulated people per second")
    p.add_argument("--rows", type=int, default=0, help="import only so many rows of the history (0 = all)")
    p.add_argument("--fresh", action="store_true", help="throw away what an earlier demo left")
    p.add_argument("--real-waits", action="store_true", help="keep 30 minutes and 3 days in the journey")
    p.add_argument("--original-dates", action="store_true", help="leave the history in 2010 and 2011")
    p.add_argument("--once", action="store_true", help="leave the programs running and return (for tests)")
    return p.parse_args()


def config(args, token: str) -> str:
    sandbox = f"http://127.0.0.1:{args.sandbox_port}"
    return f"""# Written by tools/demo.py. The accounts are the sandbox's; none is real.
data_dir: {args.dir}/data
listen: 127.0.0.1:{args.port}
log: {{level: info, file: "{args.dir}/weir.log"}}
storage: {{checkpoint_seconds: 5}}
sources:
  - {{name: mini_program, write_key: demo-mini-program, trust: public}}
  - {{name: shop_backend, write_key: demo-shop-backend, trust: server}}
tokens:
  - {{name: demo, token: "{token}"}}
connectors:
  - {{id: "wechat:main", name: 青禾集合服务号, base_url: "{sandbox}/wechat", account: wxdemo0000000001,
     secret: sandbox-app-secret, callback_token: sandboxwechat,
     callback_key: abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG, callback_mode: secure}}
  - {{id: "wecom:main", name: 青禾集合企业微信, base_url: "{sandbox}/wecom", account: wwdemo0000000001,
     secret: sandbox-corp-secret, agent_id: 1000002, callback_token: sandboxwecom,
     callback_key: GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba, task_poll_seconds: 5}}
  - {{id: "sms:main", name: 青禾集合短信, base_url: "{sandbox}/sms", account: sandbox-key-id,
     secret: sandbox-key-secret, callback_secret: sandbox-callback-secret, sign_name: 青禾集合}}
"""


class Demo:
    def __init__(self, args):
        self.args = args
        self.dir = pathlib.Path(args.dir)
        self.url = f"http://127.0.0.1:{args.port}"
        self.children = []

    def spawn(self, name: str, *command: str) -> subprocess.Popen:
        out = open(self.dir / f"{name}.out", "wb")
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        self.children.append((name, child))
        (self.dir / f"{name}.pid").write_text(str(child.pid))
        return child

    def stop(self):
        for _, child in reversed(self.children):
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        for name, child in self.children:
            try:
                child.wait(timeout=30)
            except subprocess.TimeoutExpired:
                print(f"{name} did not stop in 30 s; killing it", file=sys.stderr)
                child.kill()

    def check_alive(self):
        for name, child in self.children:
            if child.poll() is not None:
                tail = (self.dir / f"{name}.out").read_text(errors="replace")[-2000:]
                sys.exit(f"{name} ended with {child.returncode}:\n{tail}")

    def wait_ready(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            self.check_alive()
            try:
                with urllib.request.urlopen(self.url + "/readyz", timeout=1):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        sys.exit("weir was not ready within 60 s; see " + str(self.dir / "weir.out"))


def definitions(args, target: pathlib.Path) -> pathlib.Path:
    """The demo's definitions, with the seed journey; its waits shortened unless asked otherwise."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(ROOT / "examples/demo", target)
    journey = (ROOT / "examples/journeys/cart_abandon.json").read_text()
    if not args.real_waits:
        parsed = json.loads(journey)
        parsed["nodes"]["w30m"]["for"] = "PT1M"
        parsed["nodes"]["w3d"]["for"] = "PT3M"
        parsed["entry"]["limit"]["period"] = "PT30M"
        # A visitor at night sees messages too: quiet hours lie twelve hours away from now (Asia/Shanghai).
        quiet = (time.gmtime().tm_hour + 8 + 12) % 24
        parsed["policy"]["quiet_hours"].update(start=f"{quiet:02}:00", end=f"{(quiet + 1) % 24:02}:00")
        journey = json.dumps(parsed, ensure_ascii=False)
    (target / "journeys").mkdir(exist_ok=True)
    (target / "journeys/cart_abandon.json").write_text(journey)
    return target


def history(args, target: pathlib.Path) -> pathlib.Path:
    """The orders of 2010 and 2011, moved by whole weeks so that the last one was made in the week before
    the demo's first start: what asks about recent buying then has an answer. Written once, so that a
    demo started again imports nothing twice."""
    if target.exists():
        return target
    source = ROOT / "examples/online_retail/online_retail.csv.gz"
    last_order = datetime.date(2011, 12, 9)
    yesterday = datetime.date.today() - datetime.timedelta(days=1)
    weeks = 0 if args.original_dates else (yesterday - last_order).days // 7
    moved = {}  # day → day
    with gzip.open(source, "rt", newline="") as full, open(target, "w", newline="") as part:
        rows, out = csv.reader(full), csv.writer(part)
        header = next(rows)
        out.writerow(header)
        time_column = header.index("InvoiceDate")
        for row in itertools.islice(rows, args.rows or None):
            day, clock = row[time_column].split(" ")
            if day not in moved:
                moved[day] = datetime.date.fromisoformat(day) + datetime.timedelta(weeks=weeks)
            row[time_column] = f"{moved[day]} {clock}"
            out.writerow(row)
    return target


def main() -> None:
    args = parse()
    demo = Demo(args)
    if args.fresh:
        shutil.rmtree(demo.dir, ignore_errors=True)
    demo.dir.mkdir(parents=True, exist_ok=True)
    token_file = demo.dir / "token"
    if not token_file.exists():
        token_file.write_text(secrets.token_urlsafe(24))
        token_file.chmod(0o600)
    token = token_file.read_text()
    (demo.dir / "weir.yaml").write_text(config(args, token))
    weir, sandbox = f"{args.bin}/weir", f"{args.bin}/weir-sandbox"

    if not args.once:
        atexit.register(demo.stop)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    started = time.monotonic()
    demo.spawn("weir", weir, "serve", "--config", str(demo.dir / "weir.yaml"))
    demo.spawn("sandbox", sandbox, "--listen", f"127.0.0.1:{args.sandbox_port}", "--weir", demo.url,
               "--people", str(args.people), "--seed", "7", "--rate", str(args.rate),
               "--write-key", "demo-mini-program", "--server-key", "demo-shop-backend")
    demo.wait_ready()
    found = re.search(r"password (\S+)", (demo.dir / "weir.out").read_text())
    if found:
        (demo.dir / "password").write_text(found.group(1))
        (demo.dir / "password").chmod(0o600)
    password = (demo.dir / "password").read_text() if (demo.dir / "password").exists() else "(see the first start)"

    env = dict(os.environ, WEIR_TOKEN=token)
    print("definitions:")
    subprocess.run([weir, "apply", str(definitions(args, demo.dir / "definitions")), "--server", demo.url],
                   env=env, check=True)
    print(f"""
  控制台 Console   {demo.url}
  登录 Login       admin / {password}

  看什么 What to look at (live after {time.monotonic() - started:.0f} s)
   概览 Overview    events, messages and coupons as they happen
   客户 People      open one: identities and why they are one person, tags, timeline
   旅程 Journeys    小程序加购未支付挽回: counts on each node, one person's trace
   分析 Analysis    funnel add_to_cart → order_paid; RFM, LTV and retention of a year's orders
   数据源 Sources   connectors' health, quarantine, the import
""", flush=True)
    print("importing the history (UCI Online Retail):", flush=True)
    subprocess.run([weir, "import", str(history(args, demo.dir / "history.csv")), "--as", "orders",
                    "--mapping", str(ROOT / "examples/online_retail/mapping.yaml"), "--server", demo.url],
                   env=env, check=True)
    print(f"the demo is complete after {time.monotonic() - started:.0f} s", flush=True)
    if args.once:
        return
    print("Ctrl-C stops it; the data stays in " + args.dir + " (start again with --fresh to forget it)", flush=True)
    while True:
        time.sleep(1)
        demo.check_alive()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
