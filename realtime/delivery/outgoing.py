"""Calls to other people's servers: never into our own network, and never without an end."""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from realtime.domain.push import is_public_address

SECONDS = 10.0
"""How long a call may take, all in all."""

THREADS = 32
"""Names that are looked up at the same time."""

NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV

MOST_ANSWER = 64 * 1024
"""Bytes of an answer that are read; the rest is not waited for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What another server said; ``text`` is the beginning of it, or the ``whole``."""

    status: int
    headers: Mapping[str, str]
    text: str
    whole: bool = True


class NoAnswer(Exception):  # noqa: N818 - a finding: the other server could not be asked
    """There is none, for a reason of a few words."""


class Names(AbstractResolver):
    """Asks the system for the addresses of a name, in threads of its own.

    Anybody may name a host whose own servers never answer: where the loop looks names up, the
    database's and Redis' would wait behind it.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, "names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        ask = partial(
            socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )
        found = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        return [
            ResolveResult(
                hostname=host, host=str(to[0]), port=port, family=kind, proto=proto, flags=NUMERIC
            )
            for kind, _, proto, _, to in found
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class PublicResolver(AbstractResolver):
    """Finds the addresses of a name that are on the public internet, when connecting.

    What a name meant when it was stored may be something else by now. Raises OSError where none
    is left.
    """

    def __init__(self, names: AbstractResolver | None = None) -> None:
        self._names = names or Names()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._names.resolve(host, port, family)
        public = [each for each in found if is_public_address(ip_address(each["host"]))]
        if not public:
            raise OSError(None, f"{host} has no public address")
        return public

    async def close(self) -> None:
        await self._names.close()


class Outgoing:
    """One session of calls; its connections are kept for the next. Made in a running loop.

    ``private`` lets them lead into our own network. A call may take so many seconds, all in all,
    and so many may go on at once (0: any number); the others wait, as part of their time. Of an
    answer, ``most_answer`` bytes are read.
    """

    def __init__(
        self,
        *,
        private: bool = False,
        seconds: float = SECONDS,
        at_once: int = 0,
        most_answer: int = MOST_ANSWER,
    ) -> None:
        self._private = private
        self._most_answer = most_answer
        self._names = None if private else PublicResolver()
        # Not aiohttp's own context, which was made when it was imported.
        connector = aiohttp.TCPConnector(
            resolver=self._names,
            ssl=ssl.create_default_context(),
            limit=at_once,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=seconds),
        )

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """POST to exactly this URL. A status that came is an answer, though its text never ends.
        Raises NoAnswer."""
        if not (self._private or _may_be_public(url)):
            raise NoAnswer("its address is not public")
        try:
            exactly = URL(url, encoded=True)  # else "%2f" becomes "/", and a token another one
            call = self._session.post(exactly, data=body, headers=headers, allow_redirects=False)
            async with call as response:
                text, whole = await _beginning(response, self._most_answer)
                return Answer(response.status, response.headers, text, whole)
        except TimeoutError:
            raise NoAnswer("no answer in time") from None
        except aiohttp.ClientConnectorCertificateError:
            raise NoAnswer("its certificate is not valid") from None
        except aiohttp.ClientConnectorError as error:
            raise NoAnswer(f"no connection: {error.os_error.strerror or 'refused'}") from None
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError) as error:
            raise NoAnswer(f"the connection broke: {type(error).__name__}") from None
        except ValueError:  # a part of a name that is longer than 63 characters, for one
            raise NoAnswer("no host can have its name") from None

    async def close(self) -> None:
        """End its connections."""
        await self._session.close()
        if self._names is not None:
            await self._names.close()


def _may_be_public(url: str) -> bool:
    """Whether it has a name, which is looked up when connecting, or a public address itself."""
    try:
        return is_public_address(ip_address(urlsplit(url).hostname or ""))
    except ValueError:
        return True


async def _beginning(response: "aiohttp.ClientResponse", most: int) -> tuple[str, bool]:
    """As much of an answer as is read, and whether that is all of it; a longer one costs the
    connection, not our memory."""
    read, whole = bytearray(), True
    try:
        async for part in response.content.iter_any():
            read += part
            if len(read) >= most:
                whole = False
                break
    except (TimeoutError, aiohttp.ClientError, OSError):
        whole = False
    if not whole:
        response.close()
    return bytes(read[:most]).decode(errors="replace"), whole
