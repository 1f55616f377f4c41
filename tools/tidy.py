#!/usr/bin/env python3
"""clang-tidy over the files named on standard input, two at a time at the lowest priority. A file that
was clean is not looked at again until what the compiler sees of it, or .clang-tidy, changes: what was
clean is noted in build/tidy. A whole run takes half an hour on two cores, one after a commit a minute or two.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CLEAN = ROOT / "build/tidy"
TIDY = ["clang-tidy-19", "-p", "build/dev", "--quiet", "--warnings-as-errors=*",
        "--extra-arg=-Wno-unknown-warning-option"]


def commands() -> dict:
    """source file → its compiler's words, without the launcher and what is written where."""
    out = {}
    for entry in json.loads((ROOT / "build/dev/compile_commands.json").read_text()):
        words = [w for w in shlex.split(entry["command"]) if not w.endswith("ccache")]
        at = words.index("-o")
        out[os.path.relpath(entry["file"], ROOT)] = (words[:at] + words[at + 2:], entry["directory"])
    return out


def key_of(file: str, known: dict) -> str:
    """Of the whole source after the preprocessor, with comments (they may say NOLINT)."""
    words, directory = known[file]
    words = [w for w in words if w != "-c"]
    seen = subprocess.run([*words, "-E", "-P", "-C"], cwd=directory, capture_output=True, check=True)
    rules = (ROOT / ".clang-tidy").read_bytes()
    return hashlib.sha256(rules + " ".join(TIDY).encode() + file.encode() + seen.stdout).hexdigest()


def check(file: str, known: dict) -> tuple[str, bool]:
    if file not in known:
        return f"{file}: not built by the dev preset\n", False
    note = CLEAN / key_of(file, known)
    if note.exists():
        return "", True
    run = subprocess.run([*TIDY, file], cwd=ROOT, capture_output=True, text=True)
    if run.returncode == 0:
        note.touch()
    return run.stdout, run.returncode == 0


def main() -> None:
    os.nice(19)
    CLEAN.mkdir(parents=True, exist_ok=True)
    known = commands()
    files = sys.stdin.read().split()
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for said, clean in pool.map(lambda file: check(file, known), files):
            failed += not clean
            print(said, end="", flush=True)
    if failed:
        sys.exit(f"clang-tidy: {failed} of {len(files)} files have findings")
    print(f"clang-tidy: {len(files)} files, nothing found")


if __name__ == "__main__":
    main()
