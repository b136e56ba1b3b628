"""Which notifications a user wants made, pushed and mailed."""

from collections.abc import Mapping, Sequence

from tortoise.transactions import in_transaction

from realtime.domain import journal
from realtime.domain.actor import Actor
from realtime.domain.errors import Malformed
from realtime.domain.events import OwnChanged
from realtime.domain.journal import Change, Kind
from realtime.domain.steps import portions
from realtime.models import Preferences

KINDS = {
    "ORDER_UPDATE": "OrderUpdate",
    "NEW_MESSAGE": "NewMessage",
    "NEW_REVIEW": "NewReview",
    "NEW_FOLLOWER": "NewFollower",
    "PRICE_DROP": "PriceDrop",
}
"""The notification types that can be switched, and what the preferences call them."""

DEFAULTS: Mapping[str, bool] = {
    **{f"{how}On{kind}": True for how in ("notify", "push", "email") for kind in KINDS.values()},
    "emailOnMarketingUpdates": False,
}
"""Every preference and what it is until somebody changes it."""


async def of(actor: Actor) -> dict[str, bool]:
    """All preferences of the actor."""
    return {**DEFAULTS, **await _choices(actor.user_id)}


async def change(actor: Actor, choices: Mapping[str, object]) -> dict[str, bool]:
    """Change some; keys that no preference has are ignored.

    Raises Malformed for a value that is no boolean.
    """
    wanted: dict[str, bool] = {}
    for key in choices.keys() & DEFAULTS.keys():
        value = choices[key]
        if not isinstance(value, bool):
            raise Malformed(key)
        wanted[key] = value
    await actor.node.people.known(actor.user_id)
    async with in_transaction():
        # The user's row stays locked: two changes at once are merged one after the other.
        entry = {actor.user_id: Change(Kind.PREFERENCES, session=actor.session)}
        numbers = await journal.record_own(entry, actor.node.clock())
        changed = {**await _choices(actor.user_id), **wanted}
        await Preferences.update_or_create({"choices": changed}, user_id=actor.user_id)
    actor.node.announce(OwnChanged(actor.user_id, numbers.get(actor.user_id, 0)))
    return {**DEFAULTS, **changed}


async def wanting(notification_type: str, user_ids: Sequence[str]) -> list[str]:
    """Those of these users for whom a notification of this type is made, in their order."""
    kind = KINDS.get(notification_type)
    unique = list(dict.fromkeys(user_ids))
    if kind is None or not unique:
        return unique
    refusing: set[str] = set()
    for portion in portions(unique):
        rows = await Preferences.filter(user_id__in=portion)
        refusing |= {row.user_id for row in rows if row.choices.get(f"notifyOn{kind}") is False}
    return [user_id for user_id in unique if user_id not in refusing]


async def _choices(user_id: str) -> dict[str, bool]:
    row = await Preferences.get_or_none(user_id=user_id)
    return {} if row is None else dict(row.choices)
