"""nginx as `realtime nginx` prints it, before two nodes: who goes where, and what a death costs."""

from __future__ import annotations

import asyncio
import json
from itertools import islice
from pathlib import Path

import aiohttp
import pytest

from realtime.cli.proxying import configuration, upstreams
from realtime.config import Config
from tests.cluster import Cluster
from tests.deploy.conftest import Nodes, Proxied
from tests.deploy.polled import Polled
from tests.frontend import Frontend
from tests.patience import PATIENCE
from tests.scenarios.steps import everyone_joins, say, talk
from tests.servers.nginx import Configured
from tests.tokens import token

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
SOMEBODY = "203.0.113.7"


@pytest.fixture
def slowly(cluster: Cluster, redis_url: str) -> None:
    """A node that is not alone takes a tenth of a second for each of its first thirty clients."""
    cluster.settings |= {"redis_url": redis_url, "transport__drain_window": 3}


def unknown(answer: tuple[int, str]) -> bool:
    """Whether it is what makes a client come anew at once."""
    status, body = answer
    return status == 400 and json.loads(body) == {"code": 1, "message": "Session ID unknown"}


async def people(cluster: Cluster, proxy: Configured, *names: str) -> list[Frontend]:
    """As many on the one node as on the other, since newcomers are spread."""
    return [
        await cluster.frontends.connect(proxy.url, token(name), reconnects=True) for name in names
    ]


async def come_back(all_of_them: list[Frontend]) -> None:
    """Half of them connect anew, each at her first attempt; the others notice nothing."""
    half = len(all_of_them) // 2
    waiting = [asyncio.create_task(person.is_connected(2)) for person in all_of_them]
    for back in islice(asyncio.as_completed(waiting), half):
        await back
    for task in waiting:
        task.cancel()
    for person in all_of_them:
        await person.settled()
    assert [person.refusals for person in all_of_them] == [[]] * len(all_of_them)
    assert sorted(len(person.connects) for person in all_of_them) == [1] * half + [2] * half


async def test_each_request_of_a_session_reaches_its_node(
    http: aiohttp.ClientSession, proxy: Configured
) -> None:
    sessions = [await Polled(http, proxy.url).opens() for _ in range(6)]

    assert {session.node for session in sessions} == {"n1", "n2"}
    for session in sessions:
        for _ in range(4):
            assert await session.asks("POST", "40/nowhere,") == (200, "ok")
            assert (await session.asks("GET"))[1].startswith("44/nowhere,")


async def test_an_invented_session_is_unknown(
    http: aiohttp.ClientSession, proxy: Configured
) -> None:
    for sid in ("x", "n9-aaaaaaaaaaaaaaaaaaaa", "n1-aaaaaaaaaaaaaaaaaaaa", "n1", "%20"):
        assert unknown(await Polled(http, proxy.url, sid).asks("GET")), sid
        assert unknown(await Polled(http, proxy.url, sid).asks("POST", "40")), sid


async def test_the_death_of_a_node_is_told_to_its_clients_by_the_other(
    http: aiohttp.ClientSession, proxy: Configured, nodes: Nodes
) -> None:
    sessions = [await Polled(http, proxy.url).opens() for _ in range(4)]
    theirs = {session.node: session for session in sessions}
    polling = asyncio.create_task(theirs["n1"].asks("GET"))

    await nodes["n1"].kill()

    assert unknown(await polling)
    for method in ("POST", "GET", "POST"):
        assert unknown(await theirs["n1"].asks(method, "40" if method == "POST" else None))
    assert await theirs["n2"].asks("POST", "40/nowhere,") == (200, "ok")
    assert {(await Polled(http, proxy.url).opens()).node for _ in range(4)} == {"n2"}


@pytest.mark.parametrize("transports", ["polling", "upgrade", "websocket"])
async def test_whose_node_dies_comes_back_at_her_first_attempt(
    cluster: Cluster, proxy: Configured, nodes: Nodes
) -> None:
    both = await people(cluster, proxy, "ada", "bob")

    await nodes["n1"].kill()

    await come_back(both)


@pytest.mark.parametrize("transports", ["polling", "websocket"])
async def test_a_node_that_stops_hands_its_clients_over(
    cluster: Cluster, slowly: None, proxy: Configured, nodes: Nodes
) -> None:
    six = await people(cluster, proxy, "ada", "bob", "cem", "dan", "eve", "fay")

    nodes["n1"].terminate()

    await come_back(six)
    assert await nodes["n1"].running.ends() == 0


@pytest.fixture
def met(cluster: Cluster, redis_url: str) -> None:
    """Nodes that are one."""
    cluster.settings["redis_url"] = redis_url


