"""Runs the benchmarks: `run.py`, or `run.py --quick` for a first look in a minute or two.

Each measurement has a fresh server; the servers of a row take turns (A B C, A B C, …), so that a
slow minute of the machine is everybody's. Every result is a JSON line in results/, and
BENCHMARKS.md at the root of the repository is generated from them; the report of a quick run
or of some rows only is results/latest.md and does not replace it.
"""

import argparse
import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

import generator
import machine
import report
import servers
from rows import ROWS, Row
from workloads import Effort

RESULTS = machine.HERE / "results"
FULL, FULL_ROUNDS = Effort(), 5
QUICK, QUICK_ROUNDS = Effort(seconds=1, warmup=1, share=0.2), 1
CHECKS = {
    **dict.fromkeys(
        (
            "node_pg",
            "product",
            "product_idle",
            "product_plain",
            "product_redis",
            "deployed",
            "deployed_pages",
        ),
        "check_stored.js",
    ),
    **dict.fromkeys(("node_redis", "stock_redis", "realtime_redis"), "check_two.js"),
}
CANNOT_BE_CHECKED = "limit"  # it speaks to lg only


class Log:
    """The run's file of JSON lines."""

    def __init__(self, rounds: int, quick: bool) -> None:
        RESULTS.mkdir(exist_ok=True)
        self.path = RESULTS / time.strftime("%Y%m%d-%H%M%S.jsonl", time.gmtime())
        self.write(kind="machine", rounds=rounds, quick=quick, **machine.facts())

    def write(self, **line: Any) -> None:
        """Appends a line."""
        with self.path.open("a") as file:
            file.write(json.dumps(line) + "\n")


def main() -> None:
    """Measures what the command line asks for and writes the report."""
    asked = _arguments()
    if asked.report:
        report.write(asked.report, asked.output)
        return
    # So that a terminated run stops its servers and its database too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    machine.allow_many_files()
    generator.prepare()
    servers.install_node_packages()
    rounds = asked.rounds or (QUICK_ROUNDS if asked.quick else FULL_ROUNDS)
    log = Log(rounds, asked.quick)
    rows = [row for row in ROWS if not asked.rows or row.name.split("/")[0] in asked.rows]
    unwanted = {"stock"} if asked.quick else set()
    wanted = set(asked.servers or servers.STARTERS.keys() - unwanted)
    right = _checked(rows, wanted, log)
    for row in rows:
        _measure(row, right, rounds, QUICK if asked.quick else FULL, log)
    report.write([log.path], asked.output)
    print(f"\n{asked.output} is written from {log.path}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="one short round, fewer clients, no stock python-socketio",
    )
    parser.add_argument("--rounds", type=int, help="how often each server takes its turn")
    parser.add_argument("--rows", nargs="+", help="only these rows, e.g. W1 W7 p99")
    parser.add_argument("--servers", nargs="+", help="only these servers, e.g. node realtime")
    parser.add_argument("--output", type=Path, help="the report, instead of BENCHMARKS.md")
    parser.add_argument(
        "--report",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="measure nothing, write the report from these files; a later one's rows win",
    )
    asked = parser.parse_args()
    partial = asked.quick or asked.rows or asked.servers
    usual = RESULTS / "latest.md" if partial else machine.ROOT / "BENCHMARKS.md"
    asked.output = asked.output or usual
    return asked


def _checked(rows: list[Row], wanted: set[str], log: Log) -> set[str]:
    """The servers that the real client finds right; a wrong one gets no numbers."""
    right = set()
    names = dict.fromkeys(name for row in rows for name in row.servers)
    for name in names:
        if name in wanted and (name == CANNOT_BE_CHECKED or _check(name, log)):
            right.add(name)
    return right


def _check(name: str, log: Log) -> bool:
    try:
        with servers.STARTERS[name]() as server:
            passed = servers.check(server, CHECKS.get(name, "check.js"))
    except RuntimeError as error:
        print(f"{name}: NOT MEASURED, {error}", file=sys.stderr)
        log.write(kind="check", server=name, error=str(error))
        return False
    print(f"{name}: {passed} checks with the real client passed")
    log.write(kind="check", server=name, passed=passed)
    return True


def _measure(row: Row, right: set[str], rounds: int, effort: Effort, log: Log) -> None:
    print(f"\n{row.name}: {row.what}, {row.unit}")
    for number in range(rounds):
        for name in row.servers:
            if name in right:
                line = _once(row, name, effort)
                log.write(kind="result", row=row.name, server=name, round=number, **line)


def _once(row: Row, name: str, effort: Effort) -> dict[str, Any]:
    others = machine.Others()
    try:
        with servers.STARTERS[name]() as server:
            result = row.workload(server, effort)
    except RuntimeError as error:
        print(f"  {name:10} {error}", file=sys.stderr)
        return {"error": str(error)}
    print(f"  {name:10} {report.figure(result['value'])}", flush=True)
    return {**result, "others": round(others.cores(), 2)}


if __name__ == "__main__":
    main()
