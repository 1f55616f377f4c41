"""Questions over generated events: the behaviour store beside DuckDB and ClickHouse, same data, same run."""
import json
import pathlib
import shutil
import subprocess
import sys
from decimal import Decimal, InvalidOperation

import machine
from rivals import Rival, install

QUESTIONS = {"Q1": "trend, 30 days × 12 channels, exact uniques", "Q2": "funnel, 3 steps, 7 days",
             "Q2five": "funnel, 5 steps, 7 days", "Q2b": "funnel, 5 steps, by channel of entry",
             "Q3": "retention, 30 × 31", "Q4": "segment, five conditions",
             "Q5": "RFM, quintiles", "Q6": "top paths in sessions", "Q7": "attribution, last touch", "Q7lin": "attribution, linear",
             "Q9": "cart → pay interval by city", "Q10": "LTV by week and channel"}
# How many times faster than ClickHouse with two threads.
BARS = {"Q1": 3, "Q2": 2.5, "Q2b": 5, "Q3": 2, "Q4": 4, "Q5": 2, "Q6": 12, "Q7": 4, "Q7lin": 3, "Q9": 6, "Q10": 25}
THREADS = (1, 2)


def run(context) -> dict:
    users = 50_000 if context.quick else 5_000_000 if context.large else 500_000
    runs = 3 if context.quick else 5
    scratch = context.scratch / "engine"
    shutil.rmtree(scratch, ignore_errors=True)
    out = scratch / "out"
    out.mkdir(parents=True)
    try:
        return measure(context, users, runs, scratch, out)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def measure(context, users: int, runs: int, scratch: pathlib.Path, out: pathlib.Path) -> dict:
    context.say(f"engine, events of {users} people")
    queries: dict[str, dict] = {"weir": {}}
    others: dict[str, float] = {}
    result: dict = {"users": users, "runs": runs, "load": {}}
    for threads in THREADS:
        meter = machine.Others()
        own = ask_weir(context, users, runs, threads, scratch, out, with_csv=threads == THREADS[0])
        others[f"weir, {threads}"] = meter.share()
        queries["weir"][threads] = {row["query"]: row for row in own if row["phase"] == "query"}
        result.update({row["phase"]: row for row in own if row["phase"] in ("timeline", "csv", "open", "memory")})
        result["load"].update({"weir": row for row in own if row["phase"] == "load"})
    events = result["events"] = result["load"]["weir"]["events"]
    for name, library in install(context.rivals, context.say).items():
        context.say(f"engine, {name}")
        try:
            rival = Rival(name, library, str(context.binaries / "bench/rivals/weir_bench_sql"), scratch, out)
            result["load"][name] = rival.load(scratch / "csv", events)
            queries[name] = {}
            for threads in THREADS:
                meter = machine.Others()
                queries[name][threads] = rival.ask(list(QUESTIONS), runs, threads)
                others[f"{name}, {threads}"] = meter.share()
        except subprocess.SubprocessError as error:
            queries.pop(name, None)
            result["load"].pop(name, None)
            context.say(f"{name} FAILED, its columns stay empty: {error}")
    result["answers"] = {q: compare(out, q, list(queries)) for q in QUESTIONS}
    result["queries"], result["others_share"] = queries, others
    return result


def ask_weir(context, users, runs, threads, scratch, out, with_csv) -> list[dict]:
    command = [str(context.binaries / "bench/engine/weir_bench_engine"), "--users", str(users), "--threads", str(threads),
               "--runs", str(runs), "--load", "bulk", "--dir", str(scratch / "store"), "--out", str(out)]
    if with_csv:
        command += ["--csv", str(scratch / "csv")]
    text = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line) for line in text.splitlines()]


def compare(out: pathlib.Path, question: str, engines: list[str]) -> dict[str, str]:
    """Row by row, as sets of rows: the order of rows is no part of an answer."""
    want = rows(out / f"weir.{question}.csv")
    verdicts = {}
    for engine in engines:
        got = rows(out / f"{engine}.{question}.csv")
        differ = len(set(want) ^ set(got)) if want and len(want) == len(got) else max(len(want), len(got), 1)
        verdicts[engine] = f"same, {len(got)} rows" if want == got and want else f"{differ} rows DIFFER"
    return verdicts


def rows(path: pathlib.Path) -> list[tuple[str, ...]]:
    return sorted(tuple(plain(field) for field in line.split(",")) for line in path.read_text().splitlines())


def plain(field: str) -> str:
    field = field.strip().strip('"')
    try:
        return format(Decimal(field).normalize() + 0, "f")
    except InvalidOperation:
        return field


def check(result: dict) -> None:
    wrong = [f"{q} {engine}: {v}" for q, all_ in result["answers"].items() for engine, v in all_.items() if "DIFFER" in v]
    if wrong:
        sys.exit("bench: the engines disagree, so no time counts: " + "; ".join(wrong))
