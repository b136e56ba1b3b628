"""What `realtime check --url` finds between a frontend and the nodes: one hop after the other.

It speaks Engine.IO as socket.io-client does, without a token: a session is opened, asked after on
many connections, upgraded, and then left in silence for as long as a healthy one is silent.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import orjson
from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorSSLError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    WSMsgType,
    WSServerHandshakeError,
)

from realtime.cli import arriving, letting, trusting
from realtime.cli.findings import Finding
from realtime.reasons import plainly
from realtime.settings import is_http

PATIENCE = 10.0
"""Seconds for an answer that does not wait for anything."""
SESSIONS = 8
"""How many sessions are asked after: with two nodes, luck hides a wrong route once in 256."""
MARGIN = 5.0
"""Seconds beyond the ping interval before a silence counts as one that nobody ends."""
SKEW = 30.0
"""Seconds that clocks may differ before tokens are refused."""

LOST = (
    "Requests of a session reach nodes that do not know it, so long-polling fails: give the nodes"
    " one Redis and let them reach one another (node.forwards), or route by the sid, as"
    " `realtime nginx` does."
)
NO_UPGRADE = (
    "WebSockets do not get through ({why}): let the proxy speak HTTP/1.1 and pass Upgrade and"
    " Connection. Until then every client polls."
)
CUT = (
    "{what} that is silent does not live: after {after:.1f} s a hop{hops} {how}. Let it wait longer"
    " than transport.ping_interval (nginx: proxy_read_timeout 75s), or lower that."
)
MOVED = (
    "{url} only leads to {to}, and a WebSocket follows no redirect: give that address to the"
    " frontends and to this command."
)
CACHED = (
    "One session was handed out twice: a cache on the way{hops} keeps what belongs to one"
    " client. Let it pass everything under /socket.io/, and keep nothing of it."
)
SKEWED = "The clocks here and there are {apart:.0f} s apart, and tokens are dated: set both by NTP."

_HOPS = ("Server", "Via", "CF-Ray", "X-Served-By", "X-Cache")


class Unreachable(Exception):  # noqa: N818 - a finding
    """A sentence: what the URL does not do."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that the far end has opened."""

    sid: str
    ping_interval: float

    @property
    def node(self) -> str:
        """The name with which its node's sids begin; all of one that gives none."""
        return self.sid.partition("-")[0] if "-" in self.sid else "one node"


@dataclass(frozen=True, slots=True)
class Known:
    """What the configuration here knows of the far end, if it is the far end's."""

    server_key: str | None = field(default=None, repr=False)
    origin: str | None = None


