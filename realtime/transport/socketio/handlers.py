"""The application's handlers: found and called as python-socketio would."""

import asyncio
import inspect
import logging
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from realtime.transport.failure import place
from realtime.transport.socketio.sockets import Socket

log = logging.getLogger("realtime.transport")

_BUILTIN = ("connect", "disconnect")
_ANY = 99


class Registry(Protocol):
    """Where handlers are registered: python-socketio's server."""

    handlers: dict[str, dict[str, Callable[..., Any]]]
    namespace_handlers: dict[str, Any]
    namespaces: Any


class Found(NamedTuple):
    """A handler and the arguments that go before the event's own."""

    call: Callable[..., Any]
    before: tuple[str, ...]
    takes: int = _ANY
    """How many of the arguments it takes."""


class Handlers:
    """Finds and calls handlers.

    The order is python-socketio's: the event's own in its namespace, the namespace's `*`, the
    event's own in namespace `*`, its `*`, then the classes.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._found: dict[tuple[str, str], Found | None] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    def changed(self) -> None:
        """A handler was registered."""
        self._found.clear()

    def serves(self, namespace: str) -> bool:
        """Whether clients may connect to it: it is listed or has handlers."""
        registry = self._registry
        return (
            registry.namespaces == "*"
            or namespace in registry.namespaces
            or namespace in registry.handlers
            or namespace in registry.namespace_handlers
        )

    async def connect(self, socket: Socket, auth: dict[str, Any] | None) -> Any:
        """Call the connect handler, with or without `auth` as it is written."""
        found = self._find(socket.namespace, "connect")
        if found is None:
            return None
        args = (*found.before, socket.sid, socket.session.environ, auth)
        return await _result(found.call(*args[: found.takes]))

    async def disconnect(self, socket: Socket, reason: str) -> None:
        """Call the disconnect handler, with or without the reason as it is written."""
        found = self._find(socket.namespace, "disconnect")
        if found is not None:
            args = (*found.before, socket.sid, reason)
            await _result(found.call(*args[: found.takes]))

    async def event(self, name: str, socket: Socket, values: list[Any]) -> tuple[bool, Any]:
        """Call the event's handler; whether there is one, and what it returned.

        `values` begins with the name and is used up.
        """
        found = self._look_up(socket.namespace, name)
        if found is None:
            return False, None
        values[0] = socket.sid
        result = found.call(*found.before, *values)
        return True, (await result if inspect.isawaitable(result) else result)

    def keep(self, task: asyncio.Task[Any]) -> None:
        """Hold a task that nobody waits for until it is done."""
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("ack callback failed: %s", place(error))

    def _find(self, namespace: str, event: str) -> Found | None:
        """For connect and disconnect, whose handlers may leave out their last argument."""
        key = (namespace, event)
        if key not in self._found:
            found = self._look_up(namespace, event)
            self._found[key] = found and found._replace(takes=_takes(found.call))
        return self._found[key]

    def _look_up(self, namespace: str, event: str) -> Found | None:
        handlers = self._registry.handlers
        table = handlers.get(namespace)
        if table is not None:
            if event in table:
                return Found(table[event], ())
            if "*" in table and event not in _BUILTIN:
                return Found(table["*"], (event,))
        table = handlers.get("*")
        if table is not None:
            if event in table:
                return Found(table[event], (namespace,))
            if "*" in table and event not in _BUILTIN:
                return Found(table["*"], (event, namespace))
        return self._class_for(namespace, event)

    def _class_for(self, namespace: str, event: str) -> Found | None:
        classes = self._registry.namespace_handlers
        if namespace in classes:
            return Found(classes[namespace].trigger_event, (event,))
        if "*" in classes:
            return Found(classes["*"].trigger_event, (event, namespace))
        return None


def _takes(call: Callable[..., Any]) -> int:
    try:
        parameters = inspect.signature(call).parameters.values()
    except (TypeError, ValueError):
        return _ANY
    if any(each.kind is each.VAR_POSITIONAL for each in parameters):
        return _ANY
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(each.kind in positional for each in parameters)


async def _result(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value
