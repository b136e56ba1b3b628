"""What the demo's page asks of the server: itself, the client, its people, and a notification."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from aiohttp import web

from realtime.domain.errors import RateLimited, Refused
from realtime.domain.ports import Limits
from realtime.gateway import pages, payloads
from realtime.gateway.demo.client import CLIENT
from realtime.gateway.demo.people import Person
from realtime.gateway.rest import body_of, json_response, slow_down

PAGE = Path(__file__).parent / "page"

_BODY_SECONDS = 10.0
_RING = {
    "type": "GENERAL",
    "title": "Your application says hello",
    "message": "Sent through the server API, as your backend would.",
    "link": "/",
}

Sign = Callable[[Person], str]
"""A token of somebody."""
Notify = Callable[[str | int, dict[str, str]], Awaitable[Any]]
"""The application's `send_notification_to_user`."""


class Demo:
    """The demo's own routes."""

    def __init__(
        self,
        people: Sequence[Person],
        dialects: Sequence[str],
        *,
        sign: Sign,
        notify: Notify,
        limits: Limits,
        documented: bool,
    ) -> None:
        self._people = {str(person.id): person for person in people}
        self._dialects = list(dialects)
        self._sign = sign
        self._notify = notify
        self._limits = limits
        self._documented = documented

    def attach(self, app: web.Application) -> None:
        """Serve it at `/` and under `/demo/`."""
        app.add_routes(
            [
                web.get("/", self._page),
                web.get("/demo/socket.io.js", self._client),
                web.get("/demo/people.json", self._told),
                web.post("/demo/notify", self._rung),
                *pages.files("/demo", PAGE),
            ]
        )

    async def _page(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE / "index.html", headers=pages.headers("ws:", "wss:"))

    async def _client(self, _: web.Request) -> web.StreamResponse:
        if not CLIENT.is_file():
            raise web.HTTPNotFound
        kind = {"Content-Type": "text/javascript; charset=utf-8", "Cache-Control": "no-cache"}
        return web.FileResponse(CLIENT, headers=kind)

    async def _told(self, _: web.Request) -> web.Response:
        """Who is here, with tokens, what this node speaks, its default first, and whether `/docs`
        has pages."""
        people = [
            {"id": person.id, "name": person.name, "token": self._sign(person)}
            for person in self._people.values()
        ]
        told = {"people": people, "dialects": self._dialects, "documented": self._documented}
        response = json_response(told)
        response.headers["Cache-Control"] = "no-store"
        return response

    async def _rung(self, request: web.Request) -> web.Response:
        """One of the people gets a notification from "the application"."""
        try:
            body = payloads.json_object(await body_of(request, _BODY_SECONDS))
        except Refused:
            return json_response({"error": "Invalid JSON"}, 400)
        person = self._people.get(str(body.get("userId")))
        if person is None:
            return json_response({"error": "userId must be one of the demo's people"}, 400)
        retry_after = await self._limits.take(str(person.id), ("rest",))
        if retry_after:
            return slow_down(RateLimited(retry_after))
        await self._notify(person.id, _RING)
        return json_response({}, 201)
