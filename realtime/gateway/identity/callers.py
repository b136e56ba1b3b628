"""Who is calling, and in which dialect."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from realtime.dialects.base import Dialect
from realtime.domain.actor import Actor, Node
from realtime.domain.events import PeopleChanged
from realtime.domain.people import Profile
from realtime.gateway.identity.claims import Claims
from realtime.gateway.identity.credentials import token_of, tokens_of
from realtime.gateway.identity.tokens import Verifier
from realtime.origins import Origins, has_host

Environ = dict[str, Any]

ASKED = "dialect"
"""The query parameter by which a page says what it speaks, whatever its origin."""


class Callers:
    """Lets people in: finds the dialect, verifies the token, and knows the user from then on."""

    def __init__(
        self,
        dialects: Mapping[str, Dialect],
        default: str,
        origins: Origins,
        verifier: Verifier,
        node: Node,
        *,
        cookie: str,
    ) -> None:
        self._dialects = dialects
        self._default = default
        self._origins = origins
        self._verifier = verifier
        self._node = node
        self._cookie = cookie

    @property
    def default(self) -> Dialect:
        """The dialect of whoever has no other."""
        return self._dialects[self._default]

    def dialect_of(self, origin: str | None, host: str | None, asked: str | None = None) -> Dialect:
        """The dialect that is asked for by name, else the one mapped to an origin or, where there
        is none, to a host."""
        if asked is not None and asked in self._dialects:
            return self._dialects[asked]
        return self._dialects[self._origins.dialect_of(origin, host) or self._default]

    def have(self, namespace: str) -> bool:
        """Whether any dialect is spoken in a namespace."""
        return any(namespace in dialect.namespaces for dialect in self._dialects.values())

    def dialect_of_socket(self, environ: Environ, namespace: str) -> Dialect:
        """A namespace of a dialect's own wins over the query's word, and that over the origin."""
        for dialect in self._dialects.values():
            if namespace != "/" and namespace in dialect.namespaces:
                return dialect
        asked = _query(environ).get(ASKED, [None])[0]
        return self.dialect_of(environ.get("HTTP_ORIGIN"), environ.get("HTTP_HOST"), asked)

    def origin_of(self, request: web.Request) -> str | None:
        """Where the calling page is, if that is an allowed origin or our own."""
        origin = request.headers.get("Origin")
        ours = self._origins.trusts(origin) or has_host(origin or "", request.host)
        return origin if ours else None

    async def claims_of_socket(self, environ: Environ, auth: Any) -> Claims:
        """Who opens a socket. Raises MissingToken, InvalidToken, and KeysUnavailable."""
        token = token_of(
            auth,
            _Headers(environ),
            method=environ.get("REQUEST_METHOD", "GET"),
            upgrade=_is_upgrade(environ),
            host=environ.get("HTTP_HOST"),
            trusts=self._origins.trusts,
            cookie=self._cookie,
        )
        return await self._verifier.verify(token)

    async def claims_of_token(self, token: str) -> Claims:
        """Whose token this is. Raises InvalidToken, and KeysUnavailable."""
        return await self._verifier.verify(token)

    async def claims_of_request(
        self, request: web.Request, further_cookies: Sequence[str] = ()
    ) -> Claims:
        """Who calls over REST. Raises MissingToken, InvalidToken, and KeysUnavailable.

        `further_cookies` may bring a token too, after the usual one.
        """
        tokens = tokens_of(
            None,
            request.headers,
            method=request.method,
            upgrade=False,
            host=request.host,
            trusts=self._origins.trusts,
            cookies=(self._cookie, *further_cookies),
        )
        return await self._verifier.verify_any(tokens)

    async def admit(
        self, claims: Claims, session: str | None = None, socket: str | None = None
    ) -> Actor:
        """Know this user from now on. Raises InvalidToken for a token that was revoked."""
        profile = Profile(
            claims.user_id, claims.name, claims.email, claims.avatar, claims.issued_at
        )
        if await self._node.people.seen(profile):
            self._node.announce(PeopleChanged((claims.user_id,)))
        return Actor(claims.user_id, self._node, session, claims.issued_at, socket)


class _Headers(Mapping[str, str]):
    """The headers in a WSGI environment, by their own names."""

    def __init__(self, environ: Environ) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        return str(self._environ["HTTP_" + name.upper().replace("-", "_")])

    def __iter__(self) -> Any:
        return (name for name in self._environ if name.startswith("HTTP_"))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _is_upgrade(environ: Environ) -> bool:
    """Whether the handshake itself was a WebSocket's, which browsers send across sites."""
    return _query(environ).get("transport") != ["polling"]


def _query(environ: Environ) -> dict[str, list[Any]]:
    return parse_qs(environ.get("QUERY_STRING", ""))
