"""The official Socket.IO admin UI: its protocol over two nodes, and its real page in Chromium."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import bcrypt
import pytest
from aiohttp import web

from realtime.app import SERVER
from realtime.config import ConfigError, load
from realtime.gateway.admin_ui import feed as feed_module
from realtime.gateway.admin_ui.credentials import Credentials
from realtime.gateway.admin_ui.orders import Orders
from tests.browser import Page
from tests.cluster import Cluster, Node
from tests.demo import until
from tests.driver import FOLDER, install_clients
from tests.frontend import Frontend, Refused
from tests.nodes import InProcess, Process
from tests.scenarios.steps import everyone_joins, talk
from tests.servers.redis import Redis
from tests.tokens import token

PASSWORD = "correct horse battery staple"
AUTH = {"username": "admin", "password": PASSWORD}
ON = {"admin__password": PASSWORD}

one_node = pytest.mark.parametrize(("database", "transports"), [("sqlite", "websocket")])
two_nodes = pytest.mark.parametrize(("database", "transports"), [("postgres", "upgrade")])


async def look(cluster: Cluster, node: Node, auth: Any = AUTH, **options: Any) -> Frontend:
    """A page of the admin UI, as far as its socket goes."""
    return await cluster.frontends.connect(
        node.url, auth=auth, namespace="/admin", dialect="admin", **options
    )


def named(feature: str) -> Callable[[Any], bool]:
    return lambda event: feature in json.dumps(event)


@two_nodes
async def test_the_ui_sees_all_nodes_and_acts_on_them(cluster: Cluster, own_redis: Redis) -> None:
    cluster.settings |= {
        **ON,
        "redis_url": own_redis.url,
        "admin__mode": "development",
        "admin__readonly": False,
    }
    nodes: list[Process] = list(await asyncio.gather(cluster.process(), cluster.process()))
    bob = await cluster.frontend(nodes[1], "bob")
    ui = await look(cluster, nodes[0])

    session = await ui.hears("session")
    features = (await ui.hears("config"))["supportedFeatures"]
    assert {"EMIT", "MJOIN", "ALL_EVENTS", "AGGREGATED_EVENTS"} <= set(features)
    servers = {(await ui.hears("server_stats"))["serverId"] for _ in range(2)}
    while len(servers) < 2:
        servers.add((await ui.hears("server_stats"))["serverId"])
    (shown,) = await ui.hears("all_sockets")
    assert (shown["id"], shown["nsp"], shown["data"]["userId"]) == (bob.sid, "/", "bob")
    assert shown["rooms"] == [bob.sid, "conversations/*", "conversations/user:bob"]
    assert "token" not in json.dumps(shown)

    ada = await cluster.frontend(nodes[1], "ada")
    connected, _ = await ui.hears("socket_connected", named("ada"))
    assert (connected["id"], connected["data"]["dialects"]) == (ada.sid, ["conversations"])
    if connected["transport"] == "polling":  # else she had upgraded before it was told
        updated = await ui.hears("socket_updated", named(ada.sid))
        assert updated["transport"] == "websocket"
    conversation = await talk(ada, "bob")
    await everyone_joins(conversation, ada)
    room = f"conversations/conversation:{conversation}"
    assert (await ui.hears("room_joined", named(room)))[:3] == ["/", room, ada.sid]
    heard = await ui.hears("event_received", named("join:conversation"))
    assert heard[:3] == ["/", ada.sid, ["join:conversation"]]
    assert conversation not in json.dumps(ui.heard("event_received"))

    await ui.emit("emit", "/", room, "from:operator", {"a": 1}, 2)
    assert await ada.hears("from:operator") == [{"a": 1}, 2]
    await ui.emit("join", "/", "spotlight", ada.sid)
    await ui.emit("emit", "/", "spotlight", "from:spotlight", 1)
    assert await ada.hears("from:spotlight") == 1
    await ui.emit("leave", "/", "spotlight", ada.sid)
    await ui.hears("room_left", named("spotlight"))
    await ui.emit("emit", "/", "spotlight", "from:spotlight", 2)
    await ui.emit("emit", "/", "", "to:everybody")
    await bob.hears("to:everybody")
    await ada.hears("to:everybody")
    assert ada.unheard("from:spotlight") == []
    sid = ada.sid
    await ui.emit("_disconnect", "/", True, "conversations/user:ada")
    await ada.is_disconnected()
    await ui.hears("room_left", lambda told: told[1:3] == [sid, sid])
    gone = await ui.hears("socket_disconnected", named(sid))
    assert gone[:3] == ["/", sid, "server disconnect"]

    again = await look(cluster, nodes[1], {"sessionId": session})
    (still,) = await again.hears("all_sockets")
    assert still["id"] == bob.sid
    assert again.unheard("session") == []


@one_node
async def test_by_default_the_ui_is_told_sums_and_changes_nothing(cluster: Cluster) -> None:
    node = await cluster.node(**ON)
    ada = await cluster.frontend(node, "ada")
    ui = await look(cluster, node)

    assert await ui.hears("config") == {"supportedFeatures": ["AGGREGATED_EVENTS"]}
    first = await ui.hears("server_stats")
    bob = await cluster.frontend(node, "bob")
    await bob.ask("users:get-status", ["ada"])
    await ui.emit("emit", "/", "", "from:operator")
    await ui.emit("_disconnect", "/", True, "")
    stats = await ui.hears("server_stats")

    assert (first["clientsCount"], stats["clientsCount"]) == (2, 3)
    sockets = {each["name"]: each["socketsCount"] for each in stats["namespaces"]}
    assert (sockets["/"], sockets["/admin"]) == (2, 1)
    counted = {each["type"]: each["count"] for each in stats["aggregatedEvents"]}
    assert counted.pop("bytesIn") > 0
    assert counted.pop("bytesOut") > 0
    assert counted == {"rawConnection": 1, "packetsIn": 1}
    await ada.hears_nothing("from:operator", "disconnect")
    assert set(dict(ui.history)) == {"session", "config", "server_stats"}


@one_node
async def test_what_is_no_order_is_not_obeyed_and_no_fault(node: InProcess) -> None:
    assert node.app is not None
    orders = Orders(node.app[SERVER], ["/"], ["everyone"])

    for order in ("emit", "join", "leave", "_disconnect", "explode"):
        for namespace in ({}, ["/"], None, 7, "/other"):
            orders.obey("page", order, namespace, "room", "room")
        orders.obey("page", order)
        orders.obey("page", order, "/", {}, [])


@one_node
async def test_nobody_comes_in_without_the_password_and_few_may_be_tried(cluster: Cluster) -> None:
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    node = await cluster.node(admin__password=hashed, admin__username="eve")
    wrong: list[Any] = [
        {},
        {"sessionId": "x"},
        {"sessionId": f"{2**40}.0.{'0' * 64}"},
        {"sessionId": ["x"]},
        {"sessionId": "half a character: \ud83d"},
        {"username": "eve", "password": ["x"]},
        {"username": "eve", "password": "x" * 100},
        {"username": "\ud83d", "password": "\ud83d"},
        AUTH,
        {"username": "eve", "password": PASSWORD + "!"},
        {"token": "of a user"},
    ]
    for auth in wrong:
        with pytest.raises(Refused, match="invalid credentials"):
            await look(cluster, node, auth)
    right = {"username": "eve", "password": PASSWORD}
    session = await (await look(cluster, node, right)).hears("session")

    for _ in range(10):
        with pytest.raises(Refused, match="invalid credentials"):
            await look(cluster, node, {"username": "eve", "password": "guess"})
    with pytest.raises(Refused, match="invalid credentials"):
        await look(cluster, node, right)  # no more may be tried from here
    await look(cluster, node, {"sessionId": session})


async def test_a_session_ends_after_a_day_and_with_its_password() -> None:
    now = 1_000_000.0
    credentials = Credentials("admin", PASSWORD, lambda: now)
    session = credentials.session()

    assert credentials.knows(session)
    assert not Credentials("admin", "another password", lambda: now).knows(session)
    now += 86_400
    assert not credentials.knows(session)


@one_node
async def test_while_nobody_looks_nothing_is_watched(cluster: Cluster) -> None:
    node = await cluster.node(**ON, admin__mode="development")
    assert node.app is not None
    server = node.app[SERVER]
    plain = server.handlers["/"]["*"]

    ui = await look(cluster, node)
    await ui.hears("all_sockets")
    assert server._rooms.watch is not None
    assert server.handlers["/"]["*"] is not plain
    await ui.close()

    await cluster.person(node, "ada").get("/healthz")
    assert server._rooms.watch is None
    assert server.handlers["/"]["*"] == plain


async def rudely(node: Node, user: str, agent: bytes) -> asyncio.StreamWriter:
    """A client of which no library would make one: its device's name is no text."""
    parts = urlsplit(node.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(
        b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUser-Agent: %b\r\n"
        b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n" % agent
    )
    said = b"40" + json.dumps({"token": token(user)}).encode()
    writer.write(b"\x81\xfe" + len(said).to_bytes(2, "big") + bytes(4) + said)
    await reader.readuntil(b'40{"sid"')
    return writer


@two_nodes
async def test_what_is_no_text_of_a_strangers_hides_nothing_else(
    cluster: Cluster, own_redis: Redis
) -> None:
    cluster.settings |= {**ON, "redis_url": own_redis.url, "admin__mode": "development"}
    nodes: list[Process] = list(await asyncio.gather(cluster.process(), cluster.process()))
    ui = await look(cluster, nodes[0])
    await ui.hears("all_sockets")

    rude = await rudely(nodes[1], "eve", b"Device \xff")
    connected, _ = await ui.hears("socket_connected", named("Device ?"))
    said = b'42["half \\ud83d"]'
    rude.write(b"\x81" + bytes([0x80 | len(said)]) + bytes(4) + said)
    assert (await ui.hears("event_received", named("half ?")))[1] == connected["id"]

    (shown,) = await (await look(cluster, nodes[0])).hears("all_sockets")
    assert shown["id"] == connected["id"]
    rude.close()
    await rude.wait_closed()


@one_node
async def test_more_than_can_be_told_is_shown_anew(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "MOST", 20)
    monkeypatch.setattr(feed_module, "MOST_SOCKETS", 2)
    node = await cluster.node(**ON, admin__mode="development")
    ada = await cluster.frontend(node, "ada")
    ui = await look(cluster, node)
    assert len(await ui.hears("all_sockets")) == 1
    assert node.app is not None
    server = node.app[SERVER]
    for number in range(30):
        server.join(ada.sid, f"room-{number}")

    (shown,) = await ui.hears("all_sockets")
    assert "room-29" in shown["rooms"]
    assert ui.heard("room_joined") == []
    for user in ("bob", "cy"):
        await cluster.frontend(node, user)
    other = await look(cluster, node)
    assert len(await other.hears("all_sockets")) == 2


@one_node
async def test_without_a_password_there_is_no_such_namespace(
    node: InProcess, cluster: Cluster
) -> None:
    with pytest.raises(Refused, match="Invalid namespace"):
        await look(cluster, node)
    with pytest.raises(ConfigError, match=r"admin\.password can be guessed"):
        load(None, {"REALTIME_ADMIN__PASSWORD": "short"})


# The page itself.


@pytest.fixture
async def official(cluster: Cluster) -> AsyncIterator[str]:
    """Where the page of npm's @socket.io/admin-ui is served, as by admin.socket.io."""
    install_clients()
    folder: Path = FOLDER / "node_modules" / "@socket.io" / "admin-ui" / "ui" / "dist"
    app = web.Application()
    app.router.add_static("/", folder)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}"
    await runner.cleanup()


