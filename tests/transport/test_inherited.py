"""Every public method of python-socketio's server works here, or says that it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import socketio

from realtime.transport import Server
from tests.patience import PATIENCE
from tests.transport.clients import WebSocket
from tests.transport.conftest import Start

OpenWebSocket = Callable[..., Awaitable[WebSocket]]

TRIED_ELSEWHERE = {
    "attach", "call", "close_room", "disconnect", "emit", "enter_room", "get_environ",
    "handle_request", "leave_room", "on", "register_namespace", "rooms", "shutdown", "sleep",
    "start_background_task", "transport", "get_session", "save_session",
}  # fmt: skip
"""Those that this server has written anew; test_api.py and its neighbours call each."""

INHERITED = {
    "event",
    "instrument",
    "is_asyncio_based",
    "reason",
    "reserved_events",
    "send",
    "session",
}


def test_nothing_is_inherited_that_nobody_has_tried() -> None:
    public = {name for name in dir(socketio.AsyncServer) if not name.startswith("_")}
    written = {
        name
        for kind in Server.__mro__
        if kind.__module__.startswith("realtime.")
        for name in vars(kind)
    }

    assert public == TRIED_ELSEWHERE | INHERITED
    assert public - written == INHERITED - {"instrument"}


async def test_send_is_an_event_called_message(start: Start, websocket: OpenWebSocket) -> None:
    node = await start()
    client = await websocket(node)
    sid = await client.connects()

    await node.server.send("Hello", to=sid)

    assert await client.event() == ["message", "Hello"]


async def test_the_session_is_saved_when_its_context_ends(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()
    sid = await (await websocket(node)).connects()

    async with node.server.session(sid) as session:
        session["name"] = "Ada"

    assert await node.server.get_session(sid) == {"name": "Ada"}


async def test_a_handler_may_be_named_by_a_decorator(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()

    @node.server.event
    async def knock(sid: str, times: int) -> int:
        return times + 1

    client = await websocket(node)
    await client.connects()
    assert await client.asks("knock", 2) == [3]


def test_what_it_says_of_itself() -> None:
    server: Any = Server()

    assert server.is_asyncio_based()
    assert server.reason.CLIENT_DISCONNECT == "client disconnect"
    assert "connect" in server.reserved_events


def test_what_does_not_work_says_so_and_what_to_use() -> None:
    with pytest.raises(NotImplementedError, match="use watch_with"):
        Server().instrument(auth=False)


async def test_background_tasks_run(start: Start) -> None:
    done = asyncio.Event()

    async def work() -> None:
        done.set()

    (await start()).server.start_background_task(work)
    await asyncio.wait_for(done.wait(), PATIENCE)
