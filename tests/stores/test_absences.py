"""Who was away for hours is told what had not been said when she left, or nothing."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import pytest

from realtime.domain import (
    absences,
    announcements,
    conversations,
    groups,
    marks,
    messages,
    notifications,
    receipts,
    sayings,
)
from realtime.domain.absences import Absence, CannotTell
from realtime.domain.events import BroadcastTold, Event, MessageSent, NotificationCreated
from realtime.domain.heard import Place, Saying
from realtime.domain.marks import Marks, Names, Tail
from realtime.domain.messages import Content
from realtime.domain.records import Conversation, Notice
from realtime.domain.sayings import While
from realtime.models import Notification, Said
from tests.domain.world import World
from tests.statements import heard

NAMES = Names("5e" * 32)
START = 1_800_000_000_000
HELLO = Notice("GENERAL", "Hello", "World")


class Life:
    """A node alone: what its world announces is said at once, by a clock of its own."""

    def __init__(self, world: World, epoch: str = "first") -> None:
        self.world = world
        self.epoch = epoch
        self.ms = START
        self._kept: Place = (self.ms, 0, 0)
        self._said: list[Saying] = []
        self.notes = True
        """Whether it notes where everybody is told something."""
        self.tail = Tail(NAMES, self.ms)
        world.announcer.listen(self._say)

    async def begins(self) -> None:
        await sayings.begin(self.epoch, self._kept, datetime.now(UTC))

    @property
    def here(self) -> Place:
        return self.ms, 0, 0

    def passes(self, ms: int) -> None:
        self.ms += ms

    async def keeps(self, *, but: bool = False) -> None:
        """What was said until now is in the record, `but` something was lost."""
        since, said = self._kept, self._said
        self._kept, self._said, self.tail = self.here, [], Tail(NAMES, self.ms)
        if not but:
            row = While(self.ms, since, self._kept, said, shared=True)
            await sayings.keep(self.epoch, row, datetime.now(UTC))

    def doubts(self, content: str, doubt: tuple[int, int]) -> None:
        """Other nodes may have said this message, which is not kept yet, at another time."""
        sent = self.world.heard(MessageSent)
        (order,) = (event.order for event in sent if event.message.content == content)
        self._said = [
            each._replace(doubt=doubt) if each.order == order else each for each in self._said
        ]

    def dies(self) -> None:
        """What it says from now on is said by nobody."""
        self._say = lambda _event: None  # type: ignore[method-assign]

    def _say(self, event: Event) -> None:
        self.ms += 1
        if event.order is not None and self.epoch:
            self._said.append(Saying(self.here, event.order))
            self.tail.add(event.order)
        if isinstance(event, BroadcastTold) and self.notes:
            step = sayings.of_broadcast(event.broadcast_id, done=event.done)
            self._said.append(Saying(self.here, step))


@pytest.fixture
async def life(world: World) -> Life:
    """It has said something every second for two minutes."""
    made = Life(world)
    await made.begins()
    for _ in range(3):
        made.passes(40_000)
        await made.keeps()
    return made


@pytest.fixture
async def choir(life: Life) -> Conversation:
    return await life.world.group("ada", "bob", "eve")


def left(life: Life, user_id: str = "bob", *, mark: str | None = None, **more: Any) -> Absence:
    """Who has heard all until now."""
    return Absence(
        user_id, frozenset({"tab"}), life.epoch, life.here, marks=Marks.read(NAMES, mark), **more
    )


async def told(life: Life, absence: Absence, most: int = 1_000) -> list[Any]:
    return [each.event for each in await absences.told_later(life.world.node, absence, most=most)]


async def why_not(life: Life, absence: Absence, most: int = 1_000) -> str:
    with pytest.raises(CannotTell) as refused:
        await absences.told_later(life.world.node, absence, most=most)
    return str(refused.value)


def names(events: list[Any]) -> list[str]:
    return [type(event).__name__ for event in events]


async def test_what_was_not_said_yet_is_told_in_its_order(life: Life, choir: Conversation) -> None:
    world = life.world
    one = await world.say("ada", choir.id, "One")  # this she has heard
    bob = left(life)
    two = await world.say("ada", choir.id, "Two")
    await life.keeps()
    life.passes(3_600_000)
    await messages.edit(world.actor("ada"), one.id, "Once")
    await messages.edit(world.actor("ada"), two.id, "Twice")
    await notifications.notify(world.node, ["bob", "ada"], HELLO)
    await receipts.mark_read(world.actor("eve"), choir.id)
    await world.say("eve", choir.id, "Three")
    await life.keeps()

    events = await told(life, bob)

    assert names(events) == ["MessageSent", "MessageEdited", "NotificationCreated", "MessageSent"]
    assert [each.message.content for each in (events[0], events[1], events[3])] == [
        "Twice",  # as it is now, so that its edit says nothing more
        "Once",
        "Three",
    ]
    assert await told(life, left(life)) == []


async def test_whoever_heard_half_of_a_second_is_told_the_other_half(
    life: Life, choir: Conversation
) -> None:
    ids, absent = [], []
    for n in range(5):
        ids.append((await life.world.say("ada", choir.id, str(n))).id)
        absent.append(left(life))
    await life.keeps()

    for n, bob in enumerate(absent):
        assert [each.message.id for each in await told(life, bob)] == ids[n + 1 :]


async def test_sent_and_deleted_meanwhile_is_not_told(life: Life, choir: Conversation) -> None:
    heard_one = await life.world.say("ada", choir.id, "Heard")
    bob = left(life)
    gone = await life.world.say("ada", choir.id, "Gone")
    await messages.delete(life.world.actor("ada"), gone.id)
    await messages.delete(life.world.actor("ada"), heard_one.id)
    await life.keeps()

    (deleted,) = await told(life, bob)

    assert deleted.message_id == heard_one.id


async def test_what_she_did_herself_is_not_told_but_what_another_tab_did(
    life: Life, choir: Conversation
) -> None:
    bob, node = left(life), life.world.node
    for session, text in (("tab", "Mine"), ("phone", "Also mine"), (None, "Over REST")):
        actor = life.world.actor("bob", session)
        await messages.send(actor, choir.id, Content(text))
    await life.keeps()

    assert [each.message.content for each in await told(life, bob)] == ["Also mine", "Over REST"]
    assert node.people is life.world.node.people


async def test_more_than_the_bound_is_told_not_at_all(life: Life, choir: Conversation) -> None:
    bob = left(life)
    for n in range(4):
        await life.world.say("ada", choir.id, str(n))
    await life.keeps()

    assert len(await told(life, bob, most=4)) == 4
    assert await why_not(life, bob, most=3) == "too much"


async def test_what_nobody_kept_is_not_guessed(life: Life, choir: Conversation) -> None:
    await life.world.say("ada", choir.id, "One")
    await life.keeps()
    life.passes(1_000)
    bob = left(life)
    stranger = Absence("bob", frozenset(), "another", life.here)

    await life.keeps(but=True)
    life.passes(1_000)
    await life.keeps()

    assert await why_not(life, bob) == "no record"
    assert await why_not(life, stranger) == "no record"


async def test_a_record_that_began_later_says_nothing(world: World) -> None:
    choir, young = await world.group("ada", "bob"), Life(world)
    absent = Absence("bob", frozenset(), "first", (START - 5_000, 0, 0))
    await young.begins()
    await world.say("ada", choir.id, "One")
    await young.keeps()

    assert await why_not(young, absent) == "no record"


async def test_what_was_said_at_different_times_is_not_guessed(
    life: Life, choir: Conversation
) -> None:
    low = life.here
    await life.world.say("ada", choir.id, "One")
    await life.world.say("ada", choir.id, "Two")
    bob = left(life, low=low)
    await life.keeps()

    assert await why_not(life, bob) == "unsure"
    assert await told(life, left(life, "ada", low=life.here)) == []


async def test_what_other_nodes_may_have_said_at_another_time_is_not_guessed(
    life: Life, choir: Conversation
) -> None:
    absent, begin = [], life.ms
    for n in range(4):
        heard_last = await life.world.say("ada", choir.id, str(n))
        absent.append((left(life), left(life, mark=NAMES.mark((str(choir.id), heard_last.change)))))
        life.passes(1_000)
    life.doubts("1", (begin + 500, begin + 1_900))  # not before the first, nor behind the third
    await life.keeps()
    await life.world.say("eve", choir.id, "Later")

    assert await why_not(life, absent[1][0]) == "unsure"
    for n in (0, 2, 3):
        assert len(await told(life, absent[n][0])) == 4 - n
    for n in range(4):  # the number of what she heard last says the same, whenever it was said
        assert len(await told(life, absent[n][1])) == 4 - n


async def test_what_everybody_was_told_when_she_had_gone_is_told(
    life: Life, choir: Conversation
) -> None:
    early = left(life)
    await everybody_is_told(life)
    bob = left(life)
    await life.keeps()
    gone = left(life)
    await life.keeps()
    await everybody_is_told(life)

    assert names(await told(life, early)) == ["NotificationCreated"] * 2
    for absent in (bob, gone):
        assert names(await told(life, absent)) == ["NotificationCreated"]


async def everybody_is_told(life: Life) -> None:
    await announcements.broadcast(life.world.node, HELLO)
    await life.world.work.finish()


async def test_who_left_while_everybody_was_told_is_told_nothing(
    life: Life, choir: Conversation
) -> None:
    await life.world.node.presence.connected("ada", "tab")
    absent: list[Absence] = []
    life.world.announcer.listen(lambda _told: absent.append(left(life)), NotificationCreated)
    await everybody_is_told(life)
    await life.keeps()

    assert await why_not(life, absent[0]) == "unsure"


async def test_of_what_everybody_was_told_by_who_noted_nothing_it_is_not_guessed_when(
    life: Life, choir: Conversation
) -> None:
    life.notes = False
    await everybody_is_told(life)
    bob = left(life)  # who may have heard that, or not
    await life.keeps()
    gone = left(life)
    await life.keeps()

    assert await why_not(life, bob) == "unsure"
    assert await why_not(life, gone) == "unsure"
    for _ in range(3):
        life.passes(40_000)
        await life.keeps()
    later = left(life)
    life.passes(1_000)
    await life.keeps()
    await announcements.broadcast(life.world.node, HELLO)

    assert names(await told(life, later)) == ["NotificationCreated"]


# The last second before every memory was lost


async def lost(life: Life) -> Life:
    """The node dies before it keeps what it said; another begins."""
    life.dies()
    life.passes(2_000)
    after = Life(life.world, "second")
    after.ms = life.ms
    await after.begins()
    return after


async def test_of_a_lost_second_her_own_conversation_is_known(
    life: Life, choir: Conversation
) -> None:
    await life.keeps()
    await life.world.say("ada", choir.id, "Heard")
    two = await life.world.say("ada", choir.id, "Heard too")
    bob = left(life, mark=NAMES.mark((str(choir.id), two.change)))
    three = await life.world.say("ada", choir.id, "Missed")
    after = await lost(life)
    four = await life.world.say("eve", choir.id, "Later")

    assert [each.message.id for each in await told(after, bob)] == [three.id, four.id]


async def test_of_a_lost_second_nothing_else_is_known(life: Life, choir: Conversation) -> None:
    other = await life.world.group("ada", "bob")
    await life.keeps()
    await life.world.say("ada", other.id, "Perhaps heard")
    heard_last = await life.world.say("ada", choir.id, "Heard")
    bob = left(life, mark=NAMES.mark((str(choir.id), heard_last.change)))
    typing_last = left(life)
    eve = left(life, "eve", mark=NAMES.mark((str(choir.id), heard_last.change)))
    after = await lost(life)

    assert await why_not(after, bob) == "unsure"
    assert await why_not(after, typing_last) == "unsure"
    assert await told(after, eve) == []  # the other conversation is none of hers


async def test_of_a_lost_second_all_is_known_that_an_offset_says(
    life: Life, choir: Conversation
) -> None:
    other = await life.world.group("ada", "bob")
    await life.keeps()
    for room in (other, choir, other):
        await life.world.say("ada", room.id, "Heard")
    bob = left(life, mark=life.tail.text(None))  # the last thing she heard was nothing stored
    missed = [await life.world.say("ada", room.id, "Missed") for room in (choir, other)]
    third = await life.world.group("ada", "bob", "eve")
    missed.append(await life.world.say("ada", third.id, "Missed, the first of it"))
    after = await lost(life)

    assert [each.message.id for each in await told(after, bob)] == [each.id for each in missed]


async def test_of_a_lost_second_in_which_many_spoke_an_offset_says_one(
    life: Life, choir: Conversation
) -> None:
    rooms = [await life.world.group("ada", "bob") for _ in range(marks.MOST + 1)]
    await life.keeps()
    for room in rooms:
        heard_last = await life.world.say("ada", room.id, "Heard")
    bob = left(life, mark=life.tail.text(None))
    eve = left(life, "eve", mark=life.tail.text(None))
    zoe = left(life, mark=life.tail.text((str(rooms[-1].id), heard_last.change)))
    after = await lost(life)

    assert await why_not(after, bob) == await why_not(after, zoe) == "unsure"
    assert await told(after, eve) == []


async def test_an_offset_says_nothing_of_what_is_in_no_row_from_before(
    life: Life, choir: Conversation
) -> None:
    await life.keeps()
    await life.world.say("ada", choir.id, "Perhaps heard")
    life.passes(1_000)
    later = Tail(NAMES, life.ms)  # of a row that was lost
    bob = left(life, mark=later.text(None))
    after = await lost(life)

    assert await why_not(after, bob) == "unsure"


async def test_what_was_stored_after_the_loss_is_told_for_sure(
    life: Life, choir: Conversation
) -> None:
    other = await life.world.group("ada", "bob")
    await life.keeps()
    life.passes(500)
    bob = left(life)  # the last thing she heard was nothing that is stored
    after = await lost(life)
    later = await life.world.say("ada", other.id, "Later")

    assert [each.message.id for each in await told(after, bob)] == [later.id]


# Who takes part


async def test_of_a_conversation_that_she_has_left_nothing_is_told(
    life: Life, choir: Conversation
) -> None:
    bob = left(life)
    await life.world.say("ada", choir.id, "Before")
    await groups.remove(life.world.node, choir.id, "bob")
    await life.world.say("ada", choir.id, "After")
    await life.keeps()

    events = await told(life, bob)

    assert names(events) == ["NotificationCreated"]
    await conversations.add(life.world.actor("app"), choir.id, "bob")
    assert await why_not(life, bob) == "came and went"


async def test_of_a_conversation_that_she_has_come_into_only_what_followed(
    life: Life, choir: Conversation
) -> None:
    zoe = left(life, "zoe")
    await life.world.say("ada", choir.id, "Before")
    await conversations.add(life.world.actor("app"), choir.id, "zoe")
    await life.world.say("ada", choir.id, "After")
    await life.keeps()

    (after,) = await told(life, zoe)

    assert after.message.content == "After"


async def test_notifications_that_are_told_count_as_shown(life: Life, choir: Conversation) -> None:
    bob = left(life)
    await notifications.notify(life.world.node, ["bob"], HELLO)
    await life.world.say("ada", choir.id, "Hi")
    await life.keeps()
    assert await Notification.filter(user_id="bob", shown_at=None).count() == 2

    found = await absences.told_later(life.world.node, bob, most=9)
    await absences.count_as_shown(life.world.node, found)

    assert await Notification.filter(user_id="bob", shown_at=None).count() == 0
    assert await notifications.unshown(life.world.actor("bob"), limit=9) == ()


async def test_many_are_told_with_as_many_questions_as_one(life: Life, choir: Conversation) -> None:
    asked = []
    for count in (1, 30):
        bob = left(life)
        for n in range(count):
            await life.world.say("ada", choir.id, str(n))
            await notifications.notify(life.world.node, ["bob"], HELLO)
        await life.keeps()
        with heard() as statements:
            assert len(await told(life, bob)) == 2 * count
        asked.append(len(statements))

    assert asked[0] == asked[1] <= 14


async def test_of_the_record_each_row_is_unpacked_once_for_all_who_come_back(
    life: Life, choir: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked: list[bytes] = []
    unpack = sayings.zlib.decompress

    def counted(packed: bytes) -> bytes:
        unpacked.append(packed)
        return unpack(packed)

    monkeypatch.setattr(sayings.zlib, "decompress", counted)
    gone = [left(life, user_id) for user_id in ("bob", "eve")]
    for content in ("one", "two", "three"):
        await life.world.say("ada", choir.id, content)
        await life.keeps()

    for _ in range(3):
        for each in gone:
            assert names(await told(life, each)) == ["MessageSent"] * 3

    assert len(unpacked) == len(set(unpacked)) == 3


async def test_rows_are_let_go_of(life: Life) -> None:
    assert await Said.all().count() == 4

    assert await sayings.forget(datetime.now(UTC), most=3) == 3
    assert await sayings.forget(datetime.now(UTC), most=3) == 1
    assert await sayings.forget(datetime.now(UTC), most=3) == 0


async def test_nodes_that_heard_the_same_keep_it_once(life: Life, choir: Conversation) -> None:
    row = While(START + 999_999, (START, 0, 0), (START + 999_000, 0, 0), shared=True)
    for _ in range(3):
        await sayings.keep("first", row, datetime.now(UTC))

    assert await Said.filter(number=row.number).count() == 1


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("dies", [False, True])
async def test_whoever_leaves_at_any_moment_is_told_exactly_the_rest(
    life: Life, seed: int, dies: bool
) -> None:
    """Or, where a node died before it kept what it said, that nobody can tell."""
    chance, world = random.Random(seed), life.world
    hers = [await world.group("ada", "bob", "eve") for _ in range(3)]
    others = await world.group("ada", "eve")
    sent: list[tuple[str, str | None]] = []
    absent: list[tuple[Absence, int]] = []
    for number in range(40):
        room = chance.choice([*hers, others])
        who = chance.choice(["ada", "eve"] if room is others else ["ada", "eve", "bob"])
        session = chance.choice(["tab", "phone"]) if who == "bob" else None
        said = await messages.send(world.actor(who, session), room.id, Content(str(number)))
        if room is not others:
            sent.append((said.content, session))
            if session != "tab":  # what she hears last carries its place and its step
                bob = left(life, mark=NAMES.mark((str(room.id), said.change)))
                absent.append((bob, len(sent)))
        life.passes(chance.randint(0, 400))
        if chance.random() < 0.3:
            await life.keeps()
    await (lost(life) if dies else life.keeps())

    unsure = 0
    for bob, count in absent:
        rest = [text for text, session in sent[count:] if session != "tab"]
        try:
            assert [each.message.content for each in await told(life, bob)] == rest
        except CannotTell:
            unsure += 1
    assert unsure < len(absent) / 2 if dies else unsure == 0
