"""bench/run.sh: runs the parts asked for, prints one table, writes build/bench/results.json."""
import argparse
import json
import pathlib
import sys
import time

import costly
import engine
import importing
import ingest
import latency
import machine
import people
import report

ROOT = pathlib.Path(__file__).resolve().parents[2]
PARTS = {"ingest": ingest.run, "latency": latency.run, "engine": engine.run, "import": importing.run,
         "costly": costly.run, "people": people.run}


class Context:
    """Where things are and how long they may take."""

    def __init__(self, args: argparse.Namespace):
        self.quick = args.quick
        self.large = args.large
        self.people = args.people
        self.binaries = pathlib.Path(args.bin).resolve()
        self.results = ROOT / "build/bench"
        self.rivals = self.results / "node"
        self.scratch = self.results / "run"
        self.scratch.mkdir(parents=True, exist_ok=True)
        self.load_program = str(self.binaries / "bench/load/weir_bench_ingest")

    @staticmethod
    def say(text: str) -> None:
        print(f"  {time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench/run.sh", description="see bench/README.md")
    parser.add_argument("part", nargs="?", default="all", choices=[*PARTS, "all"])
    parser.add_argument("--large", action="store_true", help="engine: 100 M events instead of 10 M; people: 15 M instead of 1.5 M")
    parser.add_argument("--people", type=int, help="people: how many, in place of 1.5 M")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, to see that it runs")
    parser.add_argument("--bin", default=str(ROOT / "build/release"))
    args = parser.parse_args()
    context = Context(args)
    needed = ["weir", "weir-sandbox", "bench/load/weir_bench_ingest", "bench/engine/weir_bench_engine", "bench/rivals/weir_bench_sql",
              "bench/people/weir_bench_people"]
    for program in needed:
        if not (context.binaries / program).exists():
            sys.exit(f"bench: {context.binaries / program} is not built; run ./x build release")
    results = {"date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "quick": args.quick, "machine": machine.describe(ROOT)}
    for name, part in PARTS.items():
        if args.part in (name, "all"):
            results[name] = part(context)
    (context.results / "results.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    print(report.text(results))
    if "engine" in results:
        engine.check(results["engine"])


if __name__ == "__main__":
    main()
