"""AsyncAPI 3.0 of every Socket.IO event: a channel for each dialect, seen from the server."""

import re
from collections.abc import Iterable
from typing import Any

from realtime.dialects.base import Dialect, Hears, Says
from realtime.gateway.descriptions.examples import Examples
from realtime.gateway.descriptions.schemas import Schema, Schemas

NO_ARGUMENT: Schema = {"type": "null", "description": "The event has no argument."}
ANYTHING: Schema = {"description": "As the application gives it."}
APPLICATION = "application"
"""The channel of what only the application's backend says, in every dialect."""

_NO_KEY = re.compile(r"[^\w.-]")


def asyncapi(dialects: Iterable[Dialect], version: str, *, integer_ids: bool = False) -> Schema:
    """The document of these dialects."""
    document = _Document(Schemas(integer_ids=integer_ids))
    for dialect in dialects:
        document.dialect(dialect)
    document.application()
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Realtime", "version": version, "description": _ABOUT},
        "defaultContentType": "application/json",
        "channels": document.channels,
        "operations": document.operations,
        "components": {"schemas": document.schemas.named, "messages": document.messages},
    }


_ABOUT = (
    "Socket.IO protocol 5 at /socket.io/. A message's name is the event's, its payload the event's"
    " one argument; a reply is the acknowledgement. Every socket understands the events of every"
    " dialect. Sockets that take part in connection state recovery hear one argument more with each"
    " event that wants no reply, an opaque text."
)


class _Document:
    """A document in the making."""

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas
        self.channels: dict[str, Schema] = {}
        self.operations: dict[str, Schema] = {}
        self.messages: dict[str, Schema] = {}

    def dialect(self, dialect: Dialect) -> None:
        """A dialect's two tables of events."""
        self._channel(dialect.name, f"namespaces {', '.join(dialect.namespaces)}")
        for row in dialect.hears.values():
            self._hears(dialect.name, row)
        for rows in dialect.sayings.values():
            for says in rows:
                self._says(dialect.name, says)

    def application(self) -> None:
        """What the server API sends."""
        self._channel(APPLICATION, "every namespace")
        order: Schema = {"type": "object", "examples": [{"id": 7, "status": "SHIPPED"}]}
        custom: Schema = {**ANYTHING, "examples": [{"text": "Hello"}]}
        for event, payload in (("order:updated", order), ("any other event", custom)):
            key = self._message(APPLICATION, f"says.{event}", event, payload)
            self._operation(APPLICATION, f"says.{event}", "send", key)

    def _channel(self, name: str, where: str) -> None:
        self.channels[name] = {"address": "/socket.io/", "description": where, "messages": {}}

    def _hears(self, owner: str, row: Hears) -> None:
        payload = NO_ARGUMENT
        if row.adapter is not None:
            payload = self.schemas.incoming(row.adapter, owner)
        key = self._message(owner, f"hears.{row.event}", row.event, payload)
        operation = self._operation(owner, f"hears.{row.event}", "receive", key)
        ack = self._ack(owner, row)
        operation["reply"] = {
            "channel": {"$ref": f"#/channels/{owner}"},
            "messages": [{"$ref": f"#/channels/{owner}/messages/{ack}"}],
        }

    def _ack(self, owner: str, row: Hears) -> str:
        """Optional, and of a refusal what ``failed`` makes of its text."""
        told = self.schemas.outgoing(row.ack, owner)
        return self._message(owner, f"ack.{row.event}", f"ack of {row.event}", told)

    def _says(self, owner: str, row: Says) -> None:
        payload = NO_ARGUMENT
        if row.payload is not None:
            payload = self.schemas.outgoing(row.payload, owner)
        key = self._message(owner, f"says.{row.event}", row.event, payload)
        name = key.removeprefix(f"{owner}.")
        self._operation(owner, name, "send", key)

    def _message(self, owner: str, name: str, event: str, payload: Schema) -> str:
        """A message of a channel; gives its key, of its own where an event has several shapes."""
        key = free = f"{owner}.{_slug(name)}"
        number = 1
        while free in self.messages:
            number += 1
            free = f"{key}.{number}"
        example: Any = Examples(self.schemas.named).of(payload)
        self.messages[free] = {
            "name": event,
            "payload": payload,
            "examples": [{"payload": example}],
        }
        self.channels[owner]["messages"][free] = {"$ref": f"#/components/messages/{free}"}
        return free

    def _operation(self, owner: str, name: str, action: str, key: str) -> Schema:
        described: Schema = {
            "action": action,
            "channel": {"$ref": f"#/channels/{owner}"},
            "messages": [{"$ref": f"#/channels/{owner}/messages/{key}"}],
        }
        self.operations[f"{owner}.{_slug(name)}"] = described
        return described


def _slug(name: str) -> str:
    return _NO_KEY.sub("_", name)
