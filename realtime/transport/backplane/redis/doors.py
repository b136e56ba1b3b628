"""Which server to go to: the one of the URL, or whom Sentinels or a Cluster's servers name now."""

import asyncio
import random
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

from realtime.transport.backplane.places import Place
from realtime.transport.backplane.redis.link import Away, Link, nobody

ASK_SECONDS: Final = 1.0
"""What a Sentinel, or a server that may only know the way, is waited for."""
LOOK_SECONDS: Final = 2.0
"""Between two questions to the Sentinels whether the primary is still the one."""
HOPS: Final = 3
"""How often a Cluster may send us on. It needs one, or two while a slot moves."""


async def find(place: Place, key: str) -> str:
    """The URL of the server that takes writes of this key at the moment. Raises Away."""
    if place.kind == "server":
        return place.urls[0]
    return await (_primary(place) if place.kind == "sentinel" else _owner(place, key))


async def until_moved(place: Place, key: str, url: str) -> None:
    """Return once Sentinels name another server than this one, which may live on for a while and
    take writes that nobody will have heard of."""
    found = url
    while found == url:
        await asyncio.sleep(LOOK_SECONDS)
        with suppress(Away):
            found = await find(place, key)


async def _primary(place: Place) -> str:
    """Whom the Sentinel names that knows of the latest failover."""
    command = ("SENTINEL", "MASTER", place.primary)
    answers = await asyncio.gather(
        *(_asked(url, *command) for url in place.urls), return_exceptions=True
    )
    known = [
        dict(zip(each[::2], each[1::2], strict=True)) for each in answers if type(each) is list
    ]
    if not known:
        refused = any(str(each) == "ERR" for each in answers)
        raise Away(f"no Sentinel knows {place.primary}" if refused else "no Sentinel answers")
    latest = max(known, key=lambda each: int(each[b"config-epoch"]))
    return place.at(latest[b"ip"].decode(), int(latest[b"port"]))


async def _owner(place: Place, key: str) -> str:
    """Where the first server leads that answers."""
    reason = Away("no answer")
    for url in random.sample(place.urls, len(place.urls)):
        try:
            return await _led(place, url, key)
        except Away as away:
            reason = away
    raise reason


async def _led(place: Place, url: str, key: str) -> str:
    """Ask for the key, and go where that leads."""
    for _ in range(HOPS):
        try:
            await _asked(url, "EXISTS", key)
        except Away as away:
            if away.elsewhere is None:
                raise
            url = _moved(place, url, away.elsewhere)
        else:
            return url
    raise Away("the Cluster sends us in circles")


def _moved(place: Place, url: str, elsewhere: str) -> str:
    """The URL of `host:port`; without a host it is on the one that was asked."""
    host, _, port = elsewhere.rpartition(":")
    return place.at(host or urlsplit(url).hostname or "", int(port))


async def _asked(url: str, *command: str) -> Any:
    link = await Link.open(url, nobody, seconds=ASK_SECONDS)
    try:
        return await link.ask(*command, seconds=ASK_SECONDS)
    finally:
        link.close()
