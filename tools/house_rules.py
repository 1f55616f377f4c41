#!/usr/bin/env python3
"""House rules of STYLE.md as code: one short check per rule; its message gives the reason."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SRC = ROOT / "src"


def tracked(*patterns: str) -> list[pathlib.Path]:
    out = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *patterns],
                         cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in out.split("\0") if name and (ROOT / name).exists()]


def cpp_files() -> list[pathlib.Path]:
    return tracked("src/*.h", "src/*.cc", "tests/*.h", "tests/*.cc", "bench/*.h", "bench/*.cc")


def code_only(text: str) -> str:
    """The text without comments and string contents, line numbers kept."""
    text = re.sub(r'R"\((.|\n)*?\)"', lambda m: '""' + "\n" * m.group(0).count("\n"), text)
    text = re.sub(r'"(\\.|[^"\\\n])*"', '""', text)
    text = re.sub(r"/\*(.|\n)*?\*/", lambda m: "\n" * m.group(0).count("\n"), text)
    return re.sub(r"//[^\n]*", "", text)


def file_too_long(path, text):
    lines = text.count("\n")
    if lines > 800:
        yield 1, f"{lines} lines; 800 is the limit: one idea per file"


def line_too_long(path, text):
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > 100 and "http" not in line and 'R"' not in line and '"' not in line:
            yield number, f"{len(line)} columns; 100 is the limit"


def pragma_once(path, text):
    if path.suffix == ".h" and "#pragma once" not in text:
        yield 1, "a header starts with #pragma once"


RAW = {
    r"\bsystem_clock::now\b": "time comes through Env, so that a simulation owns it",
    r"\bsteady_clock::now\b": "time comes through Env, so that a simulation owns it",
    r"\b(std::)?(rand|srand)\s*\(": "randomness comes through Env, so that a seed replays a run",
    r"\bstd::(random_device|mt19937)": "randomness comes through Env, so that a seed replays a run",
    r"\bsleep_(for|until)\b|\busleep\s*\(": "nothing sleeps: wait for an event or set a timer",
    r"\bstd::j?thread\b": "threads are executors of Env, so that a simulation owns the order",
    r"\bstd::(i|o)?fstream\b|\bfopen\s*\(": "files go through Env, so that a simulation can cut the power",
}
OUTSIDE_SEAM = ("src/base/", "bench/", "tests/")


def raw_world(path, text):
    name = str(path.relative_to(ROOT))
    if name.startswith(OUTSIDE_SEAM):
        return
    for number, line in enumerate(code_only(text).split("\n"), 1):
        for pattern, reason in RAW.items():
            if re.search(pattern, line):
                yield number, f"{pattern}: {reason}"


def test_sleeps(path, text):
    if path.name.endswith("_test.cc"):
        for number, line in enumerate(code_only(text).split("\n"), 1):
            if re.search(r"\bsleep_(for|until)\b|\busleep\s*\(", line):
                yield number, "a test never sleeps: it moves the virtual clock or waits for a condition"


def fixme(path, text):
    for number, line in enumerate(text.split("\n"), 1):
        if re.search(r"\b(FIXME|XXX)\b", line):
            yield number, "FIXME may not reach main"
        if "TODO" in line and not re.search(r"TODO\(#\d+\)", line):
            yield number, "a TODO names its issue: TODO(#123)"


def using_namespace(path, text):
    for number, line in enumerate(code_only(text).split("\n"), 1):
        if re.search(r"\busing namespace (?!std::literals|std::chrono_literals)", line):
            yield number, "names say where they come from"


def co_await_temporary(path, text):
    for number, line in enumerate(code_only(text).split("\n"), 1):
        if "co_await" in line and re.search(r"co_await[^;]*(\[|\?|\{)", line):
            yield number, "g++ 12 destroys some temporaries twice around co_await: name it first (STYLE §8)"


CHECKS = [file_too_long, line_too_long, pragma_once, raw_world, test_sleeps, fixme, using_namespace,
          co_await_temporary]


def room_shape():
    """Every room has a README of at most 40 lines, a CMakeLists.txt and its one public header."""
    for cmake in sorted(SRC.glob("*/CMakeLists.txt")) + sorted(SRC.glob("adapters/*/CMakeLists.txt")):
        room = cmake.parent
        readme = room / "README.md"
        if not readme.exists():
            yield f"{room.relative_to(ROOT)}: has no README.md (purpose, owns, reads, emits, never)"
        elif readme.read_text().count("\n") > 40:
            yield f"{readme.relative_to(ROOT)}: a room's README has at most 40 lines"


def adr_numbers():
    seen = {}
    for path in sorted((ROOT / "docs/adr").glob("[0-9]*.md")):
        number = path.name[:4]
        if number in seen:
            yield f"docs/adr: {path.name} and {seen[number]} share a number"
        seen[number] = path.name


def life_of_an_event():
    """Every `function` named in docs/life-of-an-event.md still exists in src/."""
    doc = ROOT / "docs/life-of-an-event.md"
    if not doc.exists():
        return
    source = "\n".join(p.read_text() for p in SRC.rglob("*") if p.suffix in (".h", ".cc"))
    for name in sorted(set(re.findall(r"`([A-Za-z_:]+)\(\)`", doc.read_text()))):
        last = name.split("::")[-1]
        if not re.search(rf"\b{last}\s*\(", source):
            yield f"docs/life-of-an-event.md: `{name}()` is not in src/ any more"


def source_map():
    """src/README.md names every room."""
    text = (SRC / "README.md").read_text() if (SRC / "README.md").exists() else ""
    for cmake in sorted(SRC.glob("*/CMakeLists.txt")):
        if f"`{cmake.parent.name}/`" not in text:
            yield f"src/README.md: does not name `{cmake.parent.name}/`"


def main() -> int:
    count = 0
    for path in cpp_files():
        text = path.read_text()
        for check in CHECKS:
            for number, message in check(path, text):
                print(f"{path.relative_to(ROOT)}:{number}: {message}")
                count += 1
    for check in (room_shape, adr_numbers, life_of_an_event, source_map):
        for message in check():
            print(message)
            count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
