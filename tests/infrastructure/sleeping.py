"""A program that sleeps: `python -m tests.infrastructure.sleeping SECONDS`."""

import sys
import time

if __name__ == "__main__":
    print("asleep", flush=True)  # noqa: T201
    time.sleep(float(sys.argv[1]))
