"""Pushes across processes, which die at the worst moment."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

import pytest
from aiohttp import ClientSession

from tests.nodes import SERVER_KEY, Process
from tests.patience import PATIENCE
from tests.rest import Rest
from tests.scenarios.push.house import House
from tests.servers.push_service import HOSTS, Answer, Browser
from tests.servers.running import Running, free_port
from tests.vapid import OTHER_PRIVATE, OTHER_PUBLIC

Kill = Callable[[], None]


@pytest.mark.parametrize(("database", "transports"), [("sqlite", "websocket")])
async def test_a_message_to_who_is_away_is_shown_by_her_browsers(
    house: House, http: ClientSession
) -> None:
    node = await house.node()
    await house.sender(node)
    ada, bob = (house.cluster.person(node, each) for each in ("ada", "bob"))
    browsers = [await house.browser(bob, kind) for kind in ("fcm", "apple", "mozilla", "windows")]

    await ada.post("/api/messages", {"receiverId": "bob", "content": "Lunch?"})
    await house.service.until(lambda: all(each.shown for each in browsers))

    for browser in browsers:
        assert [shown["message"] for shown in browser.shown] == ["Lunch?"]
    assert await push_of(node, http) == "ok"
    refused = Answer(403, '{"reason": "BadJwtToken"}')
    browsers[1].answers = [refused]
    await ada.post("/api/messages", {"receiverId": "bob", "content": "Now?"})
    await house.service.until(lambda: all(len(each.requests) == 2 for each in browsers))
    async with asyncio.timeout(PATIENCE):
        while (said := await push_of(node, http)) == "ok":
            pass
    assert said == f"refused by {HOSTS['apple']}:{house.service.port} (403 BadJwtToken)"


@pytest.mark.parametrize(("database", "transports"), [("postgres", "websocket")])
async def test_who_has_a_socket_on_any_node_is_pushed_nothing(house: House) -> None:
    node = await house.node()
    other = node if house.alone else await house.node()
    await house.sender(node)
    ada, bob = (house.cluster.person(node, each) for each in ("ada", "bob"))
    eve = house.cluster.person(node, "eve")
    connected, away = await house.browser(bob), await house.browser(eve)
    there = await house.cluster.frontend(other, "bob")

    for name in ("bob", "eve"):
        await ada.post("/api/messages", {"receiverId": name, "content": "Lunch?"})
    await house.service.until(lambda: bool(away.shown))
    assert not connected.requests

    await there.disconnect()
    await ada.post("/api/messages", {"receiverId": "bob", "content": "Dinner?"})
    await house.service.until(lambda: bool(connected.shown))
    assert [shown["message"] for shown in connected.shown] == ["Dinner?"]


async def whose(http: ClientSession, port: int) -> str:
    """Which process answers at a port of metrics, by when it started."""
    url, alone = f"http://127.0.0.1:{port}/metrics", {"Connection": "close"}
    async with http.get(url, headers=alone) as answer:
        lines = (await answer.text()).splitlines()
    return next(line for line in lines if line.startswith("process_start_time_seconds "))


@pytest.mark.parametrize(("database", "transports"), [("postgres", "websocket")])
async def test_nodes_leave_it_to_a_worker_while_one_is_there(
    house: House, http: ClientSession
) -> None:
    node = await house.node()
    ada, bob = (house.cluster.person(node, each) for each in ("ada", "bob"))
    browser = await house.browser(bob)
    message = {"receiverId": "bob", "content": "Lunch?"}

    await ada.post("/api/messages", message)
    await house.service.until(lambda: len(browser.shown) == 1)
    worker = await house.worker()
    await until_push_is(node, http, "left to realtime worker")
    worker.send(signal.SIGTERM)
    await until_push_is(node, http, "ok")
    await ada.post("/api/messages", message)
    await house.service.until(lambda: len(browser.shown) == 2)


@pytest.mark.parametrize(("database", "transports"), [("postgres", "websocket")])
async def test_a_worker_with_other_keys_than_the_nodes_keeps_no_browser_from_them(
    house: House,
) -> None:
    others = {"push__vapid_public_key": OTHER_PUBLIC, "push__vapid_private_key": OTHER_PRIVATE}
    node, worker = await house.node(), await house.worker(**others)
    ada, bob = (house.cluster.person(node, each) for each in ("ada", "bob"))
    browser = await house.browser(bob)
    await worker.says("this process pushes nothing")

    for number in (1, 2):
        await ada.post("/api/messages", {"receiverId": "bob", "content": "Lunch?"})
        await house.service.until(lambda number=number: len(browser.shown) == number)


async def until_push_is(node: Process, http: ClientSession, said: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while await push_of(node, http) != said:
            pass


async def push_of(node: Process, http: ClientSession) -> str:
    """What `/readyz` says of push."""
    async with http.get(f"{node.url}/readyz") as answer:
        assert answer.status == 200
        return str((await answer.json())["push"])


def before_it_is_due(browser: Browser, kill: Kill) -> None:
    kill()


def while_the_service_thinks(browser: Browser, kill: Kill) -> None:
    browser.answers = [Answer(after=20)]


def after_the_service_took_it(browser: Browser, kill: Kill) -> None:
    def once() -> None:
        browser.when_accepted = lambda: None
        kill()

    browser.when_accepted = once


@pytest.mark.parametrize(
    ("database", "transports", "die"),
    [
        ("postgres", "websocket", before_it_is_due),
        ("postgres", "websocket", while_the_service_thinks),
        ("postgres", "websocket", after_the_service_took_it),
        ("sqlite", "websocket", after_the_service_took_it),
    ],
)
async def test_killed_at_any_step_it_is_delivered_once(
    house: House, die: Callable[[Browser, Kill], None]
) -> None:
    house.lease = 1
    node = await house.node()
    sender = await house.sender(node)
    ada, bob = (house.cluster.person(node, each) for each in ("ada", "bob"))
    browser = await house.browser(bob)
    browser.away = True  # what is taken twice waits there once

    await ada.post("/api/messages", {"receiverId": "bob", "content": "Lunch?"})
    die(browser, lambda: sender.send(signal.SIGKILL))
    if die is while_the_service_thinks:
        await house.service.until(lambda: bool(browser.requests) or bool(browser.waiting))
        sender.send(signal.SIGKILL)
    await asyncio.to_thread(sender.wait)
    taken = house.service.accepted
    await again(house, node)
    await house.service.until(lambda: house.service.accepted > taken)

    browser.comes_back()
    assert [shown["message"] for shown in browser.shown] == ["Lunch?"]


@pytest.mark.parametrize(("database", "transports"), [("postgres", "websocket")])
async def test_killed_while_it_wakes_a_crowd_everybody_is_woken_once(
    house: House, http: ClientSession
) -> None:
    """What it held when it died, another has after its lease; what was taken twice shows once."""
    house.lease = 1
    node, worker = await house.node(), await house.worker()
    people = [house.cluster.person(node, f"user{n}") for n in range(40)]
    browsers = [await house.browser(each) for each in people]
    for browser in browsers:
        browser.away = True
    browsers[20].when_accepted = lambda: worker.send(signal.SIGKILL)

    door = Rest(http, node.url, token=SERVER_KEY, dialect="server")
    news = {"type": "NEWS", "title": "We moved", "broadcast": True}
    await door.post("/api/server/notifications", news)
    await asyncio.to_thread(worker.wait)
    browsers[20].when_accepted = lambda: None
    await house.worker()
    await house.service.until(lambda: all(each.waiting for each in browsers), PATIENCE)

    for browser in browsers:
        browser.comes_back()
        assert [shown["title"] for shown in browser.shown] == ["We moved"]


async def again(house: House, node: Process) -> Running:
    """Another worker, or the node itself once more."""
    if not house.alone:
        return await house.worker()
    await node.start()
    return node.running


@pytest.mark.parametrize(("database", "transports"), [("postgres", "websocket")])
async def test_a_worker_stops_when_it_is_asked(house: House, http: ClientSession) -> None:
    """Beside a node with the same settings, whose port it leaves alone, and counted by itself."""
    taken, own = free_port(), free_port()
    await house.node(metrics__port=taken)
    sender = await house.worker("--metrics", str(own), metrics__port=taken)
    counted = {await whose(http, taken) for _ in range(8)}
    assert len(counted) == 1
    assert await whose(http, own) not in counted

    sender.send(signal.SIGTERM)

    assert await asyncio.to_thread(sender.wait) == 0
