"""The application's handlers: found and called as python-socketio would."""

import asyncio
import inspect
import logging
from collections.abc import Callable
from typing import Any, Protocol

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


Found = tuple[Callable[..., Any], tuple[str, ...]]
"""A handler, and the arguments that go before the event's own."""


class Handlers:
    """Finds and calls handlers.

    The order is python-socketio's: the event's own in its namespace, the namespace's `*`, the
    event's own in namespace `*`, its `*`, then the classes.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._takes: dict[tuple[str, str], int] = {}
        """How many arguments the handlers of connect and disconnect take."""
        self._tasks: set[asyncio.Task[Any]] = set()

    def changed(self) -> None:
        """A handler was registered."""
        self._takes.clear()

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
        return await self._builtin("connect", socket, (socket.session.environ, auth))

    async def disconnect(self, socket: Socket, reason: str) -> None:
        """Call the disconnect handler, with or without the reason as it is written."""
        await self._builtin("disconnect", socket, (reason,))

    def keep(self, task: asyncio.Task[Any]) -> None:
        """Hold a task that nobody waits for until it is done."""
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("ack callback failed: %s", place(error))

    async def _builtin(self, event: str, socket: Socket, args: tuple[Any, ...]) -> Any:
        """Call a handler that may leave out its last argument."""
        found = self.of(socket.namespace, event)
        if found is None:
            return None
        call, before = found
        takes = self._takes.get((socket.namespace, event))
        if takes is None:
            takes = self._takes[socket.namespace, event] = _takes(call)
        result = call(*(*before, socket.sid, *args)[:takes])
        return await result if inspect.isawaitable(result) else result

    def of(self, namespace: str, event: str) -> Found | None:
        """The handler of an event, None where there is none."""
        handlers = self._registry.handlers
        table = handlers.get(namespace)
        if table is not None:
            if event in table:
                return table[event], ()
            if "*" in table and event not in _BUILTIN:
                return table["*"], (event,)
        table = handlers.get("*")
        if table is not None:
            if event in table:
                return table[event], (namespace,)
            if "*" in table and event not in _BUILTIN:
                return table["*"], (event, namespace)
        return self._class_for(namespace, event)

    def _class_for(self, namespace: str, event: str) -> Found | None:
        classes = self._registry.namespace_handlers
        if namespace in classes:
            return classes[namespace].trigger_event, (event,)
        if "*" in classes:
            return classes["*"].trigger_event, (event, namespace)
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
