"""Whom people share a conversation with, and of whom they want nothing.

After a restart everybody comes back within a second, and who may know of it is found for many at
the same time.
"""

from collections.abc import Sequence

from realtime.models.asking import AskedTogether
from realtime.models.raw import lists_of
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

FEW = 16
"""Users whose partners are asked for together: each may have thousands."""


class Acquaintance:
    """Asks the database about many people together; each is asked for `of` her id. Owned by one
    node."""

    def __init__(self) -> None:
        self.around = AskedTogether(_around_each, at_once=AT_ONCE)
        self.partners = AskedTogether(_partners_of_each, at_once=AT_ONCE, most=FEW)


async def around(user_id: str) -> set[str]:
    """Whom she blocks, and who block her."""
    return (await _around_each([user_id]))[0]


async def partners(user_id: str) -> list[str]:
    """Everybody who shares a conversation with this user."""
    return (await _partners_of_each([user_id]))[0]


async def _around_each(user_ids: Sequence[str]) -> list[set[str]]:
    return [set(each) for each in await lists_of(AROUND, user_ids)]


async def _partners_of_each(user_ids: Sequence[str]) -> list[list[str]]:
    return await lists_of(PARTNERS, user_ids)
