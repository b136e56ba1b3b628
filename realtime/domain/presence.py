"""Who looks online to whom."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime

from realtime.domain import webhooks
from realtime.domain.acquaintance import around, partners
from realtime.domain.actor import Actor, Node
from realtime.domain.events import StatusChanged
from realtime.models import User


async def online(actor: Actor, user_ids: Sequence[str]) -> set[str]:
    """Those who look online, as far as the actor may know."""
    return {each for each, is_online in (await statuses(actor, user_ids)).items() if is_online}


async def statuses(actor: Actor, user_ids: Collection[str]) -> dict[str, bool]:
    """Whether they look online, of those of whom the actor may know."""
    admitted = set(user_ids)
    if not admitted:
        return {}
    if actor.node.rules.presence.contacts_only:
        admitted &= {actor.user_id, *await partners(actor.user_id)}
    admitted -= await around(actor.user_id)
    found = await actor.node.presence.online(admitted) if admitted else set()
    return {each: each in found for each in admitted}


async def last_seen(actor: Actor, user_id: str) -> datetime | None:
    """When she was last online; None for who is, never was, or is nobody the actor may know of."""
    admitted = not actor.node.rules.presence.contacts_only or user_id in (
        actor.user_id,
        *await partners(actor.user_id),
    )
    if not admitted or user_id in await around(actor.user_id):
        return None
    if await actor.node.presence.online([user_id]):
        return None
    user = await User.get_or_none(id=user_id)
    return None if user is None else user.last_seen_at


async def appear_offline(actor: Actor) -> None:
    """Look offline, with every socket, until she appears online or connects again."""
    await actor.node.presence.hide(actor.user_id)


async def appear_online(actor: Actor) -> None:
    """Look online again."""
    await actor.node.presence.show(actor.user_id)


async def looks(actor: Actor, *, visible: bool) -> None:
    """She is looking at the page she acts from, or not any more."""
    if actor.socket is not None:
        await actor.node.visible.report(actor.user_id, actor.socket, visible=visible)


async def changed(node: Node, user_id: str, *, is_online: bool) -> None:
    """A user's status has changed: tell who may know, and remember when she was last seen.

    Whoever is in a block, on either side of it, is told of to her contacts only, and not to those.
    """
    now, audience = node.clock(), await _audience(node, user_id)
    if node.presence.looks_online(user_id) != is_online:
        return  # it changed again while we asked, and that is told by itself
    node.announce(StatusChanged(user_id, is_online, now, audience))
    # No await since it was announced: what is written comes in that order, however slow the first.
    async with node.status_turns.setdefault(user_id, asyncio.Lock()):
        if not is_online:
            await User.filter(id=user_id, deleted_at=None).update(last_seen_at=now)
        await webhooks.status(node, user_id, now, is_online=is_online)


async def heard_late(node: Node, user_id: str, *, is_online: bool) -> None:
    """A user's status changed while nodes did not hear one another: tell it to those who may know
    and are on this one."""
    audience = await _audience(node, user_id)
    if node.presence.looks_online(user_id) == is_online:
        node.announce(StatusChanged(user_id, is_online, node.clock(), audience, here=True))


async def _audience(node: Node, user_id: str) -> tuple[str, ...] | None:
    """Who may know how a user looks; None for everybody."""
    strangers = await node.acquaintance.around.of(user_id)
    if not (node.rules.presence.contacts_only or strangers):
        return None
    contacts = await node.acquaintance.partners.of(user_id)
    return (user_id, *(each for each in contacts if each not in strangers))


async def parted(node: Node, one: str, other: str) -> None:
    """To each of the two the other looks offline from now on."""
    await _tell_each_other(node, one, other, is_online=False)


async def met(node: Node, one: str, other: str) -> None:
    """The two may know of each other again, unless one of them still wants nothing of the other."""
    contacts = not node.rules.presence.contacts_only or other in await partners(one)
    if contacts and other not in await around(one):
        await _tell_each_other(node, one, other, is_online=True)


async def _tell_each_other(node: Node, one: str, other: str, *, is_online: bool) -> None:
    """To each of two people, of those of them who are online, how the other looks."""
    now = node.clock()
    for shown in await node.presence.online([one, other]):
        reader = other if shown == one else one
        node.announce(StatusChanged(shown, is_online, now, (reader,)))
