"""`realtime bench`: pairs of people at a running server who write to each other, and what is lost.

It is a look, not a benchmark: the clients share one Python process, which is busy long before the
server is. `benchmarks/` measures with a generator in C.
"""

from realtime.cli.bench.run import Plan, run
from realtime.cli.bench.tally import Tally

__all__ = ["Plan", "Tally", "run"]
