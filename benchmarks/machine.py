"""The machine under the benchmark: its cores, its limits, and what the kernel says of a process."""

import os
import platform
import resource
import shutil
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
BUILD = HERE / "build"
PACKAGES = ("python-socketio", "python-engineio", "aiohttp", "uvloop", "orjson", "asyncpg")


PYTHON = os.environ.get("BENCH_PYTHON", sys.executable)
"""Runs the servers that are written in it; the packages of this process must be there for it."""

OF_PYTHON = """
import platform, sysconfig
given = str(sysconfig.get_config_var("CONFIG_ARGS"))
faster = [option for option in ("--enable-optimizations", "--with-lto") if option in given]
print(platform.python_version(), *faster)
"""
"""Its version, and with what it was configured that makes it faster, as the official images are."""


def allow_many_files() -> None:
    """Ten thousand clients need more open files than a shell usually grants."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def pinned(place: str, command: list[str]) -> list[str]:
    """The command, kept on its own core where the machine has two: `server` or `generator`."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2 or not shutil.which("taskset"):
        return command
    core = cores[0] if place == "server" else cores[1]
    return ["taskset", "-c", str(core), *command]


def resident_kib(pid: int) -> int:
    """Resident memory of the process in KiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def cpu_seconds(pid: int) -> float:
    """CPU time that the process has used with all its threads, exact to the nanosecond."""
    schedules = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(file.read_text().split()[0]) for file in schedules) / 1e9


class Others:
    """How many cores the rest of the machine used while a measurement ran, servers and all.

    Counts what was busy and was none of our children, so ask when they have ended. PostgreSQL,
    which runs on, counts as another's.
    """

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._foreign = _busy_seconds() - _children_seconds()

    def cores(self) -> float:
        """0.5 is half a core, all the time."""
        foreign = _busy_seconds() - _children_seconds() - self._foreign
        return max(0.0, foreign / (time.monotonic() - self._start))


def _busy_seconds() -> float:
    fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:8]
    user, nice, system, _idle, _iowait, irq, softirq = map(int, fields)
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def compiled(source: str) -> str:
    """The program built from a C file beside this one, in build/."""
    BUILD.mkdir(exist_ok=True)
    program = BUILD / Path(source).stem
    if not program.exists() or program.stat().st_mtime < (HERE / source).stat().st_mtime:
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if compiler is None:
            raise SystemExit("A C compiler is needed for the load generator: apt install gcc")
        subprocess.run([compiler, "-O2", HERE / source, "-o", program], check=True)
    return str(program)


def facts() -> dict[str, str]:
    """What a reader of the numbers has to know about where they come from."""
    return {
        "CPU": f"{_cpu_model()}, {os.cpu_count()} cores",
        "kernel": platform.release(),
        "Python": _said(PYTHON, "-c", OF_PYTHON),
        "Node": _said("node", "--version").lstrip("v"),
        "socket.io": "4.8.4",
        "commit": _said("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"),
        **{package: _installed(package) for package in PACKAGES},
    }


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.machine()


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
