"""An import that is killed: `python -m tests.stores.dying URL FOLDER STEP`.

Its process dies by SIGKILL in the middle of a transaction, when it has appended rows for the
STEP-th time. Where there are fewer steps it ends with 0.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

from realtime.stores.archive import pages, talks
from realtime.stores.database import Database
from tests.stores.archives import brought

PAGE = 50


async def dying(url: str, folder: Path, step: int) -> None:
    """Raises nothing: it ends, or everything does."""
    append, steps = talks.append, iter(range(1, step + 1))

    async def appended(*rows: Any) -> None:
        await append(*rows)
        if next(steps, 0) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    with patch.object(talks, "append", appended), patch.object(pages, "PAGE", PAGE):
        async with await Database.open(url) as database:
            await brought(database, folder)


if __name__ == "__main__":
    asyncio.run(dying(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
