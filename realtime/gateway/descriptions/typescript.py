"""TypeScript types of a dialect's events and calls, for the generics of socket.io-client.

`Socket<ServerToClientEvents, ClientToServerEvents>` knows then what may be sent and heard. They are
made from the tables that the node speaks by, so they cannot differ from what it does.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, get_args

from realtime.dialects.base import Dialect, Hears, Route, Says
from realtime.gateway.descriptions.openapi import body_of
from realtime.gateway.descriptions.schemas import REFERENCE, Schema, Schemas

_PLAIN = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
    "object": "Record<string, unknown>",
    "array": "unknown[]",
}


def typescript(dialect: Dialect, version: str, *, integer_ids: bool = False) -> str:
    """The declarations of one dialect."""
    document = _Document(dialect.name, Schemas(integer_ids=integer_ids))
    events = [*document.told(dialect.sayings.values()), *document.asked(dialect.hears.values())]
    calls = document.calls(dialect.routes)
    parts = (_head(dialect.name, version), document.interfaces(), *events, calls)
    return "\n".join(part for part in parts if part)


def _head(name: str, version: str) -> str:
    return f"""\
// The dialect {name} of realtime {version}, from the tables that the server speaks by. As types of
// socket.io-client: const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io(URL).
// Events of your own application are not in it: extend ServerToClientEvents with them.

/** An acknowledgement that says no; with `retryAfter`, seconds, for who asks too often. */
export interface AckRefused {{
  success: false;
  error: string;
  retryAfter?: number;
}}

/** An acknowledgement that says yes and no more. */
export interface AckDone {{
  success: true;
}}
"""


class _Document:
    """The declarations in the making; what is named is declared once."""

    def __init__(self, owner: str, schemas: Schemas) -> None:
        self._owner = owner
        self._schemas = schemas

    def interfaces(self) -> str:
        """What the events and calls refer to by name."""
        declared = []
        for name in sorted(self._schemas.named):
            shape, named = self._schemas.named[name], name.removeprefix(f"{self._owner}.")
            if "properties" in shape:
                declared.append(f"export interface {named} {self._object(shape, '')}\n")
            else:
                declared.append(f"export type {named} = {self._type(shape)};\n")
        return "\n".join(declared)

    def told(self, rows: Iterable[list[Says]]) -> Iterator[str]:
        """What the server says; an event that has several shapes is any of them."""
        shapes: dict[str, list[str]] = {"order:updated": ["Record<string, unknown>"]}
        for says in (each for table in rows for each in table):
            shapes.setdefault(says.event, [])
            if says.payload is not None:
                shape = self._type(self._schemas.outgoing(says.payload, self._owner))
                shapes[says.event].append(shape)
        lines = (
            f"  {_key(event)}: ({f'data: {_any_of(each)}' if each else ''}) => void;"
            for event, each in shapes.items()
        )
        yield _interface("What the server says.", "ServerToClientEvents", lines)

    def asked(self, rows: Iterable[Hears]) -> Iterator[str]:
        """What a frontend may send; an acknowledgement is optional everywhere."""
        lines = (f"  {_key(row.event)}: ({self._arguments(row)}) => void;" for row in rows)
        yield _interface("What a frontend may send.", "ClientToServerEvents", lines)

    def calls(self, routes: Iterable[Route]) -> str:
        """The REST calls, by method and path: the body, and what a good one is answered."""
        lines = []
        for route in routes:
            body = body_of(route, self._schemas, self._owner)
            (answer,) = get_args(route.answer)
            given = "undefined" if body is None else self._type(body, "  ")
            told = self._type(self._schemas.outgoing(answer, self._owner), "  ")
            lines.append(f'  "{route.method} {route.path}": {{ body: {given}; answer: {told} }};')
        return _interface("Its REST calls.", "RestCalls", lines) if lines else ""

    def _arguments(self, row: Hears) -> str:
        ack = f"ack?: (answer: {self._ack(row)}) => void"
        if row.adapter is None:
            return ack
        return f"data: {self._type(self._schemas.incoming(row.adapter, self._owner), '  ')}, {ack}"

    def _ack(self, row: Hears) -> str:
        """Of a refusal what ``failed`` makes of its text: an empty list, or words."""
        answer = "AckDone"
        if row.ack is not Any:
            answer = self._type(self._schemas.outgoing(row.ack, self._owner))
        return answer if isinstance(row.failed(""), list) else f"{answer} | AckRefused"

    def _type(self, schema: Schema, indent: str = "") -> str:
        if "$ref" in schema:
            return str(schema["$ref"]).removeprefix(REFERENCE.format(model=f"{self._owner}."))
        if "const" in schema or "enum" in schema:
            return _any_of(map(json.dumps, schema.get("enum", [schema.get("const")])))
        several = schema.get("anyOf") or schema.get("oneOf")
        if several:
            return _any_of(self._type(each, indent) for each in several)
        return self._structure(schema, indent)

    def _structure(self, schema: Schema, indent: str) -> str:
        items, more = schema.get("items"), schema.get("additionalProperties")
        if schema.get("properties"):
            return self._object(schema, indent)
        if isinstance(items, dict):
            return f"Array<{self._type(items, indent)}>"
        if isinstance(more, dict):
            return f"Record<string, {self._type(more, indent)}>"
        return _PLAIN.get(str(schema.get("type")), "unknown")

    def _object(self, schema: Schema, indent: str) -> str:
        required, inner = schema.get("required", ()), indent + "  "
        lines = [
            f"{inner}{_key(name)}{'' if name in required else '?'}: {self._type(each, inner)};"
            for name, each in schema["properties"].items()
        ]
        return "\n".join(["{", *lines, f"{indent}}}"])


def _interface(about: str, name: str, lines: Iterable[str]) -> str:
    return "\n".join([f"/** {about} */", f"export interface {name} {{", *lines, "}", ""])


def _any_of(types: Iterable[str]) -> str:
    return " | ".join(dict.fromkeys(types))


def _key(name: str) -> str:
    return name if name.isidentifier() else json.dumps(name)


def spelled(schema: Schema, owner: str) -> str:
    """A schema as a type of TypeScript; what it refers to goes by its name."""
    return _Document(owner, Schemas())._type(schema)
