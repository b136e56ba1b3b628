"""Where domain events become wire events: the one place that emits to rooms."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from realtime.delivery.languages import Languages
from realtime.delivery.metrics import CUSTOM, SAID
from realtime.delivery.statuses import Statuses
from realtime.dialects.base import Dialect
from realtime.dialects.rooms import EVERYONE, conversation, custom_room, user
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
from realtime.transport import Command, Emission, Server


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
        languages: Languages,
    ) -> None:
        self._server = server
        self._dialects = tuple(dialects.values())
        self._words = words
        self._namespaces = namespaces
        sayings = (
            (d.name, row) for d in self._dialects for rows in d.sayings.values() for row in rows
        )
        SAID.begin(*((name, row.event) for name, row in sayings if row.of is not None))
        self._statuses = Statuses(self._tell_statuses)
        self._late_statuses = Statuses(self._tell_statuses_here)
        self._languages = languages
        self._own_ways: dict[type[Event], Callable[[Any], None]] = {
            StatusChanged: self._status_changed,
            RoomJoined: self._room_joined,
            RoomLeft: self._room_left,
            UserDisconnected: self._user_disconnected,
        }
        # Those that a table of a dialect does not say in full.
        self._own_words: dict[type[Event], Callable[[Any], Sequence[Emission | Command]]] = {
            MessageSent: self._with_notifications,
            NotificationCreated: self._with_view,
            ParticipantRemoved: self._participant_removed,
            CustomEvent: self._custom_event,
        }

    def believe(self, looks_online: Callable[[str], bool]) -> None:
        """Ask here, before the status of a user is told that had to wait, whether it still is so:
        it may have changed again on another node."""
        self._statuses.looks_online = self._late_statuses.looks_online = looks_online

    @property
    def said_in(self) -> str | None:
        """The languages in which something is said now; None where all nodes understand it."""
        return self._languages.named

    def announce(self, event: Event) -> None:
        """Tell it to whom it concerns."""
        self._own_ways.get(type(event), self._told)(event)

    def steps(self, event: Event) -> Sequence[Emission | Command]:
        """What an event says to whom, and does to sockets in its place, without doing it: for
        whoever loads what never came. What it does out of any order is not among it.
        """
        return self._own_words.get(type(event), self._encoded)(event)

    def _told(self, event: Event) -> None:
        """In its order, where it has one; a number that says nothing passes too, else it would be
        waited for."""
        steps, order = self.steps(event), event.order
        if steps or order:
            self._server.publish(steps, order=order, said_in=self.said_in)

    def _with_notifications(self, event: MessageSent) -> list[Emission]:
        """A message goes with the notifications that it made, so that all come once."""
        emissions = self._encoded(event)
        for notification in event.notifications:
            emissions += self._encoded(NotificationCreated(notification))
        return emissions

    def _with_view(self, event: NotificationCreated) -> list[Emission]:
        """What made a notification comes before it."""
        return [*(self._encoded(event.view) if event.view else ()), *self._encoded(event)]

    def _status_changed(self, event: StatusChanged) -> None:
        """Everybody's news waits for more of its kind while the last is being written."""
        if event.audience is None:
            (self._late_statuses if event.here else self._statuses).add(event)
        elif event.here:
            self._tell_statuses_here([event])
        else:
            self._statuses.hurry(event.user_id)
            self._server.publish(self._encoded(event))

    def _custom_event(self, event: CustomEvent) -> list[Emission]:
        """Alike in every dialect; a socket in several of the rooms gets it once."""
        SAID.of[CUSTOM] += 1
        rooms = self._custom_rooms(event)
        return [
            Emission(event.name, event.args, rooms, namespace) for namespace in self._namespaces
        ]

    def _participant_removed(self, event: ParticipantRemoved) -> list[Command]:
        """Her sockets lose the conversation's room, in whatever dialects they hear it."""
        (room,) = conversation(event.conversation_id)
        (hers,) = user(event.user_id)
        return [
            Command("leave", dialect.room(hers), heard.room(room), namespace)
            for dialect, namespace in self._places()
            for heard in self._dialects
        ]

    def _room_joined(self, event: RoomJoined) -> None:
        for dialect, namespace in self._places():
            (hers,) = user(event.user_id)
            self._server.sockets_join(dialect.room(hers), custom_room(event.room), namespace)

    def _room_left(self, event: RoomLeft) -> None:
        for dialect, namespace in self._places():
            (hers,) = user(event.user_id)
            self._server.sockets_leave(dialect.room(hers), custom_room(event.room), namespace)

    def _user_disconnected(self, event: UserDisconnected) -> None:
        (hers,) = user(event.user_id)
        for dialect, namespace in self._places():
            self._server.disconnect_sockets(dialect.room(hers), namespace)

    def _tell_statuses(self, events: Sequence[StatusChanged]) -> None:
        for dialect, namespaces in self._languages.spoken:
            for namespace in namespaces:  # all together: they share their listeners
                self._server.publish(
                    [e for event in events for e in self._worded(event, dialect, [namespace])]
                )

    def _tell_statuses_here(self, events: Sequence[StatusChanged]) -> None:
        for event in events:
            for emission in self._encoded(event):
                self._server.send_here(emission)

    def _encoded(self, event: Event) -> list[Emission]:
        return [
            emission
            for dialect, namespaces in self._languages.spoken
            for emission in self._worded(event, dialect, namespaces)
        ]

    def _worded(
        self, event: Event, dialect: Dialect, namespaces: Sequence[str]
    ) -> Iterator[Emission]:
        for name, wire in dialect.encode(event, self._words):
            rooms = tuple(map(dialect.room, wire.to))
            for namespace in namespaces:
                if self._is_heard(rooms, namespace):
                    SAID.of[dialect.name, name] += 1
                    yield Emission(name, wire.args, rooms, namespace, wire.skip)

    def _is_heard(self, rooms: Sequence[str], namespace: str) -> bool:
        return any(self._server.has_members(room, namespace) for room in rooms)

    def _custom_rooms(self, event: CustomEvent) -> tuple[str, ...]:
        if event.room is not None:
            return (custom_room(event.room),)
        names = user(*event.user_ids)
        if event.conversation_id is not None:
            names = conversation(event.conversation_id)
        return tuple(d.room(name) for d in self._dialects for name in names or (EVERYONE,))

    def _places(self) -> Iterator[tuple[Dialect, str]]:
        return ((d, namespace) for d in self._dialects for namespace in self._namespaces)
