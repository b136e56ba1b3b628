"""`socketio.AsyncServer` on this package's sessions: its public API, and what it lacks."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import socketio
from aiohttp import web

from realtime.hooks import check
from realtime.transport.backplane import Backplane
from realtime.transport.backplane.memory import MemoryBackplane
from realtime.transport.engineio import drain, handshake, reasons
from realtime.transport.engineio import hooks as engineio_hooks
from realtime.transport.engineio.cors import AllowedOrigins, Cors
from realtime.transport.engineio.engine import Engine
from realtime.transport.engineio.entrance import Entrance
from realtime.transport.engineio.forwarding import Locate
from realtime.transport.engineio.limits.files import Files
from realtime.transport.engineio.outbox import Outbox
from realtime.transport.engineio.siblings import Siblings
from realtime.transport.settings import RecoverySettings, TransportSettings, new_name
from realtime.transport.socketio import acks, hooks, packets
from realtime.transport.socketio.client_files import ClientFiles
from realtime.transport.socketio.dispatch import Dispatcher
from realtime.transport.socketio.emission import arguments, several
from realtime.transport.socketio.everywhere import Everywhere, Order
from realtime.transport.socketio.handlers import Handlers
from realtime.transport.socketio.here import Here
from realtime.transport.socketio.publisher import Publisher
from realtime.transport.socketio.recovery.returns import ComingBack, Returns
from realtime.transport.socketio.recovery.stored import ToldLater
from realtime.transport.socketio.recovery.window import Window
from realtime.transport.socketio.rooms import Rooms
from realtime.transport.socketio.sockets import Answer, Socket

log = logging.getLogger("realtime.transport")

PRIVATE = (*engineio_hooks.HOOKS, *hooks.HOOKS)
"""What this server needs of its libraries and they do not promise."""

_CLOSE_SECONDS = 1.0
"""How long `close` waits for handlers that still run; `drain` has waited for them already."""


class Server(ComingBack, ToldLater, Everywhere, Here, socketio.AsyncServer):  # type: ignore[misc] # python-socketio is untyped
    """A Socket.IO server for aiohttp.

    `allowed_origins` may read the answers (see `cors.Cors`). `node` is this node's name, with which
    its session ids begin.

    What one task emits reaches each socket in the order of the calls, whatever method they used.
    What is emitted while a socket's connect handler runs reaches it behind its CONNECT packet, and
    not at all if the handler refuses.

    With `recovery`, clients that lose their connection may come back as who they were (see
    `recover`).
    """

    def __init__(
        self,
        *,
        settings: TransportSettings = TransportSettings(),  # noqa: B008 - frozen
        namespaces: Sequence[str] = ("/",),
        allowed_origins: AllowedOrigins = (),
        environ_headers: Iterable[str] = handshake.KEPT_HEADERS,
        backplane: Backplane | None = None,
        node: str | None = None,
        files: Files | None = None,
        recovery: RecoverySettings | None = None,
    ) -> None:
        check(PRIVATE)
        outbox = Outbox()
        self._rooms = Rooms(outbox)
        self._calls = Handlers(self)
        self.node = node or new_name()
        self._engine = Engine(settings, outbox, self.node, files)
        self._dispatcher = Dispatcher(self._engine, self._calls, self._rooms)
        self._engine.receiver = self._dispatcher
        window = None if recovery is None else Window(recovery.window, recovery.kept_bytes)
        backplane = backplane or MemoryBackplane()
        self._publisher = Publisher(self._engine, self._rooms, backplane, window)
        self._returns = Returns(recovery, self._engine, self._publisher, self._rooms, self.node)
        self._dispatcher.recovery = self._returns.recovery
        cors = Cors(allowed_origins)
        self._entrance = Entrance(self._engine, cors, environ_headers)
        self._client = ClientFiles(settings.client_files, cors)
        self._drain_window = settings.drain_window
        super().__init__(client_manager=self._rooms, logger=log, namespaces=list(namespaces))

    def _engineio_server_class(self) -> Callable[..., hooks.EngineStandIn]:
        return lambda **_: hooks.EngineStandIn()

    def attach(self, app: web.Application, path: str = "/socket.io/") -> None:
        """Serve `path` of an application, and the browser's client below it."""
        self._client.attach(app, path)
        self._entrance.attach(app, path)

    async def start(self) -> None:
        """Listen to the other nodes. Before the first client, or it would miss what they say."""
        await self._publisher.start()
        self._returns.start()

    async def caught_up(self) -> None:
        """Wait, but not for long, for what nobody said of what was said before this node began to
        listen, as where a node died: behind it waits all that followed in its order, and whoever
        came before that is told would be told a minute of it once more."""
        await self._publisher.caught_up()

    def locate_with(self, locate: Locate) -> None:
        """Where to find other nodes by their names: requests for their sessions are passed on."""
        self._entrance.forwarder.locate_with(locate)

    def share_with(self, siblings: Siblings) -> None:
        """Give these processes, with which the port is shared, what comes for their sessions."""
        self._entrance.forwarder.share_with(siblings)

    @property
    def draining(self) -> bool:
        """Whether new sessions are refused because this node is leaving."""
        return self._engine.draining

    async def drain(self, *, at_once: bool = False) -> None:
        """Refuse new sessions, and end each session when its handlers are done and their acks sent.

        Takes the drain window, which `at_once` makes 0, and up to 6 s in all where handlers hang.
        Until its turn comes a session works as ever.
        """
        await drain.drain(self._engine, 0.0 if at_once else self._drain_window)

    async def close(self) -> None:
        """End what is left and wait for its handlers; the database must stay open until then."""
        await drain.shut(self._engine)
        tasks = self._rooms.tasks()
        if tasks:
            _, running = await asyncio.wait(tasks, timeout=_CLOSE_SECONDS)
            if running:
                log.warning("%d handlers still run at the end", len(running))
        await self._returns.stop()
        await self._publisher.close()

    shutdown = close

    def on(
        self, event: str, handler: Callable[..., Any] | None = None, namespace: str | None = None
    ) -> Any:
        """Register a handler, as in python-socketio."""
        self._calls.changed()
        return super().on(event, handler, namespace)

    def register_namespace(self, namespace_handler: Any) -> None:
        """Register a class of handlers, as in python-socketio."""
        self._calls.changed()
        super().register_namespace(namespace_handler)

    async def emit(  # noqa: PLR0917 - python-socketio's signature
        self,
        event: str,
        data: Any = None,
        to: str | Sequence[str] | None = None,
        room: str | Sequence[str] | None = None,
        skip_sid: str | Sequence[str] | None = None,
        namespace: str | None = None,
        callback: Answer | None = None,
        ignore_queue: bool = False,
        order: Order | None = None,
    ) -> None:
        """Send an event to rooms, as in python-socketio; a tuple is several arguments.

        `order` is a key and a number: a key's events arrive in the order of their numbers, each
        once. A `callback` is for sockets of this node. Raises TypeError for what JSON cannot say.
        """
        space, rooms = namespace or "/", several(to or room)
        if callback is not None:
            members = self._rooms.members(space, rooms)
            self._publisher.ask(members, event, arguments(data), callback)
            return
        frames = packets.event(space, (event, *arguments(data)))
        self._publisher.send(space, rooms, frames, several(skip_sid), order)

    def tell(self, sid: str, event: str, *args: Any, namespace: str = "/") -> None:
        """Send an event to one socket of this node, if it is still there."""
        socket = self._rooms.find(sid, namespace)
        if socket is not None:
            self._publisher.tell(socket, event, args)

    async def call(  # noqa: PLR0917 - python-socketio's signature
        self,
        event: str,
        data: Any = None,
        to: str | None = None,
        sid: str | None = None,
        namespace: str | None = None,
        timeout: float = 60,  # noqa: ASYNC109 - python-socketio's parameter
        ignore_queue: bool = False,
    ) -> Any:
        """Send an event to one socket of this node and wait for its ack, `timeout` seconds.

        Raises socketio's TimeoutError when that time is over and DisconnectedError when the client
        has gone.
        """
        socket = self._socket(to or sid or "", namespace)
        return await acks.call(self._publisher, socket, event, arguments(data), timeout)

    def session_id(self, sid: str, namespace: str = "/") -> str:
        """The Engine.IO session of a socket. Raises KeyError for an unknown sid."""
        return self._socket(sid, namespace).session.id

    def join(self, sid: str, room: str, namespace: str = "/") -> None:
        """Let a socket hear a room. One that has gone joins nothing."""
        socket = self._rooms.find(sid, namespace)
        if socket is not None:
            self._rooms.join(socket, room)

    def leave(self, sid: str, room: str, namespace: str = "/") -> None:
        """Let a socket no longer hear a room."""
        socket = self._rooms.find(sid, namespace)
        if socket is not None:
            self._rooms.leave(socket, room)

    async def enter_room(self, sid: str, room: str, namespace: str | None = None) -> None:
        """`join`, as python-socketio spells it."""
        self.join(sid, room, namespace or "/")

    async def leave_room(self, sid: str, room: str, namespace: str | None = None) -> None:
        """`leave`, as python-socketio spells it."""
        self.leave(sid, room, namespace or "/")

    async def close_room(self, room: str, namespace: str | None = None) -> None:
        """Let nobody hear a room any longer, on every node."""
        self.sockets_leave(room, room, namespace or "/")

    def close_session(self, session_id: str, reason: str = reasons.SERVER_DISCONNECT) -> None:
        """Close the transport of one session of this node; its handlers are told `reason`."""
        session = self._engine.sessions.get(session_id)
        if session is not None:
            self._engine.close(session, reason)

    async def disconnect(
        self, sid: str, namespace: str | None = None, ignore_queue: bool = False
    ) -> None:
        """Put a socket of this node out of its namespace, as in python-socketio.

        Its client does not come back by itself; see `close_session` for one that does.
        """
        self.disconnect_here(sid, namespace or "/")

    def rooms(self, sid: str, namespace: str | None = None) -> list[str]:
        """The rooms a socket hears, its own sid first."""
        socket = self._rooms.find(sid, namespace or "/")
        return [] if socket is None else [sid, *socket.rooms]

    def transport(self, sid: str, namespace: str | None = None) -> str:
        """`polling` or `websocket`. Raises KeyError for an unknown sid."""
        return self._socket(sid, namespace).session.link.name

    def get_environ(self, sid: str, namespace: str | None = None) -> dict[str, Any] | None:
        """The handshake's environ, None for an unknown sid."""
        socket = self._rooms.find(sid, namespace or "/")
        return None if socket is None else socket.session.environ

    async def get_session(self, sid: str, namespace: str | None = None) -> Any:
        """What `save_session` kept, at first an empty dict. Raises KeyError for an unknown sid."""
        socket = self._socket(sid, namespace)
        if socket.data is None:
            socket.data = {}
        return socket.data

    async def save_session(self, sid: str, session: Any, namespace: str | None = None) -> None:
        """Keep the application's data with a socket. Raises KeyError for an unknown sid."""
        self._socket(sid, namespace).data = session

    async def handle_request(self, request: web.Request) -> web.StreamResponse:
        """The aiohttp handler of the socket path, for applications that route by themselves."""
        return await self._entrance.handle(request)

    def instrument(self, *_: Any, **__: Any) -> Any:
        """Not offered: python-socketio's own would have to know its own sessions.

        Raises NotImplementedError with what to use instead.
        """
        raise NotImplementedError(
            "instrument() does not work on this server, which has sessions of its own:"
            " use watch_with(), which tells what becomes of them"
        )

    def start_background_task(self, target: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a coroutine function in a task, as in python-socketio."""
        task = asyncio.ensure_future(target(*args, **kwargs))
        self._calls.keep(task)
        return task

    async def sleep(self, seconds: float = 0) -> None:
        """`asyncio.sleep`, as in python-socketio."""
        await asyncio.sleep(seconds)

    def _socket(self, sid: str, namespace: str | None) -> Socket:
        socket = self._rooms.find(sid, namespace or "/")
        if socket is None:
            raise KeyError(f"no socket {sid} in {namespace or '/'}")
        return socket
