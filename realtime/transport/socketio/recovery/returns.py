"""The part of `Server` by which an application takes its clients back."""

from collections.abc import Callable, Container
from secrets import token_hex
from typing import Any

import orjson

from realtime.transport.backplane import Notice, Place, Shelf
from realtime.transport.engineio import reasons
from realtime.transport.engineio.engine import Engine
from realtime.transport.settings import RecoverySettings
from realtime.transport.socketio.publisher import Publisher
from realtime.transport.socketio.recovery.arrival import Return
from realtime.transport.socketio.recovery.positions import NOWHERE
from realtime.transport.socketio.recovery.recovery import Recovery
from realtime.transport.socketio.rooms import Rooms

NOTICE = "taken over"
"""Tells the other nodes that a client of theirs has come back here."""


class Returns:
    """Recovery on a server: its connections, its other nodes. Without settings, nothing."""

    def __init__(
        self,
        settings: RecoverySettings | None,
        engine: Engine,
        publisher: Publisher,
        rooms: Rooms,
        node: str,
    ) -> None:
        self._engine = engine
        self._publisher = publisher
        self.recovery: Recovery | None = None
        if settings is None or publisher.telling is None:
            return
        telling, process = publisher.telling, f"{node}.{token_hex(4)}"
        rooms.now = lambda: telling.now or NOWHERE
        self.recovery = Recovery(settings, telling, engine.outbox.flush, process)
        self.recovery.end = self._end_former
        publisher.awaited = self.recovery.awaited
        self.recovery.keeping.shelf = publisher.shelf
        publisher.subscribe(NOTICE, self._taken_over)

    def start(self) -> None:
        """Begin to keep what is needed for it."""
        if self.recovery is not None:
            self.recovery.keeping.start()

    async def stop(self) -> None:
        """Keep it for the next process."""
        if self.recovery is not None:
            await self.recovery.keeping.stop()

    def _end_former(self, back: Return) -> None:
        former, recovery = back.former, self.recovery
        if former is not None:
            self._engine.close(former.session, reasons.TAKEN_OVER)
        elif recovery is not None and back.node != recovery.process:
            body = orjson.dumps((recovery.process, back.record.key))
            self._publisher.notice(Notice(NOTICE, body))

    def _taken_over(self, body: bytes) -> None:
        process, key = orjson.loads(body)
        if self.recovery is None or process == self.recovery.process:
            return
        former = self.recovery.given_away(key)
        if former is not None:
            self._engine.close(former.session, reasons.TAKEN_OVER)


class ComingBack:
    """The part of `Server` by which an application takes its clients back.

    In its connect handler it asks who is `returning`, lets the socket into its rooms again, and
    asks to `recover` it. Whoever may not come back as that user is refused with `begins_anew`.
    """

    _returns: Returns
    _rooms: Rooms

    def recover_whom(self, choose: Callable[[dict[str, Any], str], bool]) -> None:
        """Which sockets take part, by environ and namespace; without it all do.

        Those that do are told one more argument with each event.
        """
        if self._returns.recovery is not None:
            self._returns.recovery.wants = choose

    def remember_on(self, shelf: Shelf) -> None:
        """Where what is known of sessions survives this process; before `start`.

        Without it, where all nodes meet, or nowhere.
        """
        if self._returns.recovery is not None:
            self._returns.recovery.keeping.shelf = shelf

    def note(self, sid: str, note: Any, namespace: str = "/") -> None:
        """What this application wants to know when the socket comes back: JSON."""
        socket = self._rooms.find(sid, namespace)
        if socket is not None and self._returns.recovery is not None:
            self._returns.recovery.note(socket, note)

    def returning(self, sid: str, namespace: str = "/") -> Any:
        """The note of a connecting socket's former self; None where it has none."""
        back = self._back(sid, namespace)
        return None if back is None else orjson.loads(back.record.note)

    async def recover(self, sid: str, namespace: str = "/", but: Container[str] = ()) -> bool:
        """Tell a returning socket, behind its CONNECT, what the rooms that it is in have missed.

        All of it, and its client is told that it is recovered; or nothing, and it is told that it
        is not. What has a place in one of the orders `but` is left out: it is none of its business
        any more. What was sent to it before this call is left out, so call it before sending.
        """
        socket = self._rooms.find(sid, namespace)
        if socket is None or self._returns.recovery is None:
            return False
        return await self._returns.recovery.recover(socket, but)

    def heard_up_to(self, sid: str, namespace: str = "/") -> Place | None:
        """Up to which place a returning socket has heard what was for it; None where that is of
        another epoch, or cannot be told."""
        back, recovery = self._back(sid, namespace), self._returns.recovery
        return None if back is None or recovery is None else recovery.heard_up_to(back)

    def may_return(self, sid: str, namespace: str = "/") -> bool:
        """Whether the client of a socket that has gone may come back as who it was."""
        socket, recovery = self._rooms.find(sid, namespace), self._returns.recovery
        return socket is not None and recovery is not None and recovery.may_return(socket)

    def begins_anew(self, sid: str, reason: str, namespace: str = "/") -> None:
        """A returning socket is not who it says it was: its former self may still come back."""
        socket = self._rooms.find(sid, namespace)
        if socket is not None and self._returns.recovery is not None:
            self._returns.recovery.refuse(socket, reason)

    def _back(self, sid: str, namespace: str) -> Return | None:
        socket = self._rooms.find(sid, namespace)
        return socket.returning.back if socket is not None and socket.returning else None
