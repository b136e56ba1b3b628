"""Makes frontends: any client version, any transports, any namespace, with or without a socket."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import aiohttp

from realtime.dialects.names import dialect_names
from tests.between import Between
from tests.driver import NEWEST, Driver
from tests.frontend import TRANSPORTS, Frontend
from tests.rest import Rest

ORIGINS = {name: f"http://{name}.example" for name in dialect_names()}
"""The origin that each dialect's frontends are served from, in every scenario."""

RECONNECTING = {
    "reconnection": True,
    "reconnectionDelay": 20,
    "reconnectionDelayMax": 200,
    "randomizationFactor": 0,
}
"""A client that comes back by itself, as shipped ones do, but without their second of delay."""


class Frontends:
    """The frontends of one test; all are forgotten at its end."""

    def __init__(self, driver: Driver, http: aiohttp.ClientSession, transports: str) -> None:
        self.transports = transports
        """What `connect` uses where it is told nothing else: a key of `TRANSPORTS`."""
        self.between: Between | None = None
        """What is between the nodes that they connect to, where there are several."""
        self._driver = driver
        self._http = http
        self._open: list[Frontend] = []

    def person(self, url: str, token: str | None = None, **options: Any) -> Rest:
        """Somebody without a socket: REST only. Options as `Rest`'s."""
        return Rest(self._http, url, token=token, **options)

    async def connect(self, url: str, token: str | None = None, **options: Any) -> Frontend:
        """A connected frontend; raises `Refused`. Options as `open`'s."""
        frontend = self.open(url, token, **options)
        await frontend.is_connected(1)
        return frontend

    def open(
        self,
        url: str,
        token: str | None = None,
        *,
        auth: Any = None,
        dialect: str = "conversations",
        headers: Mapping[str, str] | None = None,
        transports: str | Sequence[str] | None = None,
        version: str = NEWEST,
        namespace: str = "",
        beside: Frontend | None = None,
        early: Iterable[Sequence[Any]] = (),
        reconnects: bool = False,
        **options: Any,
    ) -> Frontend:
        """A frontend that is about to connect; `connect` waits for it.

        `token` is sent as `auth.token` and with REST, `auth` replaces the former. `beside` shares
        another frontend's connection (a second namespace). `early` events (`[name, *args]`) are
        emitted before the connection is there. `options` are socket.io-client's own.
        """
        frontend = Frontend(
            self._driver, self._http, url, token=token, dialect=dialect, headers=headers
        )
        frontend.between = self.between
        self._open.append(frontend)
        if auth is None:
            auth = {"token": token} if token else {}
        chosen = transports or self.transports
        options = {
            "forceNew": beside is None,
            "transports": TRANSPORTS[chosen] if isinstance(chosen, str) else list(chosen),
            "auth": auth,
            "extraHeaders": dict(headers or {}),
            **(RECONNECTING if reconnects else {"reconnection": False}),
            **options,
        }
        frontend.connects_to(
            url, version, namespace, options, beside=beside, early=[list(args) for args in early]
        )
        return frontend

    def forget(self) -> None:
        """Drop every socket of this test."""
        for frontend in self._open:
            self._driver.forget(frontend.number)
