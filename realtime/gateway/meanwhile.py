"""What others do by now, for a page that was away for longer than nodes remember.

What is not stored is not owed to it. But it shows who typed and who was online when it left, and
waits to be told of a change that it has missed.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from realtime.dialects.rooms import conversation, user
from realtime.domain import presence
from realtime.domain.acquaintance import SOME
from realtime.domain.errors import UnknownConversation
from realtime.domain.events import StatusChanged, TypingStarted, TypingStopped
from realtime.domain.records import Conversation
from realtime.gateway.tabs import Means, Tab

BACK_OFF = 5.0
"""Seconds that a client waits before it comes back, at most, unless it is told otherwise."""


async def tell_who_types(tab: Tab) -> None:
    """Who was typing in the evening types no more, which nobody has told the page."""
    for joined in await _conversations(tab):
        for person in joined.people:
            types = tab.actor.node.typing.types(person.id, joined.id)
            event = TypingStarted if types else TypingStopped
            tab.hear(event(person, joined, tab.actor.node.clock()), conversation(joined.id))


def tell_who_is_online(means: Means, tab: Tab) -> None:
    """Who was online in the evening may not be. Those who come back now as this page does, after a
    restart, are waited for, so that nobody looks offline for a moment."""
    start, wait = means.server.start_background_task, tab.actor.node.rules.presence.grace + BACK_OFF
    asyncio.get_running_loop().call_later(wait, start, _tell_who_is_online, tab)


async def _tell_who_is_online(tab: Tab) -> None:
    actor = tab.actor
    met = {person.id for joined in await _conversations(tab) for person in joined.people}
    if not tab.joined:  # its dialect joins none
        met = set(await actor.node.acquaintance.some_partners.of(actor.user_id))
    statuses = await presence.statuses(actor, met - {actor.user_id})
    for user_id, online in statuses.items():
        event = StatusChanged(user_id, online, actor.node.clock(), (actor.user_id,))
        tab.hear(event, user(actor.user_id))


async def _conversations(tab: Tab) -> Iterable[Conversation]:
    """Of those that it has joined, so many that their people are few."""
    few: list[Conversation] = []
    left = SOME
    for conversation_id in tab.joined:
        with suppress(UnknownConversation):  # it has ended since she was let in
            found = await tab.actor.node.memberships.current(conversation_id)
            if len(found.people) <= left:
                left -= len(found.people)
                few.append(found)
    return few
