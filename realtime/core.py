"""A node without its doors: the domain, what it remembers, and what stores for it."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from realtime.config import Config
from realtime.delivery.typists import Typists
from realtime.dialects.words import Words
from realtime.domain import announcements, presence
from realtime.domain.actor import Node, Rules
from realtime.domain.announcing import Announcer, connect_caches
from realtime.domain.events import BroadcastStored, MessageSent
from realtime.domain.happened import Happened
from realtime.domain.memberships import Memberships
from realtime.domain.people import People
from realtime.domain.ports import Before
from realtime.domain.typing import Typing
from realtime.gateway.work import Work
from realtime.settings import Section
from realtime.stores.database import Database
from realtime.stores.epoch import open_epoch
from realtime.stores.joined import SharedJoined
from realtime.stores.limits import MemoryLimits
from realtime.stores.neighbours import Neighbours
from realtime.stores.presence import SharedPresence
from realtime.stores.retention import Retention
from realtime.stores.roster import Roster
from realtime.stores.visible import SharedVisible
from realtime.stores.writer import GroupWriter
from realtime.tracing.untraced import Untraced

LONGER = 1.25
"""Times as long as a page may be away: who has left is expected back by what others know of it."""

TYPING_TIMEOUT = 10.0
"""Seconds of quiet after which somebody no longer types."""


@asynccontextmanager
async def domain(
    config: Config,
    database: Database,
    work: Work,
    announcer: Announcer,
    roster: Roster | None,
    *,
    before: Before | None,
    traced: Untraced,
) -> AsyncIterator[Node]:
    """The domain's ports; with a roster, presence and joined are those of all nodes."""
    memberships, people = Memberships(), People(must_exist=config.users.must_exist)
    joined = SharedJoined(roster.teller("joined")) if roster else SharedJoined()
    connect_caches(announcer, memberships, people, joined, work.start)
    typing = Typing(announcer.announce, now, TYPING_TIMEOUT)
    announcer.listen(typing.sent, MessageSent)
    rules = rules_of(config)
    writer = GroupWriter(
        database,
        joined,
        traced.stored(announcer.announce),
        memberships.remember,
        wakes=rules.pushing.for_messages,
        tells=rules.webhooks.get(Happened.MESSAGE_SENT, ()),
    )

    def status_changed(user_id: str, is_online: bool) -> None:
        work.start(presence.changed(node, user_id, is_online=is_online))

    def status_missed(user_id: str, is_online: bool) -> None:
        work.start(presence.heard_late(node, user_id, is_online=is_online))

    grace, expected = config.presence.grace, config.recovery.kept * LONGER
    if roster is None:
        online = SharedPresence(grace, status_changed, expected=expected)
        visible = SharedVisible()
    else:
        teller = roster.teller("presence")
        online = SharedPresence(grace, status_changed, teller, roster.node, expected)
        online.missed = status_missed
        visible = SharedVisible(roster.teller("visible"), roster.node)
        roster.add("visible", visible)
        roster.add("presence", online)
        roster.add("joined", joined)
    node = Node(
        writer=traced.writer(writer),
        presence=online,
        visible=visible,
        joined=joined,
        limits=MemoryLimits(limits_of(config)),
        clock=now,
        announce=announcer.announce,
        memberships=memberships,
        people=people,
        typing=typing,
        rules=rules,
        before=before,
    )
    if roster is not None:
        typists = Typists(node, roster.teller("typing"), work.start)
        typists.listen(announcer)
        typing.elsewhere = typists.elsewhere
        roster.add("typing", typists)
    announcer.listen(
        lambda event: work.start(announcements.tell(node, event.broadcast_id)), BroadcastStored
    )
    writer.start()
    said = timedelta(hours=config.recovery.stored_hours)
    kept = timedelta(days=config.journal.kept_days)
    retention = Retention(now, kept, said, config.notifications)
    retention.start()
    try:
        with writer.watched():
            yield node
    finally:
        await retention.stop()
        await online.close()
        await work.finish()
        await writer.stop()


@asynccontextmanager
async def opened(config: Config) -> AsyncIterator[Database]:
    """The database, whose epoch has begun."""
    async with await Database.open(config.database) as database:
        await open_epoch()
        yield database


@asynccontextmanager
async def neighbours_of(
    config: Config, database: Database, replacing: bool
) -> AsyncIterator[Neighbours | None]:
    """The other nodes of this database; None where they may be there, or cannot be told."""
    if config.redis_url is not None or database.pooled:
        yield None
        return
    neighbours = Neighbours(config.database, replacing=replacing)
    await neighbours.start()
    try:
        yield neighbours
    finally:
        await neighbours.close()


def now() -> datetime:
    """UTC in whole milliseconds: what is stored is what is sent."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def words_of(config: Config, own: Iterable[Section]) -> Words:
    """The settings that change words."""
    return Words(
        integer_ids=config.user_ids == "integer",
        share_email=config.users.share_email,
        vapid_public_key=config.push.vapid_public_key,
        own={type(settings): settings for settings in own},
    )


def rules_of(config: Config) -> Rules:
    """The settings that change what the domain does."""
    return Rules(
        config.users,
        config.presence,
        config.messages,
        config.push.rules,
        config.notifications,
        config.webhooks.wanted,
    )


def limits_of(config: Config) -> dict[str, tuple[float, float]]:
    """Rate and burst of each kind of call."""
    return {kind: (limit.rate, limit.burst) for kind, limit in config.limits}
