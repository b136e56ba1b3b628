"""Which of the conversations in the files are those of two people, who have one only."""

from collections.abc import Sequence
from sqlite3 import Row

from realtime.domain.steps import portions
from realtime.models.raw import rows
from realtime.stores.archive.insert import as_text, source
from realtime.stores.archive.ledger import Ledger

OF_TWO = """
    UPDATE conversations SET
        low = (SELECT min(user_id) FROM members m WHERE m.key = conversations.key),
        high = (SELECT max(user_id) FROM members m WHERE m.key = conversations.key)
    WHERE NOT kept AND low IS NULL AND title IS NULL AND NOT coalesce(grouped, 0)
        AND (SELECT count(*) FROM members m WHERE m.key = conversations.key) = 2
"""

SOMEBODY_LEFT = """
    UPDATE conversations SET low = NULL, high = NULL WHERE low IS NOT NULL AND EXISTS (
        SELECT 1 FROM messages WHERE key = conversations.key AND sender_id NOT IN (low, high)
    )
"""

ONE_OF_SEVERAL = """
    UPDATE conversations SET id = (
        SELECT min(id) FROM conversations other
        WHERE other.low = conversations.low AND other.high = conversations.high
    ) WHERE (low, high) IN (
        SELECT low, high FROM conversations GROUP BY low, high HAVING count(*) > 1
    )
"""

PAIRS = "SELECT DISTINCT low, high, id FROM conversations WHERE low IS NOT NULL"

# One look into the unique index for each, however little the planner knows of the table.
THEIRS = """
    SELECT r.low, r.high, (
        SELECT c.id FROM conversations c WHERE c.low_id = r.low AND c.high_id = r.high
    ) AS id FROM {source}
"""

USE = "UPDATE conversations SET id = ? WHERE low = ? AND high = ?"


async def pair_up(ledger: Ledger) -> None:
    """Two people and nobody else, without a title, have one conversation: if there is one already,
    theirs is that, whatever it is called."""
    ledger.run(OF_TWO)
    ledger.run("CREATE INDEX of_conversation ON messages (key, sender_id)")
    ledger.run(SOMEBODY_LEFT)
    ledger.run("CREATE INDEX pairs ON conversations (low, high)")
    ledger.run("CREATE INDEX by_id ON conversations (id)")
    ledger.run(ONE_OF_SEVERAL)
    for portion in portions(ledger.each(PAIRS)):
        await _use_theirs(ledger, portion)


async def _use_theirs(ledger: Ledger, wanted: Sequence[Row]) -> None:
    ids = {(row["low"], row["high"]): row["id"] for row in wanted}
    asked = as_text([{"low": low, "high": high} for low, high in ids])
    for row in await rows(THEIRS.format(source=source({"low": "text", "high": "text"})), asked):
        pair = row["low"], row["high"]
        if row["id"] is not None and str(row["id"]) != ids[pair]:
            ledger.run(USE, (str(row["id"]), *pair))
