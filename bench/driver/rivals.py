"""DuckDB and ClickHouse as libraries from npm, and their expert SQL."""
import json
import os
import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parents[1] / "rivals"
PACKAGES = {"duckdb": "@duckdb/node-bindings-linux-x64@1.5.6-r.1", "clickhouse": "@chdb/lib-linux-x64-gnu@26.7.3-stable.1"}
LIBRARIES = {"duckdb": "@duckdb/node-bindings-linux-x64/libduckdb.so", "clickhouse": "@chdb/lib-linux-x64-gnu/libchdb.so"}
# Sorted by event, and by customer.
TABLES = {"duckdb": {"t": "ev_e", "u": "ev_u"}, "clickhouse": {"t": "b.ev_e", "u": "b.ev_u"}}


def install(folder: pathlib.Path, say) -> dict[str, pathlib.Path]:
    """The libraries that are there or could be brought; a rival without one is left out, aloud."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"name": "weir-bench-rivals", "private": true}')
    missing = [p for name, p in PACKAGES.items() if not (folder / "node_modules" / LIBRARIES[name]).exists()]
    if missing:
        say("installing " + ", ".join(missing))
        try:
            subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", *PACKAGES.values()],
                           cwd=folder, timeout=900, check=True)
        except (OSError, subprocess.SubprocessError) as error:
            say(f"NOT INSTALLED: {error}")
    found = {name: folder / "node_modules" / path for name, path in LIBRARIES.items()}
    for name, path in found.items():
        if not path.exists():
            say(f"{name} could not be installed from npm: its columns stay empty")
    return {name: path for name, path in found.items() if path.exists()}


class Rival:
    def __init__(self, name: str, library: pathlib.Path, program: str, scratch: pathlib.Path, out: pathlib.Path):
        self.name, self.library, self.program, self.out = name, library, program, out
        self.database = scratch / name
        shutil.rmtree(self.database, ignore_errors=True)
        self.database.mkdir(parents=True)

    def _run(self, file: str, blocks: list[str], runs: int, threads: int, **values) -> dict[str, dict]:
        database = self.database / "bench.duckdb" if self.name == "duckdb" else self.database
        command = [self.program, "--engine", self.name, "--library", str(self.library), "--database", str(database),
                   "--file", str(HERE / file), "--only", ",".join(blocks), "--runs", str(runs),
                   "--threads", str(threads), "--out", str(self.out)]
        for key, value in values.items():
            command += ["--set", f"{key}={value}"]
        out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        return {row["query"]: row for row in map(json.loads, out.splitlines())}

    def load(self, csv: pathlib.Path, events: int) -> dict:
        """CSV into both sort orders. Sizes are of each table alone."""
        file = f"load_{self.name}.sql"
        duck = self.name == "duckdb"
        first = self._run(file, ["create", "load_users", "load_u"] + ([] if duck else ["optimize_u"]), 0, 2, data=csv)
        person_bytes = self._file_bytes() if duck else 0
        self._run(file, ["load_e"] + ([] if duck else ["optimize_e"]), 0, 2, data=csv)
        if duck:
            event_bytes = self._file_bytes() - person_bytes
        else:
            self._run(file, ["sizes"], 0, 2)
            rows = [line.split(",") for line in (self.out / "clickhouse.sizes.csv").read_text().splitlines()]
            sizes = {row[0]: int(row[2]) for row in rows}
            person_bytes, event_bytes = sizes["ev_u"], sizes["ev_e"]
        seconds = sum(row["first_ms"] for query, row in first.items() if query not in ("create", "load_users")) / 1000
        return {"seconds": seconds, "rows_per_second": events / seconds, "bytes_per_event": person_bytes / events,
                "bytes_per_event_second_order": event_bytes / events}

    def _file_bytes(self) -> int:
        return os.path.getsize(self.database / "bench.duckdb")

    def ask(self, questions: list[str], runs: int, threads: int) -> dict[str, dict]:
        return self._run(f"ask_{self.name}.sql", questions, runs, threads, **TABLES[self.name])

    def load_people(self, csv: pathlib.Path) -> None:
        self._run(f"load_people_{self.name}.sql", ["create", "load"], 0, 2, data=csv)

    def ask_file(self, file: pathlib.Path, questions: list[str], runs: int, threads: int) -> dict[str, dict]:
        return self._run(str(file), questions, runs, threads)
