"""A backend that is told things: it verifies each signature with the public `standardwebhooks`
package, keeps what it took, and answers as a test plans it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from standardwebhooks.webhooks import Webhook

from tests.patience import PATIENCE

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
OLD_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class Answer:
    """What the receiver says instead of 204; `after` seconds, or never."""

    status: int = 204
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    after: float = 0.0


@dataclass(frozen=True)
class Taken:
    """One webhook, whose signature was good."""

    id: str
    type: str
    data: dict[str, Any]
    timestamp: str


class Receiver:
    """Started by `await receiver.start()`; `url` is there from then on, also while it is down."""

    def __init__(self, *secrets: str) -> None:
        self._webhooks = [Webhook(secret) for secret in secrets or (SECRET,)]
        self.taken: list[Taken] = []
        """What was answered 2xx, in that order."""
        self.asked: list[Taken] = []
        """All that came, before it was answered."""
        self.bad: list[str] = []
        """Why requests were refused that are not signed as they must be."""
        self.answers: list[Answer] = []
        """What the next requests are answered; then 204 again."""
        self.answer: Callable[[Taken], Answer | None] = lambda _: None
        """An answer for a certain one."""
        self.before_answering: Callable[[Taken], None] = lambda _: None
        self.after_answering: Callable[[Taken], None] = lambda _: None
        self.at_once = self.most_at_once = 0
        self.port = 0
        self._changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    async def start(self) -> None:
        """Listen; again on the same port."""
        app = web.Application()
        app.router.add_post("/hooks", self._asked)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Be down: connections are refused."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def until(self, happened: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Wait for something to have come of the requests."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(happened)

    def types(self) -> list[str]:
        """The kinds of what was taken."""
        return [each.type for each in self.taken]

    def texts(self) -> list[str]:
        """The contents of the messages that were taken."""
        return [each.data["content"] for each in self.taken if each.type == "message.sent"]

    async def _asked(self, request: web.Request) -> web.StreamResponse:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._answered(request)
        finally:
            self.at_once -= 1
            async with self._changed:
                self._changed.notify_all()

    async def _answered(self, request: web.Request) -> web.StreamResponse:
        given = self._verified(await request.read(), request.headers)
        if given is None:
            return web.Response(status=401, text="bad signature")
        self.asked.append(given)
        async with self._changed:
            self._changed.notify_all()
        self.before_answering(given)
        planned = self.answer(given) or (self.answers.pop(0) if self.answers else Answer())
        await asyncio.sleep(planned.after)
        if 200 <= planned.status < 300:
            self.taken.append(given)
            self.after_answering(given)
        return _response(planned)

    def _verified(self, body: bytes, headers: Mapping[str, str]) -> Taken | None:
        lower = {name.lower(): value for name, value in headers.items()}
        for webhook in self._webhooks:
            try:
                said = webhook.verify(body, lower)
            except Exception as error:  # noqa: BLE001 - whatever is wrong with it
                self.bad.append(str(error))
                return None
        return Taken(lower["webhook-id"], said["type"], said["data"], said["timestamp"])


def _response(planned: Answer) -> web.Response:
    if isinstance(planned.body, str):
        return web.Response(status=planned.status, text=planned.body, headers=planned.headers)
    if planned.body is not None:
        return web.json_response(planned.body, status=planned.status, headers=planned.headers)
    return web.Response(status=planned.status, headers=planned.headers)
