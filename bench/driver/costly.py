"""RELIABILITY E7: does ingest keep its pace beside questions that cost too much, and do those end when told to?

The same load is sent three times to one server: alone, beside 20 costly questions at once, alone again (what the machine
itself did meanwhile). Afterwards each of the 20 is asked alone, cancelled while it runs, and the time until its answer is taken.
"""
import concurrent.futures
import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

from brand import TOKEN, Brand

FILL_EVENTS, FILL_QUICK = 3_000_000, 200_000
RATE = 10_000  # events a second: well below what the folds keep up with, so that only waiting shows
EVENTS = ["view_item", "mp_launch", "search", "add_to_cart", "order_paid"]
YEAR = {"last": 366, "unit": "day"}


def trend(measures, **more):
    series = [{"name": f"S{i}", "event": "$any_active", "measure": m} for i, m in enumerate(measures)]
    return {"kind": "trends", "range": YEAR, "series": series, **more}


def funnel(steps, **more):
    return {"kind": "funnel", "range": YEAR, "window": "P30D", "steps": [{"event": e} for e in steps], **more}


def costly() -> list[dict]:
    """Twenty questions that a person could ask, each as expensive as its kind allows."""
    of = lambda *props: [{"prop": p} for p in props]
    by_steps = lambda prop: [{"prop": prop, "attribution": "all_steps"}]
    agg = lambda a, p: {"agg": a, "prop": p}
    many = (EVENTS * 4)[:20]
    return [
        trend(["total", "uniques"], interval="hour", breakdown=of("event.order_id")),
        trend(["uniques"] * 20, interval="hour", breakdown=of("event.store_id")),
        trend(["uniques"], breakdown=of("event.store_id", "event.sku_id", "event.price_fen", "event.platform")),
        trend([agg("distinct", "event.order_id")] * 10, interval="hour"),
        trend([agg("p99", "event.price_fen")] * 20, interval="hour", breakdown=of("event.sku_id")),
        trend(["uniques"] * 20, cumulative=True, interval="hour", breakdown=of("event.store_id")),
        trend(["per_user"] * 20, compare="previous", breakdown=of("event.store_id")),
        trend(["total"], filter={"prop": "event.title", "op": "regex", "value": "(.*茶.*)+$"}),
        trend(["total"], filter={"or": [{"prop": "event.page", "op": "contains", "value": f"x{i}"} for i in range(40)]}),
        trend(["uniques"] * 20, filter={"prop": "profile.city", "op": "neq", "value": "x"}, breakdown=of("profile.city")),
        funnel(many),
        funnel(many, order="any", counting="totals"),
        funnel(EVENTS, order="strict", counting="totals"),
        funnel(EVENTS, breakdown=by_steps("event.store_id")),
        funnel(EVENTS[:2], breakdown=by_steps("event.order_id"), counting="totals"),
        funnel(EVENTS[:3], hold=[["event.store_id"] * 3, ["event.sku_id"] * 3]),
        funnel(EVENTS, interval="hour", output=["steps", "trend", "time_to_convert"]),
        funnel(many, exclusions=[{"event": e, "mode": "person"} for e in EVENTS], entry="first"),
        funnel(many, counting="totals", breakdown=of("event.order_id", "event.store_id")),
        {"kind": "retention", "range": {"last": 60, "unit": "day"}, "unit": "hour", "periods": 400, "start": {"event": "$any_active"},
         "return": {"event": "$any_active"}},
    ]


def call(url: str, method: str, body=None, timeout: float = 120):
    """Status and answer; a refusal is an answer too."""
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode(), method=method)
    request.add_header("authorization", "Bearer " + TOKEN)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


class Questions:
    """Keeps all of them being asked, each again and again, until the end of the block."""

    def __init__(self, brand: Brand):
        self.brand, self.stop, self.answers = brand, threading.Event(), {}
        self.lock = threading.Lock()

    def __enter__(self):
        self.threads = [threading.Thread(target=self.ask, args=(q,)) for q in costly()]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for query in call(self.brand.url + "/api/query", "GET")[1]["queries"]:
            call(f"{self.brand.url}/api/query/{query['query_id']}", "DELETE")
        for thread in self.threads:
            thread.join()

    def ask(self, question: dict) -> None:
        n = 0
        while not self.stop.is_set():
            # A name that nobody else uses: an answer from memory costs nothing.
            n += 1
            status, answer = call(self.brand.url + "/api/query", "POST", {**question, "as_of": int(time.time() * 1000) - n})
            what = "answered" if status == 200 else answer["error"]["code"]
            if status == 400:
                sys.exit(f"bench: a costly question is refused: {answer['error']['message']}")
            with self.lock:
                self.answers[what] = self.answers.get(what, 0) + 1
            if status == 429:
                time.sleep(0.2)


def load(brand: Brand, seconds: float, first_id: int, rate: float, connections: int = 16) -> dict:
    done = subprocess.run(brand.load_command("--connections", str(connections), "--seconds", str(seconds), "--rate", str(rate),
                                             "--first-id", str(first_id)), stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"bench: the load generator met a failure: {done.stdout}")
    return json.loads(done.stdout)


def fill(brand: Brand, events: int) -> None:
    sent, first = 0, 1
    while sent < events:
        sent += load(brand, 5, first, 0)["events"]
        first += 100_000_000
        brand.wait(lambda: brand.lag() == 0, 1800, "the folds to catch up")


def kill_times(brand: Brand) -> list[dict]:
    """For each question: how long after its cancellation the answer came; None when it was faster than the asking."""
    out = []
    for number, question in enumerate(costly()):
        name = f"kill-{number}"
        with concurrent.futures.ThreadPoolExecutor(1) as asking:
            answer = asking.submit(call, brand.url + "/api/query", "POST", {**question, "query_id": name})
            deadline = time.monotonic() + 30
            state = None
            while not answer.done() and time.monotonic() < deadline:
                status, state = call(f"{brand.url}/api/query/{name}", "GET")
                if status == 200 and state["state"] == "running" and state["running_ms"] > 20:
                    break
            began = time.monotonic()
            status, _ = call(f"{brand.url}/api/query/{name}", "DELETE")
            told = status == 200
            code, body = answer.result()
            stopped = told and code == 503
            out.append({"kind": question["kind"], "number": number, "seconds": round(time.monotonic() - began, 3) if stopped else None,
                        "outcome": "cancelled" if stopped else "answered" if code == 200 else body["error"]["code"]})
    return out


def run(context) -> dict:
    seconds = 5 if context.quick else 20
    with Brand(context.binaries, context.scratch / "costly", people=10) as brand:
        context.say("costly questions: filling")
        fill(brand, FILL_QUICK if context.quick else FILL_EVENTS)
        context.say("ingest alone")
        alone = load(brand, seconds, 10_000_000_000, RATE)
        context.say("ingest beside 20 costly questions")
        with Questions(brand) as questions:
            time.sleep(2)
            beside = load(brand, seconds, 20_000_000_000, RATE)
            fold_lag = brand.lag()
        context.say("ingest alone again")
        again = load(brand, seconds, 30_000_000_000, RATE)
        context.say("cancelling each")
        kills = kill_times(brand)
        return {"rate": RATE, "alone": alone, "beside": beside, "again": again, "answers": questions.answers, "fold_lag": fold_lag,
                "events": int(brand.metrics()["weir_log_end"]), "kills": kills,
                "kill_seconds_max": max((k["seconds"] for k in kills if k["seconds"] is not None), default=None)}
