"""Notices: a name and bytes for every node, in their place; the transport looks at no more."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest

from realtime.transport import Emission, Server
from realtime.transport.backplane import Notice, Unit
from tests.hub import Hub


@pytest.fixture
async def servers() -> AsyncIterator[list[Server]]:
    hub = Hub()
    made = [Server(backplane=hub.node()) for _ in range(2)]
    for server in made:
        await server.start()
    yield made
    for server in made:
        await server.close()


async def test_every_node_hears_a_notice_the_one_that_said_it_too(servers: list[Server]) -> None:
    heard: list[tuple[int, bytes]] = []
    for number, server in enumerate(servers):
        server.subscribe("void", lambda body, number=number: heard.append((number, body)))

    servers[0].publish_notice("void", b"\x00\xff")
    servers[1].publish_notice("another", b"")

    assert heard == [(0, b"\x00\xff"), (1, b"\x00\xff")]


async def test_a_node_that_is_alone_hears_itself() -> None:
    server, heard = Server(), []
    await server.start()
    server.subscribe("void", heard.append)

    server.publish_notice("void", b"this")

    assert heard == [b"this"]
    assert server.cut_off() is None
    await server.close()


async def test_one_that_cannot_hear_it_keeps_no_other_from_it(
    servers: list[Server], caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[bytes] = []

    def fails(_body: bytes) -> None:
        raise ZeroDivisionError

    for server in servers:
        server.subscribe("void", fails)
        server.subscribe("another", heard.append)

    with caplog.at_level(logging.ERROR, logger="realtime.transport"):
        servers[0].publish_notice("void", b"")
        servers[0].publish_notice("another", b"this")

    assert heard == [b"this"] * 2
    assert [record.getMessage().partition(" at ")[0] for record in caplog.records] == [
        "notice void: ZeroDivisionError"
    ] * 2


async def test_two_who_chose_one_name_are_told(servers: list[Server]) -> None:
    servers[0].subscribe("void", lambda _: None)
    with pytest.raises(ValueError, match="'void' are heard"):
        servers[0].when_any_is_back("void", lambda: None)


async def test_a_notice_keeps_its_place_among_what_a_node_publishes() -> None:
    hub = Hub()
    server = Server(backplane=hub.node())
    await server.start()

    server.publish([Emission("before", ())])
    server.publish_notice("void", b"this")
    server.publish([Emission("after", ())])

    assert [type(message) for message in hub.said] == [Unit, Notice, Unit]
    await server.close()
