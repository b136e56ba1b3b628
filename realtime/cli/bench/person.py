"""One person of a run: Socket.IO over a WebSocket, written out so that it costs little."""

import asyncio
import itertools
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import orjson
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from realtime.cli.bench.talks import Talk, UserId
from realtime.cli.bench.tally import Tally

PATIENCE = 30.0
"""Seconds for a connect or a call."""
MARK = "bench "
"""Begins every text; its number follows."""


class Failed(Exception):  # noqa: N818 - a finding
    """Why somebody does not get in."""


class Person:
    """Somebody who is connected once `comes` has returned."""

    def __init__(self, http: ClientSession, url: str, id_: UserId, token: str, talk: Talk) -> None:
        self.id = id_
        self._http = http
        self._url = url
        self._token = token
        self._talk = talk
        self._socket: ClientWebSocketResponse | None = None
        self._reading: asyncio.Task[None] | None = None
        self._numbers = itertools.count()
        self._acks: dict[int, Callable[[Any], None]] = {}
        self._opened: Any = None
        self._heard = f'42["{talk.hears}",'

    async def comes(self, dialect: str, tally: Tally) -> None:
        """Connect, as the frontend does once it has a token. Raises Failed."""
        began = time.monotonic()
        path = f"{self._url}/socket.io/?EIO=4&transport=websocket&dialect={dialect}"
        async with asyncio.timeout(PATIENCE):
            self._socket = socket = await self._http.ws_connect(path, max_msg_size=0)
            await socket.receive_str()
            await socket.send_str("40" + orjson.dumps({"token": self._token}).decode())
            answer = await socket.receive_str()
        if not answer.startswith("40"):
            raise Failed(answer)
        tally.connected.append(time.monotonic() - began)
        self._reading = asyncio.create_task(self._read(socket, tally))

    async def meets(self, other: UserId) -> None:
        """Open what the two talk in."""
        self._opened, events = await self._talk.opened(self._call, other)
        for event in events:
            await self._ask(event)

    async def says(self, number: int, tally: Tally) -> None:
        """Send a message, and note whether the server has stored it."""
        tally.sent[number] = time.monotonic()
        text = f"{MARK}{number}"
        try:
            event = self._talk.event(self._opened, text)
            if event is not None:
                answer = await self._ask(event)
                good = not isinstance(answer, dict) or answer.get("success") is not False
            else:
                path, body = self._talk.call(self._opened, text) or ("", None)
                await self._call("POST", path, body)
                good = True
        except (Failed, TimeoutError, OSError):
            good = False
        if good:
            tally.stored.add(number)
        else:
            tally.refused += 1

    async def goes(self) -> None:
        """Disconnect."""
        if self._socket is not None:
            await self._socket.close()
        if self._reading is not None:
            self._reading.cancel()
            with suppress(asyncio.CancelledError):
                await self._reading

    async def _ask(self, event: list[Any]) -> Any:
        """An event's ack. Raises Failed, TimeoutError."""
        if self._socket is None or self._socket.closed:
            raise Failed("disconnected")
        number = next(self._numbers)
        heard: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._acks[number] = heard.set_result
        await self._socket.send_str(f"42{number}{orjson.dumps(event).decode()}")
        async with asyncio.timeout(PATIENCE):
            return await heard

    async def _call(self, method: str, path: str, body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._http.request(method, self._url + path, json=body, headers=headers) as told:
            if told.status >= 400:
                raise Failed(f"{method} {path} answers {told.status}")
            return await told.json()

    async def _read(self, socket: ClientWebSocketResponse, tally: Tally) -> None:
        async for message in socket:
            if message.type != WSMsgType.TEXT:
                continue
            text: str = message.data
            if text == "2":
                await socket.send_str("3")
            elif text.startswith(self._heard):
                self._hear(text, tally)
            elif text.startswith("43"):
                self._acked(text)

    def _hear(self, text: str, tally: Tally) -> None:
        at = time.monotonic()
        said = orjson.loads(text[2:])[1]
        words = str(said.get(self._talk.text, ""))
        theirs = str(said.get("senderId")) != str(self.id)
        if theirs and words.startswith(MARK):
            tally.hears(int(words.removeprefix(MARK)), at)

    def _acked(self, text: str) -> None:
        digits, _, rest = text[2:].partition("[")
        answered = self._acks.pop(int(digits), None)
        if answered is not None:
            answer = orjson.loads(f"[{rest}")
            answered(answer[0] if answer else None)
