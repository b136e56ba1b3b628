"""Ids of sessions and sockets: 120 random bits, which nobody can guess, as 20 characters.

A session's id begins with its node's name and a hyphen, so that a proxy sees where it belongs.
"""

import os
from base64 import urlsafe_b64encode
from typing import Final

_BYTES: Final = 15
_AT_ONCE: Final = 256


class Ids:
    """Draws from the system's randomness a few hundred ids at a time: it is a system call.

    Each begins with `prefix`, which is no part of the 20 characters.
    """

    __slots__ = ("_drawn", "_prefix")

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._drawn: list[str] = []

    def new(self) -> str:
        """An id that was never given out before."""
        if not self._drawn:
            drawn = urlsafe_b64encode(os.urandom(_BYTES * _AT_ONCE)).decode()
            size = len(drawn) // _AT_ONCE
            self._drawn = [
                self._prefix + drawn[at : at + size] for at in range(0, len(drawn), size)
            ]
        return self._drawn.pop()
