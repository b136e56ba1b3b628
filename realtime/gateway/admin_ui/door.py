"""Lets a page of the admin UI in: by its session, or by the password, of which few may be tried."""

from typing import Any

import structlog

from realtime.domain.ports import Limits
from realtime.gateway.admin_ui.credentials import Credentials
from realtime.logs import Sparing

log = structlog.get_logger(__name__)

KIND = "admin"
"""The bucket that each password that is tried takes a token from, by the address it comes from."""


class Door:
    """Whoever wants to look comes by here."""

    def __init__(self, credentials: Credentials, limits: Limits) -> None:
        self._credentials = credentials
        self._limits = limits
        self._strangers = Sparing()

    async def let_in(self, address: str, auth: Any) -> str | None:
        """A new session for who brings the password, none ("") for who has one; None: a no."""
        given = auth if isinstance(auth, dict) else {}
        if self._credentials.knows(given.get("sessionId")):
            return ""
        if "password" not in given:
            return None
        limited = await self._limits.take(address, (KIND,))
        name, password = given.get("username"), given["password"]
        if not limited and await self._credentials.accepts(name, password):
            return self._credentials.session()
        more = self._strangers.facts()
        if more is not None:
            reason = "too many passwords" if limited else "wrong password"
            log.warning("admin_refused", address=address, reason=reason, **more)
        return None
