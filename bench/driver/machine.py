"""The machine a figure was measured on, and what others did on it meanwhile."""
import json
import os
import pathlib
import platform
import subprocess
import time

HERTZ = os.sysconf("SC_CLK_TCK")


def describe(root: pathlib.Path) -> dict:
    cpu = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    kib = int(next(line.split()[1] for line in open("/proc/meminfo") if line.startswith("MemTotal")))
    return {"cpu": cpu, "cores": len(os.sched_getaffinity(0)), "memory_gib": round(kib / 2**20, 1),
            "kernel": platform.release(), "load_average": os.getloadavg()[0], "commit": commit(root)}


def commit(root: pathlib.Path) -> str:
    """Short hash; "+" when the sources differ from it."""
    def git(*args):
        return subprocess.run(["git", *args], cwd=root, capture_output=True, text=True).stdout.strip()
    dirty = git("status", "--porcelain", "--untracked-files=no", "--", "src")
    return (git("rev-parse", "--short", "HEAD") or "unknown") + ("+" if dirty else "")


def disk(program: str, folder: pathlib.Path) -> dict:
    """p50 and p99 of fdatasync after 64 KiB appended, 200 times, where the data lies."""
    out = subprocess.run([program, "disk", "--file", str(folder / "disk-probe")], capture_output=True, check=True)
    return json.loads(out.stdout)


def cpu_of(pid: int) -> float:
    """Seconds of processor time of a process, all threads."""
    try:
        fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / HERTZ


def cpu_of_threads(pid: int) -> dict[str, float]:
    """The same by thread name; threads of one name are added up."""
    out: dict[str, float] = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            name = (task / "comm").read_text().strip()
            fields = (task / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        out[name] = out.get(name, 0) + (int(fields[11]) + int(fields[12])) / HERTZ
    return out


def cpu_of_machine() -> tuple[float, float]:
    """Busy and stolen seconds of all cores since the start."""
    fields = [int(x) for x in open("/proc/stat").readline().split()[1:9]]
    user, nice, system, _, _, irq, soft, steal = fields
    return (user + nice + system + irq + soft) / HERTZ, steal / HERTZ


class Others:
    """Share of the cores that processes other than our children used since the construction."""

    def __init__(self):
        self.began, self.busy, self.ours = time.monotonic(), cpu_of_machine()[0], self._children()

    @staticmethod
    def _children() -> float:
        used = os.times()
        return used.user + used.system + used.children_user + used.children_system

    def share(self) -> float:
        capacity = (time.monotonic() - self.began) * len(os.sched_getaffinity(0))
        return round(max(0.0, cpu_of_machine()[0] - self.busy - self._children() + self.ours) / capacity, 3)


def memory_mib(pid: int, field: str = "VmRSS") -> float:
    for line in open(f"/proc/{pid}/status"):
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    return 0.0
