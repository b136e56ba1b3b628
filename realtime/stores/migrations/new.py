"""``python -m realtime.stores.migrations.new NAME`` writes the next migration of both trees.

It compares the models with what the last migrations left. No server needs to run.
"""

import argparse
import asyncio
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from realtime.stores.migrations.apply import write
from realtime.stores.migrations.trees import BREAKING, tree

DATABASES = ("sqlite://:memory:", "postgres://nobody@localhost/none")
"""One of each kind; neither is opened."""


def main() -> None:
    """Write a migration for each database whose tables the models no longer describe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="what changes, in_snake_case")
    parser.add_argument(
        "--breaking", action="store_true", help="older versions of the server must not run after it"
    )
    parser.add_argument("--empty", action="store_true", help="to be written by hand")
    given = parser.parse_args()
    name = f"{BREAKING.strip('_')}_{given.name}" if given.breaking else given.name
    # Aerich keeps what it compares in its classes: a process for each database.
    with ProcessPoolExecutor(
        max_workers=1, max_tasks_per_child=1, mp_context=multiprocessing.get_context("spawn")
    ) as processes:
        for line in processes.map(partial(_write, name=name, empty=given.empty), DATABASES):
            sys.stdout.write(line + "\n")


def _write(url: str, name: str, *, empty: bool) -> str:
    written = asyncio.run(write(url, name, empty=empty))
    return f"{tree(url)}: {written or 'nothing new'}"


if __name__ == "__main__":
    main()
