"""`serve --workers N`: several processes at one port are one server, and are renewed unnoticed."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import Process
from tests.patience import PATIENCE
from tests.scenarios.steps import everyone_joins, say, talk

pytestmark = pytest.mark.parametrize(("database", "transports"), [("postgres", "websocket")])

HANDSHAKE = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture
async def machine(cluster: Cluster, redis_url: str) -> Process:
    """Two workers at one port."""
    cluster.settings["redis_url"] = redis_url
    return await cluster.process("--workers", "2", node__name="m1")


async def sid(http: aiohttp.ClientSession, machine: Process) -> str:
    async with http.get(machine.url + HANDSHAKE, headers={"Connection": "close"}) as answer:
        assert answer.status == 200, await answer.text()
        return re.findall(r'"sid":"([\w.]+-[\w-]+)"', await answer.text())[0]


async def one_of_each(http: aiohttp.ClientSession, machine: Process) -> dict[str, str]:
    """By the name of each worker a session that it has."""
    found: dict[str, str] = {}
    while len(found) < 2:
        session = await sid(http, machine)
        found[session.partition("-")[0]] = session
    return found


def workers(machine: Process) -> set[int]:
    """The processes that the parent has started."""
    children = Path(f"/proc/{machine.running.pid}/task/{machine.running.pid}/children")
    return set(map(int, children.read_text().split()))


def lives(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


async def have_ended(pids: set[int]) -> None:
    async with asyncio.timeout(PATIENCE):
        while any(map(lives, pids)):  # noqa: ASYNC110 - a process is no event of ours
            await asyncio.sleep(0.05)


async def test_every_poll_finds_its_worker_wherever_it_comes_in(
    http: aiohttp.ClientSession, machine: Process
) -> None:
    sessions = await one_of_each(http, machine)
    assert {name.partition(".")[0] for name in sessions} == {"m1"}
    for session in sessions.values():
        for n in range(10):
            url = f"{machine.url}{HANDSHAKE}&sid={session}"
            async with http.post(url, data="\x1e".join("3" * (n + 1))) as answer:
                assert (answer.status, await answer.text()) == (200, "ok")
    unknown = f"{machine.url}{HANDSHAKE}&sid={next(iter(sessions)).partition('-')[0]}-x"
    async with http.get(unknown) as answer:
        assert (await answer.json())["message"] == "Session ID unknown"


async def test_any_worker_tells_what_all_of_them_count(
    cluster: Cluster, http: aiohttp.ClientSession, machine: Process
) -> None:
    sessions = await one_of_each(http, machine)
    fresh = {"Connection": "close"}
    told: set[str] = set()
    for _ in range(4):  # whichever takes the connection
        async with http.get(f"{machine.url}/metrics", headers=fresh) as answer:
            families = {
                family.name: {sample.labels["worker"]: sample.value for sample in family.samples}
                for family in text_string_to_metric_families(await answer.text())
            }
        assert families["realtime_sessions"].keys() == sessions.keys()
        assert sum(families["realtime_sessions"].values()) >= 2
        told |= families["process_resident_memory_bytes"].keys()
    assert told == sessions.keys()

    (gone, *_) = workers(machine)
    os.kill(gone, signal.SIGKILL)
    async with asyncio.timeout(PATIENCE):
        while True:  # the one that is left answers for itself until another has started
            with suppress(aiohttp.ClientError):
                async with http.get(f"{machine.url}/metrics", headers=fresh) as answer:
                    text = await answer.text()
                    assert answer.status == 200
                    if len(re.findall(r"^realtime_sessions{", text, re.MULTILINE)) == 1:
                        return


async def test_one_connection_asks_for_sessions_of_both(
    http: aiohttp.ClientSession, machine: Process
) -> None:
    """As a proxy that keeps its connections does: it wanders from worker to worker."""
    sessions = list((await one_of_each(http, machine)).values())
    reader, writer = await asyncio.open_connection(*machine.url.removeprefix("http://").split(":"))
    for n in range(10):
        path = f"{HANDSHAKE}&sid={sessions[n % 2]}"
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n3"
        writer.write(head.encode())
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\nok"), PATIENCE)
        assert answer.startswith(b"HTTP/1.1 200 OK")
    writer.close()


async def test_people_at_both_talk_and_upgrade(cluster: Cluster, machine: Process) -> None:
    names = ("ada", "bob", *(f"guest{n}" for n in range(6)))
    people = await asyncio.gather(
        *(cluster.frontend(machine, name, transports="upgrade") for name in names)
    )
    ada, bob = people[:2]
    await asyncio.gather(*(person.is_upgraded() for person in people))
    room = await talk(ada, "bob")
    await everyone_joins(room, ada, bob)
    await say(ada, room, "From one process to the other")
    assert (await bob.hears("message:new"))["content"] == "From one process to the other"


@asynccontextmanager
async def arrivals(http: aiohttp.ClientSession, machine: Process) -> AsyncIterator[None]:
    """Somebody new comes all the time, and is never turned away."""

    async def come() -> None:
        while True:
            await sid(http, machine)
            await asyncio.sleep(0.02)

    coming = asyncio.create_task(come())
    yield
    assert not coming.done(), coming.exception()
    coming.cancel()


async def test_sighup_renews_them_one_by_one_and_nobody_loses_a_word(
    cluster: Cluster, machine: Process, http: aiohttp.ClientSession
) -> None:
    ada, bob = [await cluster.frontend(machine, name, reconnects=True) for name in ("ada", "bob")]
    room = await talk(ada, "bob")
    before = workers(machine)
    async with arrivals(http, machine):
        machine.running.send(signal.SIGHUP)
        await machine.running.says("workers have been renewed")
    assert len(workers(machine)) == 2
    assert not workers(machine) & before

    for person in (ada, bob):
        await person.is_connected(2)
        assert len(person.connects) == 2
    await everyone_joins(room, ada, bob)
    await say(ada, room, "Still here")
    assert (await bob.hears("message:new"))["content"] == "Still here"


async def test_one_that_is_killed_has_a_successor(
    cluster: Cluster, machine: Process, ada: Frontend
) -> None:
    victim = min(workers(machine))
    os.kill(victim, signal.SIGKILL)
    await machine.running.says("worker ended")
    async with asyncio.timeout(PATIENCE):
        while len(workers(machine) - {victim}) < 2:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)
    await ada.settled()


@pytest.fixture
async def ada(cluster: Cluster, machine: Process) -> Frontend:
    return await cluster.frontend(machine, "ada", reconnects=True)


async def test_all_stop_with_their_parent(machine: Process) -> None:
    started = workers(machine)
    assert await machine.stop() == 0
    assert not any(map(lives, started))


async def test_all_stop_where_their_parent_was_killed(machine: Process) -> None:
    started = workers(machine)
    await machine.kill()
    await have_ended(started)


async def test_where_a_new_one_cannot_start_the_old_ones_stay(
    cluster: Cluster, redis_url: str, tmp_path: Path
) -> None:
    cluster.settings["redis_url"] = redis_url
    settings = tmp_path / "workers.toml"
    settings.write_text("")
    machine = await cluster.process("--workers", "2", "--config", str(settings))
    before = workers(machine)
    settings.write_text("[presence]\ngrase = 3\n")

    machine.running.send(signal.SIGHUP)
    await machine.running.says("the old ones stay")

    assert machine.running.said("grase")
    assert workers(machine) == before
    await cluster.frontend(machine, "ada")
