"""The real clients do what the scenarios will ask of them, in every version, on every transport."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.driver import VERSIONS
from tests.frontend import Refused
from tests.frontends import Frontends
from tests.infrastructure.stock import stock_server
from tests.record import SEEN, Answered, Refusal, Word

everywhere = pytest.mark.parametrize("transports", ["websocket", "polling", "upgrade"])
anywhere = pytest.mark.parametrize("transports", ["websocket"])


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with stock_server() as found:
        yield found


@everywhere
@pytest.mark.parametrize("version", VERSIONS)
async def test_each_client_emits_hears_and_is_answered(
    frontends: Frontends, url: str, version: str
) -> None:
    ada = await frontends.connect(url, version=version)
    bob = await frontends.connect(url, version=version)

    await ada.emit("shout", {"text": "hello", "raw": b"\x00\xff"})

    assert await bob.hears("shouted") == {"text": "hello", "raw": b"\x00\xff"}
    assert await ada.hears("shouted") == {"text": "hello", "raw": b"\x00\xff"}
    assert await ada.ask("echo", [1, "two", None]) == [1, "two", None]
    assert ada.connects[0]["sid"] != bob.connects[0]["sid"]


@pytest.mark.parametrize("transports", ["upgrade"])
@pytest.mark.parametrize("version", VERSIONS)
async def test_each_client_begins_with_polling_and_upgrades(
    frontends: Frontends, url: str, version: str
) -> None:
    ada = await frontends.connect(url, version=version)

    await ada.is_upgraded()

    assert ada.transports == ["polling", "websocket"]
    assert await ada.ask("echo", "still here") == "still here"


@everywhere
async def test_a_refused_connection_raises_its_message_and_data(
    frontends: Frontends, url: str
) -> None:
    with pytest.raises(Refused, match="Invalid token") as caught:
        await frontends.connect(url, "no")

    assert caught.value.data == {"code": 7}
    assert not caught.value.transport


@anywhere
async def test_a_server_that_is_not_there_refuses_by_its_transport(frontends: Frontends) -> None:
    with pytest.raises(Refused) as caught:
        await frontends.connect("http://127.0.0.1:1")

    assert caught.value.transport


@anywhere
async def test_events_are_heard_in_order_and_each_once(frontends: Frontends, url: str) -> None:
    ada = await frontends.connect(url)
    for number in range(3):
        await ada.emit("shout", number)
    await ada.hears("shouted", where=lambda body: body == 2)

    assert [await ada.hears("shouted"), await ada.hears("shouted")] == [0, 1]
    assert ada.heard("shouted") == [0, 1, 2]
    assert ada.unheard("shouted") == []
    await ada.hears_nothing()


@anywhere
async def test_silence_fails_when_something_was_said(frontends: Frontends, url: str) -> None:
    ada, bob = await frontends.connect(url), await frontends.connect(url)
    await ada.emit("shout", "hey")

    with pytest.raises(AssertionError, match="hey"):
        await bob.hears_nothing("shouted", after=[ada])
    await bob.hears_nothing("whispered", after=[ada])


@anywhere
async def test_waiting_in_vain_fails_and_says_what_was_heard(
    frontends: Frontends, url: str
) -> None:
    ada = await frontends.connect(url)
    await ada.emit("shout", "something else")
    await ada.settled()

    with pytest.raises(AssertionError, match="something else"):
        await ada.hears("whispered", timeout=0.05)
    with pytest.raises(AssertionError, match="no ack for 'echo'"):
        await ada.ask("echo", timeout=0)


@anywhere
async def test_the_server_can_ask_and_the_frontend_answers(frontends: Frontends, url: str) -> None:
    ada = await frontends.connect(url)
    ada.answers("how are you", {"mood": "fine"})

    assert await ada.ask("ask_me", "how are you") == {"mood": "fine"}
    assert await ada.hears("how are you") is None


@anywhere
async def test_a_second_namespace_shares_the_connection(frontends: Frontends, url: str) -> None:
    ada = await frontends.connect(url)
    custom = await frontends.connect(url, namespace="/custom", beside=ada)

    await custom.emit("shout", "in here")

    assert await custom.hears("shouted") == "in here"
    await ada.hears_nothing(after=[custom])


@anywhere
async def test_events_emitted_before_the_connection_arrive(frontends: Frontends, url: str) -> None:
    ada = await frontends.connect(url, early=[["shout", 1], ["shout", 2]])

    assert [await ada.hears("shouted"), await ada.hears("shouted")] == [1, 2]


@anywhere
async def test_a_disconnect_and_a_reconnect_are_awaited(frontends: Frontends, url: str) -> None:
    ada = await frontends.connect(url)
    first = ada.sid

    await ada.disconnect()
    await ada.reconnect()

    assert ada.disconnects == ["io client disconnect"]
    assert ada.sid != first
    assert await ada.ask("echo", "again") == "again"


@everywhere
async def test_a_cut_wire_is_a_transport_error_and_the_client_comes_back(
    frontends: Frontends, url: str
) -> None:
    ada = await frontends.connect(url, reconnects=True)

    await ada.cut()
    await ada.is_connected(2)

    assert ada.disconnects[0] in {"transport close", "transport error"}
    assert await ada.ask("echo", "again") == "again"


@everywhere
async def test_a_closed_transport_brings_the_client_back(frontends: Frontends, url: str) -> None:
    ada = await frontends.connect(url, reconnects=True)

    await ada.close()
    await ada.is_connected(2)

    assert await ada.ask("echo", "again") == "again"


@anywhere
async def test_a_server_that_disconnects_is_heard(frontends: Frontends, url: str) -> None:
    ada = await frontends.connect(url, reconnects=True)

    await ada.emit("close_me")

    assert await ada.is_disconnected() == "io server disconnect"


@anywhere
async def test_rest_carries_the_token_the_origin_and_the_body(
    frontends: Frontends, url: str
) -> None:
    ada = frontends.person(url, "secret", headers={"Origin": "http://jobs.example"})

    answer = await ada.post("/hello", recipientId="bob", message="Lunch?")

    assert answer.status == 200
    assert answer["body"] == '{"recipientId": "bob", "message": "Lunch?"}'
    assert answer["headers"]["Authorization"] == "Bearer secret"
    assert answer["headers"]["Origin"] == "http://jobs.example"


@anywhere
async def test_what_was_seen_is_recorded_in_the_frontends_dialect(
    frontends: Frontends, url: str
) -> None:
    ada = await frontends.connect(url, dialect="a dialect")
    await ada.emit("shout", "x")
    await ada.hears("shouted")
    await ada.ask("echo", {"success": False, "error": "No"})
    await ada.get("/hello?status=404")

    assert Word("a dialect", "shout") in SEEN.emitted
    assert Word("a dialect", "shouted") in SEEN.heard
    assert Word("a dialect", "echo") in SEEN.acked
    assert Refusal("a dialect", None, "echo", "No") in SEEN.refused
    assert Answered("a dialect", "GET", "/hello", 404) in SEEN.answered
    assert not any(word.event == "settle" for word in SEEN.emitted | SEEN.acked)
