"""Where somebody stands who asks for what is new: text that she keeps and brings back.

Opaque to its holder, and good for her alone: it is signed together with her id, so that nobody can
make one up that would have the database read all that there ever was.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import blake2s
from hmac import compare_digest

from realtime.domain.errors import BrokenCursor, ForeignCursor
from realtime.domain.missed import Span

SIGNATURE = 16
"""Bytes of it."""

MOMENT = r"\d+(?::\d+:[\d,]*)?"
TEXT = re.compile(rf"1 (?P<epoch>\w+) (?P<old>{MOMENT})(?: (?P<new>{MOMENT}) (?P<after>\d+))?")
"""The version of this format, and what a cursor says: a moment or, between two pages, a span."""

MOST = 8_000
"""Characters; a snapshot names the transactions that were under way."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """In which epoch, and from where: ``new`` and ``after`` are given between two pages."""

    epoch: str
    old: str
    new: str | None = None
    after: int = 0

    @classmethod
    def within(cls, epoch: str, span: Span) -> "Cursor":
        """Between two pages of a span."""
        return cls(epoch, span.old, span.new, span.after)

    def signed(self, user_id: str, secret: str) -> str:
        """As its holder gets it."""
        text = f"1 {self.epoch} {self.old}"
        if self.new is not None:
            text += f" {self.new} {self.after}"
        return urlsafe_b64encode(_signature(text, user_id, secret) + text.encode()).decode()


def read(given: str, user_id: str, *, epoch: str, secret: str) -> Cursor:
    """A cursor that somebody brings back; one of another epoch has only that epoch.

    Raises BrokenCursor for what none of ours looks like, ForeignCursor for another user's.
    """
    signature, text = _parts(given)
    found = TEXT.fullmatch(text)
    if found is None:
        raise BrokenCursor
    if found["epoch"] != epoch:  # its secret was another: nothing more can be said of it
        return Cursor(found["epoch"], "0")
    if not compare_digest(signature, _signature(text, user_id, secret)):
        raise ForeignCursor
    return Cursor(epoch, found["old"], found["new"], int(found["after"] or 0))


def _parts(given: str) -> tuple[bytes, str]:
    if len(given) > MOST:
        raise BrokenCursor
    try:
        # Without what a client's URL may have cost it at the end.
        found = urlsafe_b64decode(given.rstrip("=") + "=" * (-len(given.rstrip("=")) % 4))
        return found[:SIGNATURE], found[SIGNATURE:].decode("ascii")
    except ValueError:
        raise BrokenCursor from None


def _signature(text: str, user_id: str, secret: str) -> bytes:
    signed = f"{text}\n{user_id}".encode()
    return blake2s(signed, key=bytes.fromhex(secret), digest_size=SIGNATURE).digest()
