"""Typing lives in memory, and whatever ends it ends it once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from realtime.domain.events import Event, MessageSent, TypingStarted, TypingStopped
from realtime.domain.ids import new_id
from realtime.domain.records import Conversation, Message, Person
from realtime.domain.typing import Typing

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
ADA = Person("ada", "Ada")
CHOIR = Conversation(new_id(), 1, (ADA, Person("bob", "Bob")), False, None, NOW)
BAND = Conversation(new_id(), 1, (ADA, Person("eve", "Eve")), False, None, NOW)
SUNG = MessageSent(
    Message(new_id(), CHOIR.id, 1, ADA, None, "text", "La", None, None, NOW, NOW), CHOIR
)


class Room:
    """A `Typing` and what it told."""

    def __init__(self, timeout: float = 60) -> None:
        self.told: list[tuple[type[Event], str | None]] = []
        self.changed = asyncio.Event()
        self.typing = Typing(self._tell, lambda: NOW, timeout)

    def _tell(self, event: Event) -> None:
        assert isinstance(event, TypingStarted | TypingStopped)
        self.told.append((type(event), event.session))
        self.changed.set()

    @property
    def is_empty(self) -> bool:
        return not (self.typing._by_session or self.typing._sessions)


async def test_typing_that_stops_is_told_and_forgotten() -> None:
    room = Room()

    room.typing.started(ADA, CHOIR, "desk")
    room.typing.stopped(ADA, CHOIR, "desk")
    room.typing.interrupted("desk", CHOIR.id)
    room.typing.gone("desk")

    assert room.told == [(TypingStarted, "desk"), (TypingStopped, "desk")]
    assert room.is_empty


async def test_a_message_ends_typing_on_all_the_senders_devices() -> None:
    room = Room()
    room.typing.started(ADA, CHOIR, "desk")
    room.typing.started(ADA, CHOIR, "phone")
    room.typing.started(ADA, BAND, "phone")

    room.typing.sent(SUNG)

    stopped = {told for told in room.told if told[0] is TypingStopped}
    assert stopped == {(TypingStopped, "desk"), (TypingStopped, "phone")}
    room.typing.sent(SUNG)
    assert len(room.told) == 5


async def test_a_session_that_ends_stops_typing_everywhere() -> None:
    room = Room()
    room.typing.started(ADA, CHOIR, "desk")
    room.typing.started(ADA, BAND, "desk")

    room.typing.gone("desk")

    assert [kind for kind, _ in room.told].count(TypingStopped) == 2
    assert room.is_empty


async def test_quiet_ends_typing_and_each_keystroke_begins_the_wait_again() -> None:
    room = Room(timeout=0.02)
    room.typing.started(ADA, CHOIR, "desk")
    room.typing.started(ADA, CHOIR, "desk")
    (timer,) = [entry.quiet for entry in room.typing._by_session["desk"].values()]
    assert not timer.cancelled()

    while room.told[-1][0] is TypingStarted:
        room.changed.clear()
        await room.changed.wait()

    assert room.told == [(TypingStarted, "desk")] * 2 + [(TypingStopped, "desk")]
    assert room.is_empty


@pytest.mark.parametrize("known", [True, False])
async def test_a_stop_that_is_said_is_told_even_if_nobody_knew(known: bool) -> None:
    room = Room()
    if known:
        room.typing.started(ADA, CHOIR, "desk")

    room.typing.stopped(ADA, CHOIR, "desk")

    assert room.told[-1] == (TypingStopped, "desk")
