"""Conversations in pages that are written together, each with its people and its messages."""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import repeat
from sqlite3 import Row

from realtime.stores.archive.ledger import PAGE, Ledger

# The first column of each is what they are merged by, the second what a row weighs.
CONVERSATIONS = "SELECT id AS talk_id, 1, * FROM conversations WHERE NOT kept ORDER BY id"

MEMBERS = """
    SELECT c.id AS talk_id, 1, m.user_id, coalesce(m.joined_at, c.created_at) AS joined_at
    FROM members m JOIN conversations c ON c.key = m.key ORDER BY c.id, m.file, m.line
"""

MESSAGES = """
    SELECT c.id AS talk_id, 1 + (length(m.content) + coalesce(length(m.attachments), 0)) / 1024, m.*
    FROM messages m JOIN conversations c ON c.key = m.key ORDER BY c.id, m.at, m.n
"""


@dataclass(frozen=True, slots=True)
class Page:
    """So many rows, those of one conversation beside one another.

    ``goes_on`` is whether its first conversation is the last of the page before: it has to wait
    until that is stored.
    """

    conversations: list[Row]
    members: list[Row]
    messages: list[Row]
    goes_on: bool

    def __len__(self) -> int:
        return len(self.conversations) + len(self.members) + len(self.messages)

    def people(self) -> set[str]:
        """Who takes part, and who says something."""
        members = {row["user_id"] for row in self.members}
        return members | {row["sender_id"] for row in self.messages}


def pages(ledger: Ledger) -> Iterator[Page]:
    """Everything, in the order of our ids; of one conversation its messages by their dates."""
    sources = enumerate((CONVERSATIONS, MEMBERS, MESSAGES))
    tagged = [zip(repeat(kind), ledger.each(sql), strict=False) for kind, sql in sources]
    last = None
    for portion in _portions(merge(*tagged, key=_id_of)):
        kinds: tuple[list[Row], list[Row], list[Row]] = [], [], []
        for kind, row in portion:
            kinds[kind].append(row)
        yield Page(*kinds, goes_on=_id_of(portion[0]) == last)
        last = _id_of(portion[-1])


def _portions(tagged: Iterator[tuple[int, Row]]) -> Iterator[list[tuple[int, Row]]]:
    """By weight, since a page of long texts has fewer rows; cut where a conversation ends, if one
    does before the page is twice as heavy."""
    portion: list[tuple[int, Row]] = []
    weight, last = 0, None
    for each in tagged:
        row = each[1]
        if weight >= PAGE and (row[0] != last or weight >= 2 * PAGE):
            yield portion
            portion, weight = [], 0
        portion.append(each)
        weight += row[1]
        last = row[0]
    if portion:
        yield portion


def _id_of(tagged: tuple[int, Row]) -> str:
    id_: str = tagged[1][0]
    return id_
