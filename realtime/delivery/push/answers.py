"""What the answer of a push service means; the numbers are those of docs/push.md's rules."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

from realtime.delivery.outgoing import Answer
from realtime.domain.texts import storable

LONGEST_WAIT = 86_400.0
"""Seconds that a push service may ask us to wait."""

MOST_REASON = 200

RETRY_NOW = 202
"""Mozilla's number for a fault that is over."""

OTHER_KEY = ("credentials used to create", "VAPID public key mismatch", "VapidPkHashMismatch")
"""How Chrome's, Mozilla's and Apple's say that a subscription was made with another key."""


class Outcome(StrEnum):
    """What became of a request."""

    ACCEPTED = "accepted"
    GONE = "gone"
    OTHER_KEY = "other_key"
    TOO_BIG = "too_big"
    SLOW_DOWN = "slow_down"
    TROUBLE = "trouble"
    UNAUTHORIZED = "unauthorized"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Result:
    """An outcome, the status (0: no answer), the service's reason, and the seconds that it wants to
    be left alone (None: it does not say)."""

    outcome: Outcome
    status: int = 0
    reason: str = ""
    retry_after: float | None = None


def meaning(answer: Answer, now: datetime) -> Result:
    """What a push service wants to say."""
    status, reason = answer.status, _reason(answer)
    outcome = _OF_STATUS.get(status) or _of_class(status)
    refused = outcome in {Outcome.UNAUTHORIZED, Outcome.REFUSED}
    if refused and any(each in answer.text for each in OTHER_KEY):
        outcome = Outcome.OTHER_KEY
    wait = retry_after(answer.headers.get("Retry-After"), now)
    if outcome is Outcome.TROUBLE and _json(answer).get("errno") == RETRY_NOW:
        wait = 0.0
    return Result(outcome, status, reason, wait)


_OF_STATUS = {
    401: Outcome.UNAUTHORIZED,
    403: Outcome.UNAUTHORIZED,
    404: Outcome.GONE,
    406: Outcome.SLOW_DOWN,
    408: Outcome.TROUBLE,
    410: Outcome.GONE,
    413: Outcome.TOO_BIG,
    429: Outcome.SLOW_DOWN,
}


def _of_class(status: int) -> Outcome:
    if 200 <= status < 300:
        return Outcome.ACCEPTED
    return Outcome.TROUBLE if status >= 500 else Outcome.REFUSED


def _reason(answer: Answer) -> str:
    """In the service's words: Windows has a header, Apple and Mozilla JSON, Chrome text."""
    said = _json(answer)
    found = (
        answer.headers.get("x-wns-error-description")
        or said.get("reason")
        or said.get("message")
        or answer.text
    )
    return storable(" ".join(str(found).split()))[:MOST_REASON]


def _json(answer: Answer) -> dict[str, Any]:
    try:
        said = json.loads(answer.text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def retry_after(given: str | None, now: datetime) -> float | None:
    """Seconds or a date, as HTTP has both."""
    if given is None:
        return None
    try:
        wait = float(given)
    except ValueError:
        wait = _until(given, now)
    return min(max(wait, 0.0), LONGEST_WAIT) if wait == wait else None  # noqa: PLR0124 - not NaN


def _until(date: str, now: datetime) -> float:
    try:
        at = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return float("nan")
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return (at - now).total_seconds()
