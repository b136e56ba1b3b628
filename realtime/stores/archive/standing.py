"""How much of it is there already, and how much there is."""

from collections import Counter

from tortoise.models import Model

from realtime.domain.steps import portions
from realtime.models import Conversation, Message, Notification, Participant, User
from realtime.models.raw import rows
from realtime.stores.archive.ledger import Ledger

BY_ID: dict[str, tuple[type[Model], str]] = {
    "users": (User, "SELECT id FROM users"),
    "conversations": (Conversation, "SELECT id FROM conversations WHERE NOT kept"),
    "messages": (Message, "SELECT id FROM messages"),
    "notifications": (Notification, "SELECT row ->> '$.id' AS id FROM notifications"),
}

MEMBERS = """
    SELECT c.id, m.user_id FROM members m JOIN conversations c ON c.key = m.key ORDER BY c.id
"""


async def there(ledger: Ledger) -> Counter[str]:
    """How many rows of a ledger the database has, by their kind."""
    found: Counter[str] = Counter()
    for kind, (model, ids) in BY_ID.items():
        for portion in portions(row["id"] for row in ledger.each(ids)):
            found[kind] += await model.filter(id__in=portion).count()
    for members in portions((row["id"], row["user_id"]) for row in ledger.each(MEMBERS)):
        conversations = list({conversation_id for conversation_id, _ in members})
        kept = Participant.filter(conversation_id__in=conversations)
        known = await kept.values_list("conversation_id", "user_id")
        found["members"] += len(set(members) & {(str(id_), user_id) for id_, user_id in known})
    return found


async def size() -> int:
    """How many rows an export writes, at most."""
    (counted,) = await rows(
        """
        SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM conversations)
            + 2 * (SELECT count(*) FROM participants) + (SELECT count(*) FROM messages)
            + (SELECT count(*) FROM notifications) AS n
        """
    )
    return int(counted["n"])
