"""The reference of what a dialect, or the application, says and hears: a page from its tables.

It is made of the OpenAPI and AsyncAPI documents that a node serves, so it is these as a page.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from realtime.dialects.base import Dialect
from realtime.gateway.descriptions import asyncapi, openapi
from realtime.gateway.descriptions.typescript import spelled, typescript

Described = dict[str, Any]


def page(table: Dialect, title: str) -> str:
    """Events, calls and types of one table."""
    parts = [f"# {title}", *_events(table), *_calls(table), *_types(table)]
    return "\n\n".join(parts) + "\n"


def _events(table: Dialect) -> Iterator[str]:
    document = asyncapi([table], "") if table.hears else None
    if document is None:
        return
    described = [*document["operations"].items()]
    own = [(name, each) for name, each in described if name.startswith(f"{table.name}.")]
    yield (
        f"As a document for tools: `/asyncapi.json?dialect={table.name}`. An event has one argument"
        " at most; an ack is optional everywhere."
    )
    for action, title in (("receive", "What a page sends"), ("send", "What the server says")):
        yield f"## {title}"
        for _, operation in own:
            if operation["action"] == action:
                yield from _event(document, operation, table.name)


def _event(document: Described, operation: Described, owner: str) -> Iterator[str]:
    message = _message(document, operation["messages"][0])
    yield f"### `{message['name']}`"
    if message["payload"].get("type") != "null":
        yield _typed(message["payload"], owner)
        yield _example(message["examples"][0]["payload"])
    if "reply" in operation:
        ack = _message(document, operation["reply"]["messages"][0])
        yield "The ack:"
        yield _example(ack["examples"][0]["payload"] if ack["payload"] else {"success": True})


def _message(document: Described, reference: Described) -> Described:
    name = reference["$ref"].rpartition("/")[2]
    found: Described = document["components"]["messages"][name]
    return found


def _calls(table: Dialect) -> Iterator[str]:
    document = openapi([table], "", cookie="accessToken")
    yield "## REST calls"
    yield (
        f"As a document for tools: `/openapi.json?dialect={table.name}`."
        if table.hears
        else ("As a document for tools: `/openapi.json`. Each call wants a key of the server API.")
    )
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if table.name in operation["tags"]:
                yield from _call(method.upper(), path, operation, table.name)


def _call(method: str, path: str, operation: Described, owner: str) -> Iterator[str]:
    yield f"### `{method} {path}`"
    yield f"{operation['summary']}." + ("" if operation["security"] else " Without a token.")
    query = [each for each in operation["parameters"] if each["in"] != "path"]
    if query:
        yield _parameters(query, owner)
    if (body := operation.get("requestBody")) is not None:
        content = body["content"]["application/json"]
        yield _typed(content["schema"], owner)
        yield _example(content["example"])
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            yield f"Answers {status}:"
            yield _example(answer["content"]["application/json"]["example"])


def _parameters(parameters: Iterable[Described], owner: str) -> str:
    head = ["| parameter | where | type | default |", "|---|---|---|---|"]
    rows = (
        f"| `{each['name']}` | {each['in']} | `{_cell(spelled(each['schema'], owner))}` |"
        f" {_default(each['schema'])} |"
        for each in parameters
    )
    return "\n".join([*head, *rows])


def _default(schema: Described) -> str:
    given = schema.get("default")
    return "" if given is None else f"`{_cell(json.dumps(given))}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _types(table: Dialect) -> Iterator[str]:
    if not table.hears:
        return
    yield "## Types"
    yield f"`/types/{table.name}.d.ts`, for the generics of socket.io-client:"
    yield f"```ts\n{typescript(table, 'VERSION').rstrip()}\n```"


def _typed(schema: Described, owner: str) -> str:
    return f"```ts\n{spelled(schema, owner)}\n```"


def _example(value: Any) -> str:
    text = json.dumps(value, indent=2, ensure_ascii=False)
    short = json.dumps(value, ensure_ascii=False)
    return f"```json\n{short if len(short) < 80 else text}\n```"
