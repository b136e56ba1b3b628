"""What the answer of an endpoint means: 2xx is taken, all else is tried again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from realtime.delivery.outgoing import Answer
from realtime.delivery.push.answers import retry_after
from realtime.domain.texts import storable

GONE_PAUSE = 3600.0
"""Seconds for which an endpoint is left alone that has said 410: it wants nothing more, and only
the settings can take it out."""

MOST_REASON = 200

GONE = 410
OF_THIS_ONE = frozenset({400, 409, 413, 415, 422})
"""What an endpoint says of one event; all else is about the endpoint."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a request: the status (0: no answer), the beginning of what was said, whether
    it is the endpoint that is in trouble, and the seconds that it wants to be left alone."""

    status: int
    reason: str = ""
    trouble: bool = False
    pause: float | None = None

    @property
    def taken(self) -> bool:
        """Whether the endpoint has it."""
        return 200 <= self.status < 300

    @property
    def outcome(self) -> str:
        """For monitors: ``taken``, ``refused`` or ``no answer``."""
        return "taken" if self.taken else "refused" if self.status else "no answer"

    def said(self, at: datetime) -> dict[str, Any]:
        """As it is kept for whoever asks why."""
        return {"status": self.status, "reason": self.reason, "at": at.isoformat()}


def meaning(answer: Answer, now: datetime) -> Result:
    """What an endpoint wants to say."""
    pause = retry_after(answer.headers.get("Retry-After"), now)
    return Result(
        answer.status,
        storable(" ".join(answer.text.split()))[:MOST_REASON],
        answer.status not in OF_THIS_ONE,
        GONE_PAUSE if answer.status == GONE else pause,
    )
