"""OpenAPI 3.1 of every REST call: the dialects', the application's own, and health."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from realtime.dialects.base import PARAMETER, Dialect, Route
from realtime.gateway.descriptions.examples import Examples
from realtime.gateway.descriptions.schemas import Schema, Schemas, either, like
from realtime.gateway.descriptions.webhooks import webhooks

TOO_MANY: Schema = {
    "type": "object",
    "properties": {
        "error": {"const": "Too Many Requests"},
        "message": {"type": "string"},
        "retryAfter": {"type": "integer"},
    },
    "required": ["error", "message", "retryAfter"],
}

SERVER = "server"
"""The owner of the application's own calls, which users' tokens do not open."""

_NO_WORD = re.compile(r"\W+")

IDEMPOTENCY_KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Kept for 24 hours: the same call gets the first answer again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def _doors(cookie: str) -> Mapping[str, Schema]:
    """How a caller may say who it is."""
    return {
        "user": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": cookie},
        "server": {
            "type": "http",
            "scheme": "bearer",
            "description": "A key of the application's.",
        },
    }


@dataclass(slots=True)
class _Operation:
    """What several dialects do under one method and path."""

    rows: list[tuple[Dialect, Route]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


def openapi(
    tables: Iterable[Dialect], version: str, *, integer_ids: bool = False, cookie: str
) -> Schema:
    """The document of these tables; `cookie` is the one that may bring a token."""
    schemas = Schemas(integer_ids=integer_ids)
    paths: dict[str, Schema] = {}
    for (method, path), operation in _operations(tables).items():
        paths.setdefault(path, {})[method.lower()] = _described(operation, schemas)
    paths.update(_health())
    return {
        "openapi": "3.1.0",
        "info": {"title": "Realtime", "version": version, "description": _ABOUT},
        "paths": dict(sorted(paths.items())),
        "webhooks": webhooks(schemas),
        "components": {"schemas": schemas.named, "securitySchemes": _doors(cookie)},
    }


_ABOUT = (
    "Where several dialects have one path, the origin of the request decides whose answer it is:"
    " see x-dialects. The parameter dialect of this document's own address names one alone."
)


def _operations(tables: Iterable[Dialect]) -> dict[tuple[str, str], _Operation]:
    """By method and path; two templates that match the same are one path with one spelling."""
    spelling: dict[str, str] = {}
    found: dict[tuple[str, str], _Operation] = {}
    for table in tables:
        for route in table.routes:
            path = spelling.setdefault(PARAMETER.sub("{}", route.path), route.path)
            operation = found.setdefault((route.method, path), _Operation())
            operation.rows.append((table, route))
            operation.names = PARAMETER.findall(path)
    return found


def _described(operation: _Operation, schemas: Schemas) -> Schema:
    table, route = operation.rows[0]
    described: Schema = {
        "operationId": f"{table.name}.{route.handler.__name__}.{_slug(route.path)}",
        "summary": route.handler.__name__.replace("_", " ").capitalize(),
        "tags": [table.name for table, _ in operation.rows],
        "x-dialects": [table.name for table, _ in operation.rows],
        "security": _security(operation.rows),
        "parameters": _parameters(operation, schemas),
        "responses": _responses(operation.rows, schemas),
    }
    bodies = [
        body
        for table, route in operation.rows
        if (body := body_of(route, schemas, table.name)) is not None
    ]
    if bodies:
        described["requestBody"] = _content(either(bodies), schemas)
    return described


def _slug(path: str) -> str:
    return _NO_WORD.sub("_", path).strip("_")


def _security(rows: list[tuple[Dialect, Route]]) -> list[Schema]:
    if any(table.name == SERVER for table, _ in rows):
        return [{"server": []}]
    return [{"user": []}, {"cookie": []}] if any(route.token for _, route in rows) else []


def _parameters(operation: _Operation, schemas: Schemas) -> list[Schema]:
    """The path's, and what a GET reads from the query in any of its dialects."""
    found: dict[str, Schema] = {}
    for name in operation.names:
        found[name] = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    for table, route in operation.rows:
        if route.method == "GET" and route.adapter is not None:
            for name, schema in _fields(route, table.name, schemas).items():
                found.setdefault(name, {"name": name, "in": "query", "schema": schema})
        if table.name == SERVER and route.method != "GET":
            found["Idempotency-Key"] = IDEMPOTENCY_KEY
    return list(found.values())


def _fields(route: Route, owner: str, schemas: Schemas) -> dict[str, Schema]:
    assert route.adapter is not None, "asked only of rows with a payload"  # noqa: S101
    schema = schemas.incoming(route.adapter, owner)
    named: dict[str, Schema] = schema.get("properties", {})
    in_path = PARAMETER.findall(route.path)
    return {name: each for name, each in named.items() if name not in in_path}


def body_of(route: Route, schemas: Schemas, owner: str) -> Schema | None:
    """A call's payload without what the path says; None where nothing is left."""
    if route.method == "GET" or route.adapter is None:
        return None
    schema = schemas.incoming(route.adapter, owner)
    in_path = PARAMETER.findall(route.path)
    if not in_path:
        return schema
    properties = _fields(route, owner, schemas)
    if not properties:
        return None
    required = [name for name in schema.get("required", ()) if name not in in_path]
    return {**schema, "properties": properties, "required": required}


def _responses(rows: list[tuple[Dialect, Route]], schemas: Schemas) -> Schema:
    answers: dict[int, list[Schema]] = {}
    failures: list[Schema] = []
    for table, route in rows:
        (answer,) = get_args(route.answer)
        for status in route.statuses:
            answers.setdefault(status, []).append(schemas.outgoing(answer, table.name))
        failures.append(like(table.envelope(400, "Why not")))
    found = {str(status): _answer(either(each), schemas) for status, each in answers.items()}
    found["429"] = _answer(TOO_MANY, schemas, "Too many calls")
    found["default"] = _answer(either(failures), schemas, "A refusal, or a fault of ours")
    return found


def _answer(schema: Schema, schemas: Schemas, description: str = "Done") -> Schema:
    return {"description": description, **_content(schema, schemas)}


def _content(schema: Schema, schemas: Schemas) -> Schema:
    example = Examples(schemas.named).of(schema)
    return {"content": {"application/json": {"schema": schema, "example": example}}}


def _health() -> dict[str, Schema]:
    alive = {"status": "ok"}
    ready: dict[str, Any] = {
        **alive,
        "database": "ok",
        "schema": "ok",
        "draining": False,
        "parts": dict.fromkeys(("writer", "presence", "joined", "limits"), "ok"),
    }
    return {
        "/healthz": {"get": _probe("Whether the process lives", alive)},
        "/readyz": {"get": _probe("Whether new clients should come here", ready, "503")},
    }


def _probe(summary: str, told: Schema, *statuses: str) -> Schema:
    content = {"application/json": {"schema": like(told), "example": told}}
    answer = {"description": summary, "content": content}
    return {
        "operationId": summary.replace(" ", "_").lower(),
        "summary": summary,
        "tags": ["health"],
        "security": [],
        "responses": dict.fromkeys(("200", *statuses), answer),
    }
