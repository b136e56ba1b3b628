"""From events to frames at their sockets: encoded once, over the backplane, in order, to rooms."""

import logging
from collections.abc import Callable, Container, Iterable, Sequence
from itertools import count
from secrets import randbelow
from typing import Any, Final

from realtime.transport.backplane import (
    Backplane,
    Command,
    Delivery,
    Message,
    Notice,
    Past,
    Place,
    Shelf,
    Unit,
)
from realtime.transport.engineio import reasons
from realtime.transport.engineio.engine import Engine
from realtime.transport.failure import place
from realtime.transport.socketio import packets
from realtime.transport.socketio.emission import Emission
from realtime.transport.socketio.ordering import Begins, Sequencer
from realtime.transport.socketio.recovery.telling import Telling
from realtime.transport.socketio.recovery.window import Window
from realtime.transport.socketio.rooms import Members, Rooms
from realtime.transport.socketio.sockets import Answer, Socket, peer_of
from realtime.transport.socketio.steps import Missing, SaidIn, Step, as_units, delivery_of, unit_of
from realtime.transport.socketio.tracing import Trace, traced
from realtime.transport.socketio.unshared import Unshared

log = logging.getLogger("realtime.transport")

_LARGEST: Final = 2**31 - 1
"""Of a question's number: Java's client closes the connection at one that takes more bits."""

_BY_ITSELF: Final = "told by itself"
"""A notice: the node that gives it was cut off, or has loaded for its own clients what others may
say anew."""

HearNotice = Callable[[bytes], None]

HearSaid = Callable[[Place | None, tuple[str, int], tuple[int, int] | None], None]
"""Told the place of a step (None while nodes do not hear one another), the step, and between which
times (ms) other nodes may say it, where that is not just there."""


