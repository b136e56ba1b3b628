"""Answers the server API's calls from its table; with an ``Idempotency-Key``, each once."""

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from typing import Any, Protocol
from urllib.parse import unquote

import structlog

from realtime.dialects.base import PARAMETER, Json, Reply, Route, malformed
from realtime.dialects.words import Words
from realtime.domain.actor import Node
from realtime.domain.announcing import gathered
from realtime.domain.errors import InvalidJson, within_limit
from realtime.gateway import payloads
from realtime.gateway.overseeing import Overseer
from realtime.gateway.server_api.bodies import MessageBody
from realtime.gateway.server_api.rows import Call, UnknownPath, WrongMethod, table

log = structlog.get_logger(__name__)

MAX_KEY = 255
MOST_LOGGED = 10
"""How many ids of a long list a log line holds."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A call as it came: who by the name of the key, the path with its percent signs, the JSON."""

    caller: str
    method: str
    path: str
    body: Json = field(default_factory=dict)
    query: Mapping[str, str | list[str]] = field(default_factory=dict)
    idempotency_key: str | None = None


class Answer(Protocol):
    """A status and JSON."""

    @property
    def status(self) -> int: ...

    @property
    def body(self) -> Any: ...


def query_of(pairs: Iterable[tuple[str, str]]) -> dict[str, str | list[str]]:
    """A query; what is given several times is a list."""
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in given.items()}


Write = Callable[[], Awaitable[Any]]


class Once(Protocol):
    """Lets a key write once; ``stores/idempotency.py`` says what is promised."""

    async def once(self, key: str, fingerprint: str, write: Write) -> Answer: ...

    async def repeated(self, key: str, fingerprint: str, write: Write) -> Answer: ...


class Answering:
    """The table of the application's door, on one node; ``answer`` makes an Answer of a reply."""

    def __init__(
        self,
        node: Node,
        words: Words,
        once: Once,
        answer: Callable[[int, Json], Answer],
        overseer: Overseer,
    ) -> None:
        self._node = node
        self._words = words
        self._once = once
        self._answer = answer
        self._overseer = overseer

    async def allow(self, caller: str) -> None:
        """Take one call from what this caller may make. Raises RateLimited."""
        within_limit(await self._node.limits.take(caller, ("server_api",)))

    async def answer(self, asked: Asked) -> Answer:
        """Do what is asked. Raises Refused, for which ``table.refusal`` has status and body."""
        row, path = row_of(asked.method, asked.path)
        body = self._body(row, asked, path)
        answer = await self._written(row, body, asked)
        if asked.method != "GET":
            _log(row, asked, path, answer)
        return answer

    def _body(self, row: Route, asked: Asked, path: Mapping[str, str]) -> Any:
        given = asked.body
        if not isinstance(given, list):
            if not isinstance(given, dict):
                raise InvalidJson
            given = {**(asked.query if asked.method == "GET" else {}), **given, **path}
        assert row.adapter is not None, "every row here has a type"  # noqa: S101
        return payloads.read(row.adapter, given, integer_ids=self._words.integer_ids)

    async def _written(self, row: Route, body: Any, asked: Asked) -> Answer:
        if asked.idempotency_key is None or asked.method == "GET":
            return await self._reply(row, body, self._call(self._node))
        key, fingerprint = _key(asked), _fingerprint(asked)
        if _is_harmless_again(row, body):
            # A message is stored under a client id made of the key
            call = replace(self._call(self._node), retry=f"key:{key[:48]}")
            return await self._once.repeated(key, fingerprint, lambda: self._reply(row, body, call))
        return await self._in_transaction(row, body, key, fingerprint)

    async def _in_transaction(self, row: Route, body: Any, key: str, fingerprint: str) -> Answer:
        with gathered(self._node) as node:
            call = self._call(node)
            return await self._once.once(key, fingerprint, lambda: self._reply(row, body, call))

    def _call(self, node: Node) -> Call:
        return Call(node, self._words, self._overseer)

    async def _reply(self, row: Route, body: Any, call: Call) -> Answer:
        reply: Reply[Json] = await row.handler(call, body)
        return self._answer(reply.status, reply.payload)


def row_of(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The row that is called, and the path's parameters. Raises UnknownPath, WrongMethod."""
    found = {
        row.method: (row, match.groupdict())
        for pattern, row in _patterns()
        if (match := pattern.fullmatch(path)) is not None
    }
    if not found:
        raise UnknownPath
    if method not in found:
        raise WrongMethod(", ".join(sorted(found)))
    row, parameters = found[method]
    return row, {name: unquote(value) for name, value in parameters.items()}


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], Route], ...]:
    """The last that fits counts: static segments win over parameters."""
    rows = sorted(table.routes, key=lambda row: -row.path.count("{"))
    return tuple((re.compile(PARAMETER.sub(r"(?P<\1>[^/]+)", row.path)), row) for row in rows)


IN_STEPS = {
    ("DELETE", "/api/server/users/{userId}"),
    ("DELETE", "/api/server/broadcasts/{broadcastId}"),
}


def _is_harmless_again(row: Route, body: Any) -> bool:
    """Whether it has transactions of its own: the writer's, or the many steps of a deletion."""
    return (row.method, row.path) in IN_STEPS or (isinstance(body, MessageBody) and body.store)


def _key(asked: Asked) -> str:
    """Two backends may use the same keys. Raises Malformed."""
    key = asked.idempotency_key or ""
    if not 0 < len(key) <= MAX_KEY:
        raise malformed("Idempotency-Key", f"a key has 1 to {MAX_KEY} characters")
    return _digest(asked.caller, key)


def _fingerprint(asked: Asked) -> str:
    return _digest(asked.method, asked.path, json.dumps(asked.body, sort_keys=True))


def _digest(*parts: str) -> str:
    return sha256("\n".join(map(json.dumps, parts)).encode()).hexdigest()


def _log(row: Route, asked: Asked, path: Mapping[str, str], answer: Answer) -> None:
    log.info(
        "server_call",
        caller=asked.caller,
        method=asked.method,
        route=row.path,
        status=answer.status,
        ids=[*path.values(), *_named(asked.body), *_ids(answer.body)],
    )


def _named(body: Json) -> list[str]:
    """Whom and what a call was about."""
    names = ("senderId", "receiverId", "userId", "conversationId", "messageId")
    return [str(body[name]) for name in names if isinstance(body, dict) and name in body]


def _ids(body: Json) -> list[str]:
    """What was made or changed, never what it says."""
    data = body.get("data")
    rows = data if isinstance(data, list) else [data]
    return [str(row["id"]) for row in rows[:MOST_LOGGED] if isinstance(row, dict) and "id" in row]
