"""Where domain events become wire events: the one place that emits to rooms."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import singledispatchmethod

from realtime.delivery.statuses import Statuses
from realtime.dialects.base import EVERYONE, Dialect, conversation, custom_room, user
from realtime.dialects.words import Words
from realtime.domain.events import (
    CustomEvent,
    Event,
    MessageSent,
    NotificationCreated,
    ParticipantRemoved,
    RoomJoined,
    RoomLeft,
    StatusChanged,
    UserDisconnected,
)
from realtime.transport import Emission, Server


class FanOut:
    """Tells each domain event to every frontend, in that frontend's words, once.

    Encoding happens on the node where the event happened, once per dialect and not per listener.
    Never waits: what is announced in one go leaves in that order.
    """

    def __init__(
        self,
        server: Server,
        dialects: Mapping[str, Dialect],
        words: Words,
        namespaces: tuple[str, ...],
    ) -> None:
        self._server = server
        self._dialects = tuple(dialects.values())
        self._words = words
        self._namespaces = namespaces
        self._statuses = Statuses(self._tell_statuses)
        self._everyone = {dialect.name: dialect.room(EVERYONE) for dialect in self._dialects}

    @singledispatchmethod
    def announce(self, event: Event) -> None:
        """Tell it to whom it concerns."""
        emissions = list(self._encoded(event))
        if emissions:
            self._server.publish(emissions)

    @announce.register
    def _(self, event: MessageSent) -> None:
        """In the conversation's order; its notifications go with it, so that both come once."""
        emissions = list(self._encoded(event))
        for notification in event.notifications:
            emissions += self._encoded(NotificationCreated(notification, event.membership))
        message = event.message
        order = (str(message.conversation_id), message.seq) if message.seq else None
        self._server.publish(emissions, order=order)

    @announce.register
    def _(self, event: StatusChanged) -> None:
        """Everybody's news waits for more of its kind while the last is being written."""
        if event.audience is None:
            self._statuses.add(event)
        else:
            self._server.publish(list(self._encoded(event)))

    @announce.register
    def _(self, event: CustomEvent) -> None:
        """The same for every dialect; a socket in several of the rooms gets it once."""
        rooms = self._custom_rooms(event)
        self._server.publish(
            [Emission(event.name, event.args, rooms, namespace) for namespace in self._namespaces]
        )

    @announce.register
    def _(self, event: ParticipantRemoved) -> None:
        """Her sockets lose the conversation's room at once, on every node."""
        (room,) = conversation(event.conversation_id)
        self._everywhere(self._server.sockets_leave, event.user_id, room)

    @announce.register
    def _(self, event: RoomJoined) -> None:
        for dialect, namespace in self._places():
            (hers,) = user(event.user_id)
            self._server.sockets_join(dialect.room(hers), custom_room(event.room), namespace)

    @announce.register
    def _(self, event: RoomLeft) -> None:
        for dialect, namespace in self._places():
            (hers,) = user(event.user_id)
            self._server.sockets_leave(dialect.room(hers), custom_room(event.room), namespace)

    @announce.register
    def _(self, event: UserDisconnected) -> None:
        (hers,) = user(event.user_id)
        for dialect, namespace in self._places():
            self._server.disconnect_sockets(dialect.room(hers), namespace)

    def _tell_statuses(self, events: Sequence[StatusChanged]) -> None:
        for dialect in self._dialects:  # one dialect's all together: they share their listeners
            for namespace in self._namespaces:
                if self._is_spoken(dialect, namespace):
                    self._server.publish(
                        [e for event in events for e in self._worded(event, dialect, [namespace])]
                    )

    def _encoded(self, event: Event) -> Iterator[Emission]:
        for dialect in self._dialects:
            namespaces = [each for each in self._namespaces if self._is_spoken(dialect, each)]
            if namespaces:
                yield from self._worded(event, dialect, namespaces)

    def _worded(
        self, event: Event, dialect: Dialect, namespaces: Sequence[str]
    ) -> Iterator[Emission]:
        for name, wire in dialect.encode(event, self._words):
            rooms = tuple(dialect.room(room) for room in wire.to)
            for namespace in namespaces:
                if any(self._server.has_members(room, namespace) for room in rooms):
                    yield Emission(name, wire.args, rooms, namespace, wire.skip)

    def _is_spoken(self, dialect: Dialect, namespace: str) -> bool:
        """Whether anybody would understand: most deployments speak one dialect in one namespace."""
        return self._server.has_members(self._everyone[dialect.name], namespace)

    def _custom_rooms(self, event: CustomEvent) -> tuple[str, ...]:
        if event.room is not None:
            return (custom_room(event.room),)
        names = user(*event.user_ids)
        if event.conversation_id is not None:
            names = conversation(event.conversation_id)
        return tuple(d.room(name) for d in self._dialects for name in names or (EVERYONE,))

    def _places(self) -> Iterator[tuple[Dialect, str]]:
        return ((d, namespace) for d in self._dialects for namespace in self._namespaces)

    def _everywhere(self, change: Callable[[str, str, str], None], user_id: str, room: str) -> None:
        (hers,) = user(user_id)
        for dialect, namespace in self._places():
            for heard in self._dialects:
                change(dialect.room(hers), heard.room(room), namespace)