@pytest.mark.parametrize("transports", ["polling", "upgrade"])
async def test_people_behind_it_hear_one_another_also_after_a_death(
    cluster: Cluster, met: None, proxy: Configured, nodes: Nodes
) -> None:
    both = await people(cluster, proxy, "ada", "bob")
    ada = both[0]
    room = await talk(ada, "bob")
    await everyone_joins(room, *both)
    for speaker, listener in (both, both[::-1]):
        await say(speaker, room, f"from {speaker.number}")
        assert (await listener.hears("message:new"))["content"] == f"from {speaker.number}"
        await speaker.hears("message:new")

    await nodes["n1"].kill()
    await come_back(both)

    await everyone_joins(room, *both)
    await say(ada, room, "Still there?")
    for listener in both:
        assert (await listener.hears("message:new"))["content"] == "Still there?"
    assert [len(person.heard("message:new")) for person in both] == [3, 3]


@pytest.mark.parametrize("transports", ["upgrade"])
async def test_a_reload_keeps_websockets(cluster: Cluster, proxy: Configured) -> None:
    both = await people(cluster, proxy, "ada", "bob")
    for person in both:
        await person.is_upgraded()

    proxy.reload()

    for person in both:
        await person.settled()
        assert person.disconnects == []


async def test_newcomers_pass_by_a_node_that_stops(
    http: aiohttp.ClientSession, slowly: None, proxy: Configured, nodes: Nodes
) -> None:
    for _ in range(60):
        await Polled(http, proxy.url).opens()

    nodes["n1"].terminate()
    await nodes["n1"].running.says("stopping")
    await Polled(http, proxy.url).opens()
    await Polled(http, proxy.url).opens()
    await proxy.logs('"503, 200"')
    found = {(await Polled(http, proxy.url).opens()).node for _ in range(10)}
    assert found == {"n2"}


async def test_only_a_trusted_proxy_says_who_comes(
    http: aiohttp.ClientSession, proxied: Proxied
) -> None:
    proxy = proxied("--trust", "192.0.2.0/24")

    await Polled(http, proxy.url).asks("GET", X_Forwarded_For=SOMEBODY)

    assert SOMEBODY not in "\n".join(await proxy.logs(r"^127\.0\.0\.1 \["))


async def test_who_comes_too_often_is_refused_and_nobody_else(
    http: aiohttp.ClientSession, proxied: Proxied, nodes: Nodes
) -> None:
    bound = {"REALTIME_TRANSPORT__HANDSHAKES_PER_SECOND_PER_ADDRESS": "1"}
    proxy = proxied("--trust", "127.0.0.0/8", **bound)

    async def statuses(address: str) -> set[int]:
        newcomer = Polled(http, proxy.url)
        return {(await newcomer.asks("GET", X_Forwarded_For=address))[0] for _ in range(10)}

    assert await statuses(SOMEBODY) == {200, 429}
    assert await statuses("10.1.2.3") == {200}
    session = await Polled(http, proxy.url).opens()
    for _ in range(5):
        answer = await session.asks("POST", "40/nowhere,", X_Forwarded_For=SOMEBODY)
        assert answer == (200, "ok")
    await proxy.logs(f"^{SOMEBODY} ", times=15)


@pytest.fixture
def few(cluster: Cluster) -> None:
    """One session of an address on a node."""
    cluster.settings["transport__connections_per_address"] = 1


async def test_the_nodes_know_who_comes(
    http: aiohttp.ClientSession, few: None, proxied: Proxied
) -> None:
    proxy = proxied("--trust", "127.0.0.0/8")
    newcomer = Polled(http, proxy.url)

    answers = [await newcomer.asks("GET", X_Forwarded_For=SOMEBODY) for _ in range(3)]

    assert [status for status, _ in answers] == [200, 200, 429]
    assert json.loads(answers[2][1])["message"] == "Too many connections"


async def test_a_body_that_the_nodes_would_refuse_does_not_reach_them(
    http: aiohttp.ClientSession, proxied: Proxied
) -> None:
    session = Polled(http, proxied(REALTIME_TRANSPORT__MAX_PAYLOAD="9000").url, "n1-nobody")

    assert (await session.asks("POST", "4" * 9_000))[0] == 400
    assert (await session.asks("POST", "4" * 9_001))[0] == 413


async def test_no_log_has_a_query(
    http: aiohttp.ClientSession, proxy: Configured, nodes: Nodes
) -> None:
    session = await Polled(http, proxy.url).opens()
    for node in nodes.values():
        await node.kill()
    assert (await session.asks("GET"))[0] == 502

    logged = "\n".join(await proxy.logs("/socket.io/", times=2))
    for secret in ("secret", session.sid, "?"):
        assert secret not in logged


async def test_of_two_processes_without_redis_the_second_says_so(nodes: Nodes) -> None:
    """Which of the two is the second is chance, and so is when it looks."""
    said = "another process serves this database"
    async with asyncio.timeout(PATIENCE):
        while not any(said in line for node in nodes.values() for line in node.log):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def test_the_file_in_deploy_is_what_is_printed() -> None:
    printed = configuration(Config(), upstreams(["n1:3000", "n2:3000"]), listen="80")

    assert (DEPLOY / "nginx.conf").read_text() == printed
