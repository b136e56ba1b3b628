"""What `realtime check --url` finds of a client's address: whether it arrives, who is believed.

The far end is asked with a server key (`GET /api/server/way`) over which hops it was asked, once as
a client would and once as one that claims to be somebody else.
"""

import asyncio
import socket
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientSession

from realtime.calling import PREFIX
from realtime.cli.findings import Finding
from realtime.transport.engineio.limits.admission import plain

PATH = f"{PREFIX}/way"
CLAIMED = "192.0.2.123"
"""An address of documentation's own (RFC 5737): nobody has it."""

UNSAID = (
    "The proxy at {peer} does not say for whom it asks, so every client has its address: let it"
    " send X-Forwarded-For (nginx: proxy_set_header X-Forwarded-For $remote_addr)."
)
UNBELIEVED = (
    "The proxy at {peer} says for whom it asks and is not believed, so limits by address count"
    ' every client as one: set transport.trusted_proxies there, as ["{peer}"].'
)
ANYBODY = (
    "Any client may claim an address: what it sends as X-Forwarded-For is passed on as it is. Let"
    " the first proxy write it anew (nginx: $remote_addr), or trust no network that clients are in."
)


@dataclass(frozen=True, slots=True)
class Way:
    """The hops of a request, the farthest first, and the address that was taken from them."""

    address: str
    hops: tuple[str, ...]
    trusted: tuple[bool, ...]

    @property
    def peer(self) -> str:
        """Whoever opened the connection to the node."""
        return self.hops[-1]


async def arrival(http: ClientSession, url: str, key: str | None, hops: str) -> Finding:
    """Whether the address of who asks reaches the node; `hops` is what the way says of itself."""
    if key is None:
        return "Address", "not asked: no server key is configured here (SERVER_API_KEY)", None
    bearer = {"Authorization": f"Bearer {key}"}
    async with http.get(f"{url}{PATH}", headers=bearer) as response:
        if response.status != 200:
            return "Address", f"not told: the answer is {response.status} to this server key", None
        asked = _way(await response.json())
    async with http.get(f"{url}{PATH}", headers={**bearer, "X-Forwarded-For": CLAIMED}) as response:
        claiming = _way(await response.json())
    direct = not hops and asked.peer in await _own_addresses(url)
    return "Address", f"arrives as {asked.address}", wrong(asked, claiming, direct=direct)


def wrong(asked: Way, claiming: Way, *, direct: bool) -> str | None:
    """What is wrong with the way, if anything; `direct`: there seems to be no proxy at all."""
    if direct:
        return None
    if claiming.address == CLAIMED and claiming.hops[-2:-1] == (CLAIMED,):
        return ANYBODY
    if len(asked.hops) > 1:
        if not asked.trusted[-1]:
            return UNBELIEVED.format(peer=asked.peer)
        # Nothing was claimed, so whoever asks is the farthest: what comes behind her is a proxy.
        return None if asked.address == asked.hops[0] else UNBELIEVED.format(peer=asked.address)
    between = asked.trusted[-1] or not ip_address(asked.peer).is_global
    return UNSAID.format(peer=asked.peer) if between else None


def _way(answer: dict[str, Any]) -> Way:
    told = answer["data"]
    return Way(
        told["address"],
        tuple(hop["address"] for hop in told["hops"]),
        tuple(hop["trusted"] for hop in told["hops"]),
    )


async def _own_addresses(url: str) -> set[str]:
    """Ours on the way there, as a node without a proxy between would see them."""
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    found = set()
    with suppress(OSError):
        known = await loop.getaddrinfo(parts.hostname, parts.port or 80, type=socket.SOCK_DGRAM)
        for family, kind, _, _, there in known:
            with suppress(OSError), socket.socket(family, kind) as probe:
                probe.connect(there)  # of a datagram's socket: nothing is sent
                found.add(plain(probe.getsockname()[0]))
    return found