@one_node
async def test_the_official_page_shows_who_is_here(
    cluster: Cluster, official: str, page: Callable[[str], Awaitable[Page]]
) -> None:
    node = await cluster.node(
        **ON, admin__mode="development", admin__readonly=False, allowed_origins=[official]
    )
    ada = await cluster.frontend(node, "ada")
    tab = await page(f"{official}/index.html")
    text = "document.body.innerText"
    await until(tab, "document.querySelectorAll('input').length > 4")
    fields = {"Server URL": node.url, "Username": "admin", "Password": PASSWORD}
    for label, value in fields.items():
        await tab.evaluate(
            f"[...document.querySelectorAll('label')].find((l) => l.innerText.trim() === '{label}')"
            ".parentElement.querySelector('input').focus()"
        )
        await tab.command("Input.insertText", text=value)
    await tab.evaluate(
        "[...document.querySelectorAll('button')].find((b) => /connect/i.test(b.innerText)).click()"
    )
    await until(tab, f"{text}.includes('CONNECTED')")
    await tab.evaluate("location.hash = '#/sockets/'; 0")
    await until(tab, f"{text}.includes('{ada.sid}')")
    bob = await cluster.frontend(node, "bob")
    await until(tab, f"{text}.includes('{bob.sid}')")
    await ada.disconnect()
    await until(tab, f"!{text}.includes('{ada.sid}')")
    await tab.evaluate("location.hash = '#/events/'; 0")
    await until(tab, f"{text}.toLowerCase().includes('disconnection')")
    await tab.evaluate("location.hash = '#/servers/'; 0")
    await until(tab, f"{text}.includes('HEALTHY')")
    assert tab.console == []
