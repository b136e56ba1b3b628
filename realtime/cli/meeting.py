"""What `realtime check` finds where nodes meet: whether it is there, takes writes and is new
enough."""

import asyncio
import re
import time
from contextlib import closing
from urllib.parse import urlsplit

from realtime.cli.findings import Finding
from realtime.config import Config
from realtime.transport.backplane import places
from realtime.transport.backplane.redis import doors
from realtime.transport.backplane.redis.link import Away, Link, nobody

_VERSION = re.compile(rb"redis_version:(\d+)\.(\d+)")
_CLUSTER = re.compile(rb"\b(redis|server)_mode:cluster")

OLDEST = (6, 2)
"""The version that trims a stream by MINID."""

SLOW = 0.05
"""Seconds for an answer beyond which people notice."""


async def found(config: Config, patience: float) -> Finding:
    """Whether the nodes can meet. Out of reach is a problem: each would serve alone."""
    if config.redis_url is None:
        return "Redis", "not used: one node serves alone", None
    place = places.place(config.redis_url)
    try:
        async with asyncio.timeout(patience):
            url = await doors.find(place, place.key(config.redis.prefix, "stream"))
            with closing(await Link.open(url, nobody)) as link:
                problem = await _unfit(link, place, config.called("redis_url"))
                took = await _time(link)
    except (Away, TimeoutError) as error:
        problem = (
            f"Redis at {place} cannot be reached ({error or 'no answer'}): nodes would not hear one"
            f" another. Start it, or correct {config.called('redis_url')}."
        )
        return "Redis", f"{place}, out of reach", problem
    where = f"{place}{_led_to(place, url)}, reached in {1000 * took:.1f} ms"
    if problem is None and took > SLOW:
        problem = (
            f"Redis at {place} takes {1000 * took:.0f} ms for an answer, and so does everything"
            " that one node says to another: use one that is nearer."
        )
    return "Redis", where, problem


async def bridged(config: Config, patience: float) -> Finding:
    """Whether other backends are heard."""
    chosen = config.bridge
    if not chosen.used:
        return "Bridges", "off: nothing is heard of other backends' emits", None
    heard = [f"python-socketio on {', '.join(chosen.python_channels)}"] if chosen.python else []
    heard += [f"redis-emitters on {chosen.emitters_key}"] if chosen.emitters else []
    said = f"{' and '.join(heard)}, to rooms of {chosen.dialect or config.dialect}"
    if chosen.redis_url is None:  # where nodes meet, which is looked at anyway
        return "Bridges", said, None
    place = places.place(chosen.redis_url)
    try:
        async with asyncio.timeout(patience):
            url = await doors.find(place, "")
            (await Link.open(url, nobody)).close()
    except (Away, TimeoutError) as error:
        problem = (
            f"Redis at {place} cannot be reached ({error or 'no answer'}): other backends would not"
            f" be heard. Start it, or correct {config.called('bridge', 'redis_url')}."
        )
        return "Bridges", f"{said}, at {place}, out of reach", problem
    return "Bridges", f"{said}, at {place}, reached", None


def _led_to(place: places.Place, url: str) -> str:
    """Which server that is now, where it may be another tomorrow."""
    if place.kind == "server":
        return ""
    parts = urlsplit(url)
    return f", at {parts.hostname}:{parts.port} now"


async def _unfit(link: Link, place: places.Place, setting: str) -> str | None:
    """Why nodes could not meet there, though it answers. What it does not let us ask is well."""
    role = await _answer(link, "ROLE")
    if isinstance(role, list) and role[0] != b"master":
        return (
            f"Redis at {place} is a replica, which takes no writes: let {setting} name the primary,"
            " or Sentinels (redis+sentinel://host:26379/mymaster)."
        )
    info = await _answer(link, "INFO", "server")
    said = info if isinstance(info, bytes) else b""
    version = _VERSION.search(said)
    if version and (int(version[1]), int(version[2])) < OLDEST:
        return f"Redis at {place} is older than 6.2, which trims streams by time: upgrade it."
    if _CLUSTER.search(said) and place.kind == "server":
        return (
            f"Redis at {place} is part of a Cluster: let {setting} begin with redis+cluster://,"
            " or with rediss+cluster:// for TLS."
        )
    return await _evicts(link, place)


async def _time(link: Link) -> float:
    """Seconds for an answer: the middle one of five."""
    took = []
    for _ in range(5):
        began = time.monotonic()
        await link.ask("PING")
        took.append(time.monotonic() - began)
    return sorted(took)[2]


async def _evicts(link: Link, place: places.Place) -> str | None:
    """Whether it throws away what nodes have not read, once its memory is full."""
    policy = await _setting(link, "maxmemory-policy")
    if not policy.startswith("allkeys") or await _setting(link, "maxmemory") in ("", "0"):
        return None
    return (
        f"Redis at {place} throws keys away when its memory is full (maxmemory-policy {policy}):"
        " set it to noeviction or volatile-lru, else what nodes say to one another is lost."
    )


async def _setting(link: Link, name: str) -> str:
    given = await _answer(link, "CONFIG", "GET", name)
    if isinstance(given, dict):
        return next((value.decode() for value in given.values()), "")
    return given[1].decode() if isinstance(given, list) and len(given) > 1 else ""


async def _answer(link: Link, *command: str) -> list[bytes] | bytes | None:
    try:
        given: list[bytes] | bytes | None = await link.ask(*command)
    except Away:  # a user without the right to ask this may have all that is needed
        return None
    return given
