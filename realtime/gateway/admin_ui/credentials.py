"""Who may look: a username and a password, plain or as a bcrypt hash, and sessions made of them."""

import asyncio
import hmac
import time
from collections.abc import Callable
from hashlib import sha256
from secrets import token_hex
from typing import Any, Final

BCRYPT: Final = ("$2a$", "$2b$", "$2y$")
"""How a bcrypt hash begins."""

SESSION_SECONDS: Final = 86_400
"""For how long a page that was let in may come back without the password."""

MOST_BYTES: Final = 72
"""Of a password: bcrypt reads no more."""

MOST_WAITING: Final = 8
"""Passwords that wait to be checked against a hash, which takes a core a tenth of a second each."""


class Credentials:
    """One username with its password. Sessions are signed, so every node knows them."""

    def __init__(self, username: str, password: str, now: Callable[[], float] = time.time) -> None:
        self._username = username
        self._password = password
        self._now = now
        self._key = _digest(f"the admin UI of {username}\n{password}")
        self._turn = asyncio.Semaphore()
        self._waiting = 0

    async def accepts(self, username: Any, password: Any) -> bool:
        """Whether these are they; both are looked at, whatever the other is."""
        if not isinstance(username, str) or not isinstance(password, str):
            return False
        named = hmac.compare_digest(_digest(username), _digest(self._username))
        return await self._matches(password) and named

    def session(self) -> str:
        """What lets a page come back for a day."""
        until = f"{int(self._now()) + SESSION_SECONDS}.{token_hex(8)}"
        return f"{until}.{self._signature(until)}"

    def knows(self, session: Any) -> bool:
        """Whether this is a session of ours whose time has not passed."""
        if not isinstance(session, str) or len(session) > 200:
            return False
        until, _, signature = session.rpartition(".")
        if not hmac.compare_digest(_bytes(signature), _bytes(self._signature(until))):
            return False
        return int(until.partition(".")[0]) > self._now()

    async def _matches(self, password: str) -> bool:
        if not self._password.startswith(BCRYPT):
            return hmac.compare_digest(_digest(password), _digest(self._password))
        given = _bytes(password)
        if len(given) > MOST_BYTES or self._waiting >= MOST_WAITING:
            return False
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(_hashed, given, self._password.encode())
        finally:
            self._waiting -= 1

    def _signature(self, text: str) -> str:
        return hmac.new(self._key, _bytes(text), "sha256").hexdigest()


def _hashed(given: bytes, known: bytes) -> bool:
    import bcrypt  # noqa: PLC0415 - an extra, which only a hash needs

    try:
        return bcrypt.checkpw(given, known)
    except ValueError:
        return False


def _digest(text: str) -> bytes:
    return sha256(_bytes(text)).digest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # JSON may hold half a character
