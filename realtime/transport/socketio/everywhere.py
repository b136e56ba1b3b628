"""What a server says and does on every node at once."""

from collections.abc import Callable, Sequence

from realtime.transport.backplane import Command, Notice
from realtime.transport.socketio.ordering import Begins
from realtime.transport.socketio.publisher import HearNotice, Publisher
from realtime.transport.socketio.steps import Missing, SaidIn, Step
from realtime.transport.socketio.unshared import Span
from realtime.transport.tracing import Trace

Order = tuple[str, int]


class Everywhere:
    """The part of `Server` that goes over the backplane."""

    _publisher: Publisher

    def publish(
        self, steps: Sequence[Step], order: Order | None = None, said_in: str | None = None
    ) -> None:
        """Send all emissions of one announcement and obey its commands, without waiting.

        With an `order` (key, number) they are one step of that key: each key's steps are delivered
        in the order of their numbers, each once. What comes early waits for 100 ms, then what is
        missing is loaded or skipped. `said_in` names the languages of the emissions; a node that
        does not understand them by `understand_with` loads the step and words it itself.
        Raises TypeError for what JSON cannot say, having sent none.
        """
        self._publisher.publish(steps, order, said_in)

    def has_members(self, room: str, namespace: str = "/") -> bool:
        """Whether somebody may be in a room, on any node: what nobody hears need not be said."""
        return self._publisher.reaches(namespace, room)

    def sockets_join(self, of: str, room: str, namespace: str = "/") -> None:
        """Let every socket in the room `of` hear `room`, on every node."""
        self._publisher.command(Command("join", of, room, namespace))

    def sockets_leave(self, of: str, room: str, namespace: str = "/") -> None:
        """Let every socket in the room `of` no longer hear `room`, on every node."""
        self._publisher.command(Command("leave", of, room, namespace))

    def disconnect_sockets(self, of: str, namespace: str = "/") -> None:
        """Close the transport of every socket in the room `of`, on every node.

        The clients come back by themselves, and are asked for their token again.
        """
        self._publisher.command(Command("close", of, "", namespace))

    def load_missing_with(self, load: Missing, said_in: SaidIn = lambda: None) -> None:
        """Where to find what another node published with an `order` and this one never heard.

        `load(key, first, last)` gives the steps of each number that there is; the others are
        skipped. While it raises, the key waits and it is asked again. What it gives is said to all
        nodes, in the languages that `said_in` names by then.
        """
        self._publisher.load_missing_with(load, said_in)

    def begin_with(self, begins: Begins) -> None:
        """Where an order begins of which this node hears for the first time while somebody listens.

        `begins(key, number)` gives the first number, up to this one, of which nobody can have heard
        yet. Without it that is the number itself, which is right where there is one node.
        """
        self._publisher.begin_with(begins)

    def understand_with(self, understands: Callable[[str], bool]) -> None:
        """Whether all who listen on this node do so in the languages that a step was said in."""
        self._publisher.understand_with(understands)

    def trace_with(self, trace: Trace) -> None:
        """Let somebody follow what is published to where it is delivered; before `start`."""
        self._publisher.trace_with(trace)

    def stored(self, key: str, first: int, last: int) -> int | None:
        """An order's numbers from one to another are stored: those never heard here are loaded and
        delivered, in their place. A key that is new here begins with `first`. Returns the first of
        them that was not heard yet; None where all were."""
        return self._publisher.stored(key, first, last)

    def publish_notice(self, name: str, body: bytes) -> None:
        """Let whoever subscribed to a name hear something, on every node, this one too.

        Never waits. A notice keeps its place among what this node publishes.
        """
        self._publisher.notice(Notice(name, body))

    def subscribe(self, name: str, hear: HearNotice) -> None:
        """Hear the bodies of a name's notices. Before `start`, or the first may be missed.

        Raises ValueError for a name that somebody else hears, be it the transport itself.
        """
        self._publisher.subscribe(name, hear)

    def cut_off(self) -> str | None:
        """None while nodes hear one another, else in a few words what keeps them from it."""
        return self._publisher.well()

    @property
    def alone(self) -> bool:
        """Whether there can be no other node."""
        return self._publisher.alone

    def own_address(self) -> str | None:
        """The address from which this node speaks to where nodes meet; None while it does not."""
        return self._publisher.own_address()

    def when_back(self, tell: Callable[[], None]) -> None:
        """Call this each time that nodes hear one another again after they did not."""
        self._publisher.when_back(tell)

    def unshared(self) -> Sequence[Span]:
        """Each order of which this node told its own clients something while it heard no other,
        with the first and the last number of that. It is given once."""
        return self._publisher.unshared.take()

    def when_any_is_back(self, name: str, tell: Callable[[], None]) -> None:
        """Call this on every node each time that one of them hears the others again: some could not
        hear what it had to tell, or it them. Also when somebody publishes a notice of this name."""
        self.when_back(lambda: self.publish_notice(name, b""))
        self.subscribe(name, lambda _: tell())
