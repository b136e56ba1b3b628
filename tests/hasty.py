"""`python -m tests.hasty …` is `realtime …` where nodes give one another up in seconds."""

from __future__ import annotations

from realtime.cli import main
from realtime.stores import roster

if __name__ == "__main__":
    roster.BEAT, roster.SILENCE = 0.5, 3.0
    main()
