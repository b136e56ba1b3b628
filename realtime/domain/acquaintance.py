"""Whom people share a conversation with, and of whom they want nothing.

After a restart everybody comes back within a second, and who may know of it is found for many at
the same time.
"""

from collections.abc import Sequence

from realtime.models.asking import AskedTogether
from realtime.models.raw import list_of, lists_of, rows
from realtime.together import AT_ONCE

AROUND = """
    SELECT user_id AS whose, blocked_id AS id FROM blocks WHERE user_id IN texts(?1)
    UNION SELECT blocked_id, user_id FROM blocks WHERE blocked_id IN texts(?1)
"""

PARTNERS = """
    SELECT DISTINCT mine.user_id AS whose, theirs.user_id AS id
    FROM participants mine JOIN participants theirs
      ON theirs.conversation_id = mine.conversation_id
    WHERE mine.user_id IN texts(?) AND theirs.user_id <> mine.user_id ORDER BY theirs.user_id
"""

APART = """
    SELECT b.user_id AS whose, c.id FROM blocks b JOIN conversations c
        ON c.low_id IN (b.user_id, b.blocked_id) AND c.high_id IN (b.user_id, b.blocked_id)
    WHERE b.user_id IN texts(?1)
    UNION SELECT b.blocked_id, c.id FROM blocks b JOIN conversations c
        ON c.low_id IN (b.user_id, b.blocked_id) AND c.high_id IN (b.user_id, b.blocked_id)
    WHERE b.blocked_id IN texts(?1)
"""

SOME = 20
"""People of whom a page is told what they do, at most: after a restart all pages come back at once,
and each of these is a frame of its own."""

# Neither is sorted: that would read all there are, and any will do.
SOME_PARTNERS = f"""
    SELECT u.id AS whose, (
        SELECT array_of(c.id) FROM (
            SELECT high_id AS id FROM conversations WHERE low_id = u.id LIMIT {SOME}
        ) c
    ) AS higher, (
        SELECT array_of(c.id) FROM (
            SELECT low_id AS id FROM conversations WHERE high_id = u.id LIMIT {SOME}
        ) c
    ) AS lower FROM users u WHERE u.id IN texts(?)
"""  # noqa: S608 - no value is part of it

FEW = 16
"""Users whose partners are asked for together: each may have thousands."""


class Acquaintance:
    """Asks the database about many people together; each is asked for `of` her id. Owned by one
    node."""

    def __init__(self) -> None:
        self.around = AskedTogether(_around_each, at_once=AT_ONCE)
        self.apart = AskedTogether(_apart_each, at_once=AT_ONCE)
        self.partners = AskedTogether(_partners_of_each, at_once=AT_ONCE, most=FEW)
        self.some_partners = AskedTogether(_some_partners_of_each, at_once=AT_ONCE)


async def around(user_id: str) -> set[str]:
    """Whom she blocks, and who block her."""
    return (await _around_each([user_id]))[0]


async def partners(user_id: str) -> list[str]:
    """Everybody who shares a conversation with this user."""
    return (await _partners_of_each([user_id]))[0]


async def _around_each(user_ids: Sequence[str]) -> list[set[str]]:
    return [set(each) for each in await lists_of(AROUND, user_ids)]


async def _apart_each(user_ids: Sequence[str]) -> list[set[str]]:
    """The ids of her conversations with those of whom one of the two wants nothing."""
    return [set(map(str, each)) for each in await lists_of(APART, user_ids)]


async def _some_partners_of_each(user_ids: Sequence[str]) -> list[list[str]]:
    """So many of those with whom she has a conversation of two."""
    found: dict[str, list[str]] = {}
    for row in await rows(SOME_PARTNERS, list(user_ids)):
        both = [*list_of(row["higher"] or "[]"), *list_of(row["lower"] or "[]")]
        found[row["whose"]] = both[:SOME]
    return [found.get(each, []) for each in user_ids]


async def _partners_of_each(user_ids: Sequence[str]) -> list[list[str]]:
    return await lists_of(PARTNERS, user_ids)
