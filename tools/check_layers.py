#!/usr/bin/env python3
"""Checks who includes whom (STYLE §3). No exception list: if a rule hurts, change the design."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent / "src"
BELOW_ROOMS = ["base", "model", "ports"]
ROOMS = ["pipeline", "collect", "identity", "privacy", "profile", "tags", "segments", "journey", "plays",
         "messaging", "connectors", "analytics", "boards"]
# Third-party headers and the folders that own them.
OWNERS = {
    r"boost/(asio|beast)": ["base"],
    r"boost/json": ["base"],
    r"openssl/": ["base"],
    r"spdlog/": ["base"],
    r"yaml-cpp/": ["base"],
    r"zlib\.h": ["base"],
    r"rocksdb/": ["adapters/embedded"],
    r"simdjson": ["collect"],
    r"pugixml": ["connectors", "sandbox"],
    r"roaring/": ["columnar"],
    r"zstd\.h": ["base", "columnar"],
    r"CLI/": ["app", "sandbox"],
    r"nlopt": ["analytics"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def folder_of(path: pathlib.Path) -> str:
    parts = path.relative_to(ROOT).parts
    return "/".join(parts[:2]) if parts[0] == "adapters" else parts[0]


def allowed(folder: str, target: str, is_public_room_header: bool, is_test: bool) -> bool:
    if folder == target:
        return True
    if folder == "columnar":
        return target == "base"
    if folder == "base":
        return False
    if folder == "model":
        return target == "base"
    if folder == "ports":
        return target in ("base", "model")
    if folder in ROOMS:
        return target in BELOW_ROOMS or (is_test and target == "adapters/memory")
    if folder.startswith("adapters/"):
        extra = ["columnar"] if folder == "adapters/embedded" else []
        return target in BELOW_ROOMS + extra
    if folder == "api":
        return target in BELOW_ROOMS or (target in ROOMS and is_public_room_header)
    if folder == "sandbox":
        return target == "base"
    return folder == "app"


def check(path: pathlib.Path) -> list[str]:
    folder = folder_of(path)
    problems = []
    for quote, name in INCLUDE.findall(path.read_text()):
        if quote == "<":
            for pattern, owners in OWNERS.items():
                owned = any(folder == o or folder.startswith(o + "/") for o in owners)
                if re.match(pattern, name) and not owned:
                    problems.append(f"<{name}> belongs to {', '.join(owners)}: use its wrapper")
            continue
        parts = pathlib.PurePosixPath(name).parts
        if len(parts) < 2:
            problems.append(f'"{name}": include by full path from src/')
            continue
        target = "/".join(parts[:2]) if parts[0] == "adapters" else parts[0]
        if not (ROOT / target).is_dir():
            continue  # generated (protobuf) or a test's own support folder
        public = parts[-1] == f"{parts[0]}.h" or len(parts) == 2
        if not allowed(folder, target, public, path.name.endswith("_test.cc")):
            problems.append(f'"{name}": {folder} may not include {target} (STYLE §3)')
    return problems


def main() -> int:
    count = 0
    for path in sorted(ROOT.rglob("*")):
        if path.suffix not in (".h", ".cc"):
            continue
        for problem in check(path):
            print(f"{path.relative_to(ROOT.parent)}: {problem}")
            count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