class Publisher:
    """The one way out. Synchronous: what is published by one task keeps its order."""

    def __init__(
        self, engine: Engine, rooms: Rooms, backplane: Backplane, window: Window | None = None
    ) -> None:
        """With a `window`, what is said is kept there for those who come back."""
        self._engine = engine
        self._rooms = rooms
        self._backplane = backplane
        self.telling: Telling | None = None
        self.hear_said: HearSaid | None = None
        """Told of each step that is said here."""
        self.unshared = Unshared()
        """What was said here while this node heard no other."""
        self.awaited: Container[tuple[str, str]] = ()
        """Rooms, with their namespaces, in which somebody is expected back."""
        self._sequencer = Sequencer(self._deliver, self._listened)
        if not backplane.alone:
            self._sequencer.say_with(backplane.publish, self._tells_by_itself)
        self._subscribers: dict[str, HearNotice] = {}
        # Of all sockets, and of no process before: who answers late answers on a later connection.
        self._questions = count(randbelow(_LARGEST))
        self._hearing: dict[type[Message], Callable[[Any], None]] = {
            Unit: self._sequencer.offer,
            Command: self._obey,
            Notice: self._notice,
        }
        self._unheard = backplane.alone and window is None
        """Whether what has no order is for nobody but the members of its rooms here, now."""
        if window is not None:
            self.telling = telling = Telling(backplane, rooms, window, self._sequencer)
            self.subscribe(_BY_ITSELF, lambda _: telling.one_told_by_itself())
            backplane.when_back(self._tells_by_itself)

    def load_missing_with(self, load: Missing, said_in: SaidIn) -> None:
        """Ask here for what other nodes have published and this one never heard."""
        self._sequencer.load_with(as_units(load, said_in))

    def begin_with(self, begins: Begins) -> None:
        """Ask here where a key begins of which this node hears for the first time."""
        self._sequencer.begin_with(begins)

    def understand_with(self, understands: Callable[[str], bool]) -> None:
        """Ask here whether this node's sockets understand what a step was said in."""
        self._sequencer.understand_with(understands)

    def trace_with(self, trace: Trace) -> None:
        """Let somebody follow each unit from where it is heard to where it is delivered."""
        self._unheard = False
        self._hearing[Unit] = traced(trace, self._sequencer, self._deliver).offer

    def stored(self, key: str, first: int, last: int) -> int | None:
        """These numbers of a key are stored; see ``Sequencer``."""
        return self._sequencer.stored(key, first, last)

    async def start(self) -> None:
        """Hear the other nodes; before that nothing may be published."""
        hear = self._hear
        if not self._backplane.alone:
            self._engine.outbox.hold_while(self._backplane.under_way)
            hear = self._hear_held
        await self._backplane.start(hear, self._remember if self.telling else None)
        if self.telling is not None:
            self.telling.hearing()

    async def caught_up(self) -> None:
        """See ``Server``."""
        await self._sequencer.caught_up()

    async def close(self) -> None:
        """Hand over what was published, then hear nothing more."""
        await self._backplane.close()
        await self._sequencer.close()

    def publish(
        self, steps: Iterable[Step], order: tuple[str, int] | None, said_in: str | None
    ) -> None:
        """Send and do these on every node, as one step of `order` if there is one."""
        self._backplane.publish(unit_of(steps, order, said_in))

    def send(
        self,
        namespace: str,
        rooms: tuple[str, ...],
        frames: bytes,
        skip_sids: tuple[str, ...],
        order: tuple[str, int] | None,
    ) -> None:
        """Send one event; what is only for a socket of this node does not leave it."""
        if order is None:
            socket = self._rooms.find(rooms[0], namespace) if len(rooms) == 1 else None
            if socket is not None:
                if socket.sid not in skip_sids:
                    self._send_one(socket, frames)
                return
            if self._unheard:
                members = self._rooms.plain(namespace, rooms)
                if members:
                    self._rooms.broadcast(members, frames, skip_sids)
                return
        self._backplane.publish(Unit((Delivery(namespace, rooms, frames, None, skip_sids),), order))

    def send_here(self, emission: Emission, but: Sequence[str]) -> None:
        """Send an event to this node's sockets, but to none in the rooms `but`."""
        if not (self.keeps or self._rooms.members(emission.namespace, emission.rooms)):
            return
        delivery = delivery_of(emission)
        left_out = tuple(self._rooms.members(emission.namespace, but)) if but else ()
        members = self._rooms.plain(emission.namespace, emission.rooms)
        if members:
            self._rooms.broadcast(members, delivery.frames, left_out)
        if self.telling is not None:
            self.telling.give_here(delivery, tuple(but), left_out)

    @property
    def keeps(self) -> bool:
        """Whether all that is said is kept, for those who come back."""
        return self.telling is not None and self.telling.awake

    def reaches(self, namespace: str, room: str) -> bool:
        """Whether somebody may be in a room: here, or on another node, of which we know nothing."""
        if not self._backplane.alone or self._rooms.has_members(namespace, room):
            return True
        return (namespace, room) in self.awaited

    def tell(self, socket: Socket, event: str, args: Sequence[Any]) -> None:
        """One event to one local socket."""
        if socket.live:
            self._send_one(socket, packets.event(socket.namespace, (event, *args)))

    def ask(self, members: Members, event: str, args: Sequence[Any], answer: Answer) -> None:
        """One event to each local member, with an ack of its own."""
        for socket in tuple(members.values()):
            self.ask_one(socket, event, args, answer)

    def ask_one(self, socket: Socket, event: str, args: Sequence[Any], answer: Answer) -> int:
        """One event to one local socket; returns the id of its ack."""
        number = next(self._questions) & _LARGEST
        frames = packets.event(socket.namespace, (event, *args), number)
        socket.answers[number] = answer
        self._engine.outbox.send(socket.sink, frames)
        return number

    def command(self, command: Command) -> None:
        """Do something to sockets on every node."""
        self._backplane.publish(command)

    def subscribe(self, name: str, hear: HearNotice) -> None:
        """Hear the notices of this name, from every node. Raises ValueError for a name in use."""
        if name in self._subscribers:
            raise ValueError(f"notices {name!r} are heard by somebody else")
        self._subscribers[name] = hear

    def notice(self, notice: Notice) -> None:
        """Let the subscribers of every node hear something."""
        self._backplane.publish(notice)

    def well(self) -> str | None:
        """What keeps the nodes from hearing one another, if anything does."""
        return self._backplane.well()

    @property
    def alone(self) -> bool:
        """See ``Backplane``."""
        return self._backplane.alone

    @property
    def shelf(self) -> Shelf | None:
        """See ``Backplane``."""
        return self._backplane.shelf

    def own_address(self) -> str | None:
        """See ``Backplane``."""
        return self._backplane.own_address()

    def when_back(self, tell: Callable[[], None]) -> None:
        """See ``Backplane``."""
        self._backplane.when_back(tell)

    def _hear_held(self, message: Message) -> None:
        self._engine.outbox.came()
        self._hear(message)

    def _hear(self, message: Message) -> None:
        if self.telling is not None:
            self.telling.hearing()
            self._sequencer.here = self.telling.here
        self._hearing[type(message)](message)

    def _remember(self, begin: Place, past: Past) -> None:
        """Keep what was said before this node listened, each order from its first number on."""
        assert self.telling is not None  # noqa: S101 - else this is not asked for
        firsts: dict[str, int] = {}
        for _, said in past:
            if isinstance(said, Unit) and said.order is not None:
                key, number = said.order
                firsts[key] = min(number, firsts.get(key, number))
        for key, number in firsts.items():
            self._sequencer.expect(key, number)
        self.telling.begin(begin)
        for at, said in past:
            self.telling.hearing_at(at)
            self._sequencer.here = at
            if isinstance(said, Unit):
                self._sequencer.offer(said)
            elif said.name == _BY_ITSELF:
                self.telling.one_told_by_itself()

    def _notice(self, notice: Notice) -> None:
        hear = self._subscribers.get(notice.name)
        if hear is None:
            return
        try:
            hear(notice.body)
        except Exception as error:  # noqa: BLE001 - the other nodes' messages must go on
            log.error("notice %s: %s", notice.name, place(error))

    def _listened(self, unit: Unit) -> bool:
        if self.telling is not None:
            return True  # who comes back tomorrow listens today
        members = self._rooms.members
        return any(members(each.namespace, each.rooms) for each in unit.deliveries)

    def _deliver(self, unit: Unit) -> None:
        for delivery in unit.deliveries:
            self._give(delivery, unit)
        for command in unit.commands:
            self._obey(command)
        if unit.order is not None:
            self._note_said(unit, unit.order)

    def _note_said(self, unit: Unit, step: tuple[str, int]) -> None:
        here = self._backplane.place if self.telling is None else self.telling.here
        if here is None:
            self.unshared.add(*step)
        if self.hear_said is not None:
            place = unit.at if unit.at is not None or self.telling is None else here
            self.hear_said(place, step, unit.doubt)

    def _give(self, delivery: Delivery, unit: Unit) -> None:
        members = self._rooms.plain(delivery.namespace, delivery.rooms)
        if members:
            self._rooms.broadcast(members, delivery.frames, self._skipped(delivery))
        if self.telling is not None:
            self.telling.give(delivery, unit, self._skipped)

    def _send_one(self, socket: Socket, frames: bytes) -> None:
        if socket.returning is not None and self.telling is not None:
            frames = self.telling.to_one(socket.returning, frames)
        if socket.live:
            self._engine.outbox.send(socket.sink, frames)

    def _skipped(self, delivery: Delivery) -> Sequence[str]:
        if delivery.skip_session is None:
            return delivery.skip_sids
        session = self._engine.sessions.get(delivery.skip_session)
        if session is None:
            return delivery.skip_sids
        socket = peer_of(session).sockets.get(delivery.namespace)
        return delivery.skip_sids if socket is None else (*delivery.skip_sids, socket.sid)

    def _tells_by_itself(self) -> None:
        self._backplane.publish(Notice(_BY_ITSELF, b""))

    def _obey(self, command: Command) -> None:
        members = tuple(self._rooms.members(command.namespace, (command.of,)).values())
        for socket in members:
            if command.action == "join":
                self._rooms.join(socket, command.room)
            elif command.action == "leave":
                self._rooms.leave(socket, command.room)
            else:
                self._engine.close(socket.session, reasons.SERVER_DISCONNECT)
