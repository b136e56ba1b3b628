"""The two documents over HTTP, made when they are first asked for, and each dialect's types."""

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from importlib.metadata import PackageNotFoundError, version

import orjson
from aiohttp import web

from realtime.dialects.base import Dialect
from realtime.dialects.words import Words
from realtime.gateway.descriptions.asyncapi import asyncapi
from realtime.gateway.descriptions.openapi import openapi
from realtime.gateway.descriptions.schemas import Schema
from realtime.gateway.descriptions.typescript import typescript
from realtime.gateway.rest import json_response

Describe = Callable[..., Schema]


class Descriptions:
    """What a node with these dialects and this table of the application's own calls speaks."""

    def __init__(
        self, dialects: Mapping[str, Dialect], server: Dialect, words: Words, cookie: str
    ) -> None:
        self._dialects = dialects
        self._server = server
        self._words = words
        self._cookie = cookie
        self._made: dict[tuple[Describe, str], bytes] = {}

    def attach(self, app: web.Application) -> None:
        """Serve both."""
        rest = partial(openapi, cookie=self._cookie)
        app.router.add_get("/openapi.json", partial(self._serve, rest, (self._server,)))
        app.router.add_get("/asyncapi.json", partial(self._serve, asyncapi, ()))
        app.router.add_get("/types/{dialect}.d.ts", self._types)

    async def _types(self, request: web.Request) -> web.Response:
        dialect = self._dialects.get(request.match_info["dialect"])
        if dialect is None:
            return json_response({"error": "No such dialect"}, 404)
        made = typescript(dialect, self._version, integer_ids=self._words.integer_ids)
        return web.Response(text=made, content_type="text/plain", charset="utf-8")

    async def _serve(
        self, describe: Describe, more: tuple[Dialect, ...], request: web.Request
    ) -> web.Response:
        wanted = request.query.get("dialect", "")
        if wanted and wanted not in self._dialects:
            return json_response({"error": "No such dialect"}, 404)
        made = self._made.get((describe, wanted))
        if made is None:
            chosen = [self._dialects[wanted]] if wanted else [*self._dialects.values(), *more]
            document = describe(chosen, self._version, integer_ids=self._words.integer_ids)
            made = self._made[describe, wanted] = orjson.dumps(document)
        return web.Response(body=made, content_type="application/json", charset="utf-8")

    @cached_property
    def _version(self) -> str:
        try:
            return version("realtime")
        except PackageNotFoundError:  # run from a checkout that was never installed
            return "0"