class Probe:
    """The way to a deployment, by the URL that its frontends have."""

    def __init__(self, http: ClientSession, url: str, known: Known) -> None:
        self._http = http
        self._url = url.rstrip("/")
        self._known = known
        self._hops = ""

    async def findings(self) -> AsyncIterator[Finding]:
        """What holds, hop by hop; ends with the first that makes all others fail."""
        try:
            opened, found = await self._handshake()
        except Unreachable as problem:
            yield "URL", self._url, str(problem)
            return
        yield found
        if self._url.startswith("https:"):
            yield await trusting.ending(self._url)
        if (kept := await self._kept()) is not None:
            yield kept
            return
        yield await self._clock()
        yield await letting.readable(self._http, self._polling(), self._known.origin)
        yield await arriving.arrival(self._http, self._url, self._known.server_key, self._hops)
        yield await self._sessions()
        websocket = await self._websocket()
        yield websocket
        seconds = opened.ping_interval
        ways = [self._poll_in_silence(seconds)]
        if websocket[2] is None:
            ways.append(self._socket_in_silence(seconds))
        for finding in await asyncio.gather(*ways):
            yield finding

    async def _handshake(self) -> tuple[Opened, Finding]:
        """Raises Unreachable."""
        began = time.monotonic()
        try:
            async with self._http.get(self._polling(), allow_redirects=False) as response:
                text = await response.text()
        except (ClientConnectorCertificateError, ClientConnectorSSLError) as error:
            raise Unreachable(trusting.distrusted(self._url, error)) from None
        except (ClientError, TimeoutError, OSError, UnicodeError) as error:
            raise Unreachable(
                f"Nothing answers at {self._url} ({_why(error)}): check the name, the certificate"
                " and the firewall."
            ) from None
        took = time.monotonic() - began
        self._hops = _hops(response)
        if 300 <= response.status < 400:
            to = response.headers.get("Location", "nowhere").partition("/socket.io")[0]
            raise Unreachable(MOVED.format(url=self._url, to=to))
        opened = _opened(text) if response.status == 200 else None
        if opened is None:
            raise Unreachable(
                f"{self._polling()} answers {response.status}{self._hops} and no handshake: let the"
                " proxy pass everything under /socket.io/ to the nodes, its query too."
            )
        return opened, ("URL", f"{self._url} answers in {1000 * took:.0f} ms{self._hops}", None)

    async def _kept(self) -> Finding | None:
        """Whether a cache hands out what it has, and so would mislead all that is asked later."""
        first, second = await self._open(), await self._open()
        if first.sid != second.sid:
            return None
        return "Sessions", "one for everybody", CACHED.format(hops=self._hops)

    async def _clock(self) -> Finding:
        """How far the far end's clock is from ours; tokens are dated."""
        async with self._http.get(f"{self._url}/healthz") as response:
            given = response.headers.get("Date", "")
        try:
            apart = abs(time.time() - parsedate_to_datetime(given).timestamp())
        except ValueError:
            return "Clock", "not told", None
        problem = SKEWED.format(apart=apart) if apart > SKEW else None
        return "Clock", f"{apart:.0f} s apart", problem

    async def _sessions(self) -> Finding:
        """Whether requests of a session reach the node that has it."""
        nodes: Counter[str] = Counter()
        lost: Counter[str] = Counter()
        for _ in range(SESSIONS):
            opened = await self._open()
            nodes[opened.node] += 1
            if not await self._is_known(opened.sid):
                lost[opened.node] += 1
        known, names = SESSIONS - lost.total(), ", ".join(sorted(nodes))
        found = f"{known} of {SESSIONS} reached their node ({names})"
        return "Sessions", found, LOST if lost else None

    async def _is_known(self, sid: str) -> bool:
        """CONNECT on one connection, its answer on another; refused or not, it is an answer."""
        url = f"{self._polling()}&sid={sid}"
        try:
            async with self._http.post(url, data="40") as posted:
                if posted.status != 200:
                    return False
            async with self._http.get(url) as answer:
                return answer.status == 200
        except (ClientError, TimeoutError, OSError):
            return False

    async def _websocket(self) -> Finding:
        """Whether a WebSocket opens, and whether a polling session can become one."""
        try:
            async with self._http.ws_connect(self._websocket_url()) as socket:
                first = await socket.receive_str(timeout=PATIENCE)
            opened = await self._open()
            async with self._http.ws_connect(f"{self._websocket_url()}&sid={opened.sid}") as socket:
                await socket.send_str("2probe")
                second = await socket.receive_str(timeout=PATIENCE)
        except (ClientError, TimeoutError, TypeError, OSError) as error:
            return "WebSocket", f"refused{self._hops}", NO_UPGRADE.format(why=_why(error))
        if first.startswith("0{") and second == "3probe":
            return "WebSocket", "opens, and takes over from polling", None
        return "WebSocket", "answers wrongly", "What answers the WebSocket is not this server."

    async def _socket_in_silence(self, seconds: float) -> Finding:
        """Whether anything on the way ends a WebSocket before the next ping."""
        async with self._http.ws_connect(self._websocket_url()) as socket:
            await socket.receive_str(timeout=PATIENCE)
            began = time.monotonic()
            with suppress(TimeoutError):
                message = await socket.receive(timeout=seconds + MARGIN)
                if message.type == WSMsgType.TEXT and message.data == "2":
                    return "Silence", f"a WebSocket bears {seconds:g} s of it", None
                how = "closed it with a frame" if message.type == WSMsgType.CLOSE else "cut it"
                return self._ended("A WebSocket", time.monotonic() - began, how)
        return self._ended("A WebSocket", seconds + MARGIN, "swallowed the server's ping")

    async def _poll_in_silence(self, seconds: float) -> Finding:
        """Whether anything on the way ends a waiting poll before the next ping."""
        opened = await self._open()
        began = time.monotonic()
        limit = ClientTimeout(total=seconds + MARGIN)
        try:
            url = f"{self._polling()}&sid={opened.sid}"
            async with self._http.get(url, timeout=limit) as response:
                text = await response.text()
        except (ClientError, TimeoutError, OSError) as error:
            return self._ended("A poll", time.monotonic() - began, f"ended it ({_why(error)})")
        if response.status == 200 and text == "2":
            return "Silence", f"a poll bears {seconds:g} s of it", None
        return self._ended("A poll", time.monotonic() - began, f"answered {response.status}")

    def _ended(self, what: str, after: float, how: str) -> Finding:
        problem = CUT.format(what=what, after=after, hops=self._hops, how=how)
        return "Silence", f"{what.lower()} lasted {after:.1f} s", problem

    async def _open(self) -> Opened:
        """Another session. Raises ValueError where there is none."""
        async with self._http.get(self._polling()) as response:
            opened = _opened(await response.text())
        if opened is None:
            raise ValueError("no handshake")
        return opened

    def _polling(self) -> str:
        return f"{self._url}/socket.io/?EIO=4&transport=polling"

    def _websocket_url(self) -> str:
        return f"{self._url}/socket.io/?EIO=4&transport=websocket"


async def findings(url: str, known: Known = Known()) -> AsyncIterator[Finding]:
    """What holds on the way to a URL; takes as long as the nodes' ping interval."""
    if not is_http(url):
        yield "URL", url, f'"{url}" is no URL of a server: write https://chat.example.'
        return
    limit = ClientTimeout(total=PATIENCE)
    # A connection for each request: otherwise the first one's node would have all of them.
    headers = {"Connection": "close"}
    async with ClientSession(timeout=limit, headers=headers) as http:
        try:
            async for finding in Probe(http, url, known).findings():
                yield finding
        except (ClientError, TimeoutError, OSError, ValueError) as error:
            yield "URL", url, f"{url} answered, and then no more ({_why(error)}): try again."


def _opened(packet: str) -> Opened | None:
    """The session of a handshake; None where it is none."""
    if not packet.startswith("0{"):
        return None
    try:
        told: dict[str, Any] = orjson.loads(packet[1:])
        return Opened(str(told["sid"]), told["pingInterval"] / 1000)
    except (ValueError, KeyError, TypeError):
        return None


def _hops(response: ClientResponse) -> str:
    """What the hops on the way say of themselves."""
    said = [f"{name}: {response.headers[name]}" for name in _HOPS if name in response.headers]
    return f" ({', '.join(said)})" if said else ""


def _why(error: BaseException) -> str:
    if isinstance(error, WSServerHandshakeError):
        return f"the answer is {error.status}"
    return plainly(error)
