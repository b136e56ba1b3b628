"""Nodes meet over TLS, a unix socket, with a password, by way of Sentinels and in a Cluster."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio

from realtime.transport.backplane import Message
from realtime.transport.backplane.redis import RedisBackplane
from realtime.transport.backplane.redis.link import Away, Link, nobody
from tests.servers.redis import Redis, asking
from tests.servers.redis_kinds import ClusterOfTwo, Sentinel, TlsProxy
from tests.transport.clients import until
from tests.transport.test_backplanes import MESSAGES, PREFIXES, over_redis, unit, well

PASSWORD = "p@ss/word?#%"
ENCODED = "p%40ss%2Fword%3F%23%25"


class Pair:
    """Two nodes at one URL, and what each has heard."""

    def __init__(self, url: str) -> None:
        self.prefix = next(PREFIXES)
        self.nodes = [over_redis(url, self.prefix) for _ in range(2)]
        self.heard: list[list[Message]] = [[], []]

    async def __aenter__(self) -> Pair:
        for node, heard in zip(self.nodes, self.heard, strict=True):
            await node.start(heard.append)
            assert node.well() is None
        return self

    async def __aexit__(self, *_: object) -> None:
        for node in self.nodes:
            await node.close()

    async def meet(self, *messages: Message) -> None:
        """What one says now, both hear last."""
        size = len(messages)
        for message in messages:
            self.nodes[0].publish(message)
        await until(lambda: all(heard[-size:] == list(messages) for heard in self.heard))

    async def again(self) -> None:
        """Until both hear one another once more."""
        for node in self.nodes:
            await well(node)


@pytest.fixture
async def tls(redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[TlsProxy]:
    async with TlsProxy(redis.port, tmp_path) as proxy:
        yield proxy


async def test_a_cut_is_no_new_epoch(own_redis: Redis) -> None:
    async with Pair(own_redis.url) as pair:
        (before,) = {node.epoch for node in pair.nodes}
        pair.nodes[0]._lose("the test")
        await pair.again()
        assert {node.epoch for node in pair.nodes} == {before}


async def test_over_tls(tls: TlsProxy) -> None:
    async with Pair(f"rediss://127.0.0.1:{tls.port}?ssl_ca_certs={tls.certificate}") as pair:
        await pair.meet(*MESSAGES)
        assert pair.nodes[0].own_address() == "127.0.0.1"

        tls.cut()
        await until(pair.nodes[0].well)
        await pair.again()
        await pair.meet(unit(8))


async def test_over_tls_to_a_certificate_that_nobody_signed(tls: TlsProxy) -> None:
    url = f"rediss://127.0.0.1:{tls.port}"
    alone = over_redis(url, next(PREFIXES))
    await alone.start(lambda _: None)
    assert "its certificate is not trusted" in str(alone.well())
    await alone.close()

    async with Pair(f"{url}?ssl_cert_reqs=none") as pair:
        await pair.meet(*MESSAGES)


async def test_over_a_unix_socket_with_a_password(tmp_path: Path) -> None:
    path = tmp_path / "redis.sock"
    server = Redis("--unixsocket", str(path), "--requirepass", PASSWORD, shared=False)
    with pytest.raises(Away, match="wants a password"):
        await Link.open(f"unix://{path}", nobody)

    async with Pair(f"unix://:{ENCODED}@{path}?db=1") as pair:
        await pair.meet(*MESSAGES)
        assert pair.nodes[0].own_address() == "127.0.0.1"
        async with redis.asyncio.Redis(port=server.port, db=1, password=PASSWORD) as client:
            assert await client.exists(f"{pair.prefix}stream")
    server.kill()


@pytest.mark.parametrize("more", [(), ("+info",)])
async def test_as_a_user_who_may_do_what_is_needed_and_nothing_else(
    own_redis: Redis, more: tuple[str, ...]
) -> None:
    async with asking(own_redis.url) as client:
        allowed = ("+set", "+get", "+xadd", "+xread", "+xrange", "+xtrim", "+ping", "+select")
        rules = ("on", f">{PASSWORD}", "~rt:*", *allowed, *more)
        await client.execute_command("ACL", "SETUSER", "node", *rules)
    url = own_redis.url.replace("//", f"//node:{ENCODED}@")
    one = RedisBackplane(url, process="n1.1", prefix="rt:", kept_seconds=60, kept_bytes=1_000_000)
    heard: list[Message] = []

    past: list[Any] = []
    await one.start(heard.append, lambda *told: past.append(told))
    one.publish(unit(1))

    await until(lambda: heard == [unit(1)])
    assert past
    await one.close()


# Sentinels.


async def test_a_failover_is_followed_when_the_primary_dies(sentinel: Sentinel) -> None:
    async with Pair(sentinel.url) as pair:
        back: list[int] = []
        pair.nodes[0].when_back(lambda: back.append(1))
        await pair.meet(*MESSAGES)
        (before,) = {node.epoch for node in pair.nodes}

        sentinel.primary.kill()
        await sentinel.switched()
        await pair.again()

        await pair.meet(unit(8))
        await until(lambda: back)
        assert pair.heard[1] == [*MESSAGES, unit(8)]
        # The replica may not have had all: nobody is told that she missed nothing.
        (after,) = {node.epoch for node in pair.nodes}
        assert after != before


async def test_a_failover_is_followed_while_the_old_primary_lives(sentinel: Sentinel) -> None:
    async with Pair(sentinel.url) as pair:
        await pair.meet(unit(1))

        await sentinel.failover()
        for node in pair.nodes:
            await until(lambda node=node: str(sentinel.replica.port) in where(node))
            await well(node)

        await pair.meet(unit(2))


def where(node: RedisBackplane) -> str:
    """The other end of its connection."""
    writer = node._writer
    return str(writer._transport.get_extra_info("peername")) if writer else ""


async def test_a_primary_that_no_sentinel_knows_is_away(sentinel: Sentinel) -> None:
    alone = over_redis(sentinel.url.replace("/main", "/other"), next(PREFIXES))
    await alone.start(lambda _: None)

    assert "no Sentinel knows other" in str(alone.well())
    await alone.close()


# A Cluster.


async def test_in_a_cluster_the_stream_is_found_where_its_slot_lives_and_followed(
    redis_cluster: ClusterOfTwo,
) -> None:
    async with Pair(redis_cluster.url) as pair:
        await pair.meet(*MESSAGES)
        key = f"{{{pair.prefix}}}stream"
        before = {where(node) for node in pair.nodes}

        await redis_cluster.move(key)
        for node in pair.nodes:
            await until(lambda node=node: where(node) not in before | {""})
        await pair.again()

        await pair.meet(unit(8))
        assert pair.heard[1] == [*MESSAGES, unit(8)]
