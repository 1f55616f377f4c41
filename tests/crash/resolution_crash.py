#!/usr/bin/env python3
"""Kills the real server in the middle of a resolution of identities and looks whether it goes on by itself.

resolution_crash.py --bin build/dev [--people 3000] [--kills 3]

People with three browsers each are to have two at most. While their regrouping runs, the server is killed
and started again, --kills times. At the end nobody is left to regroup, and the resolution is listed once.
Exit status 0 when that holds, 1 when not, 2 when the run itself failed.
"""
import argparse
import pathlib
import sys
import tempfile
import time

from weir_crash import RunFailed, Server, call

TOKEN = {"Authorization": "Bearer dev"}
RESOLUTIONS = "/api/identity/resolutions"


def ask(server, method, path, body=None):
    status, answer = call(server.port, method, path, body, TOKEN, timeout=30)
    if status != 200:
        raise RunFailed(f"{method} {path}: {status} {answer}")
    return answer


def make_people(server, count):
    for start in range(0, count, 500):
        batch = [{"type": "identify", "messageId": f"m{n}-{b}", "userId": f"u{n}", "anonymousId": f"u{n}-{b}"}
                 for n in range(start, min(count, start + 500)) for b in range(3)]
        status, answer = call(server.port, "POST", "/v1/batch", {"writeKey": "dev", "batch": batch})
        if status != 200:
            raise RunFailed(f"people were not taken: {status} {answer}")
    wait_for(lambda: ask(server, "GET", "/api/overview")["identities_total"] == 4 * count, "the people")


def wait_for(holds, what, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.005)
    raise RunFailed(f"never: {what}")


def run(args, server) -> list[str]:
    server.start()
    make_people(server, args.people)
    rules = ask(server, "GET", "/api/identity/rules")["rules"]
    for kind in rules["kinds"]:
        if kind["kind"] == "anonymous_id":
            kind["max"] = 2
    started = ask(server, "POST", RESOLUTIONS, {"rules": rules, "reason": "crash test"})["id"]
    problems, done = [], 0
    for kill in range(args.kills):
        def moved():
            job = ask(server, "GET", RESOLUTIONS)["job"]
            return job and job["phase"] == "applying" and job["done"] >= 2 and job
        job = wait_for(moved, "a part that was applied")
        server.kill()
        done += job["done"]
        server.start()
        job = wait_for(lambda: ask(server, "GET", RESOLUTIONS)["job"], "the resolution after a restart")
        if job["id"] != started:
            problems.append(f"kill {kill}: {job['id']} runs, not {started}")
    wait_for(lambda: ask(server, "GET", RESOLUTIONS)["job"]["phase"] == "done", "its end")
    left = ask(server, "POST", RESOLUTIONS, {"dry_run": True})
    if left["joined"] + left["split"] > 0:
        problems.append(f"people are left: {left['joined']} to join, {left['split']} to split")
    people = ask(server, "GET", "/api/overview")["profiles_total"]
    if people != 2 * args.people:
        problems.append(f"{people} people, not {2 * args.people}")
    applied = [r["id"] for r in ask(server, "GET", RESOLUTIONS)["applied"]]
    if applied != [started]:
        problems.append(f"applied: {applied}")
    print(f"killed {args.kills} times after {done} parts in all; {people} people of {args.people}")
    return problems


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--bin", required=True)
    p.add_argument("--people", type=int, default=3000)
    p.add_argument("--kills", type=int, default=3)
    args = p.parse_args()
    with tempfile.TemporaryDirectory() as work:
        server = Server(args, pathlib.Path(work), 1)
        try:
            problems = run(args, server)
        except RunFailed as failed:
            print(failed, file=sys.stderr)
            return 2
        finally:
            if server.process is not None and server.process.poll() is None:
                server.kill()
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
