"""Who was deleted here is left out of what is brought: an import brings nobody's words back."""

from collections.abc import Collection

from tortoise.backends.base.client import BaseDBAsyncClient

from realtime.domain.steps import portions
from realtime.models import User
from realtime.models.raw import rows
from realtime.stores.archive.ledger import Ledger
from realtime.stores.archive.talks import Overtaken

_GONE = "(SELECT id FROM gone)"
_PAIRS = f"(SELECT key FROM conversations WHERE low IN {_GONE} OR high IN {_GONE})"  # noqa: S608 - names of ours
_SAID = f"sender_id IN {_GONE} OR key IN {_PAIRS}"

# As a deletion does it: of a conversation of two nothing stays, of a group all but what is hers.
LEAVE_OUT = (
    f"DELETE FROM notifications WHERE user_id IN {_GONE} OR actor_id IN {_GONE}"  # noqa: S608
    f" OR message IN (SELECT given_id FROM messages WHERE {_SAID})",
    f"DELETE FROM reads WHERE user_id IN {_GONE} OR key IN {_PAIRS}",  # noqa: S608
    f"DELETE FROM members WHERE user_id IN {_GONE} OR key IN {_PAIRS}",  # noqa: S608
    f"DELETE FROM messages WHERE {_SAID}",  # noqa: S608
    f"DELETE FROM conversations WHERE key IN {_PAIRS}",  # noqa: S608
)


DELETED = "SELECT id FROM users WHERE id IN texts(?) AND deleted_at IS NOT NULL ORDER BY id"


async def leave_out(ledger: Ledger) -> list[str]:
    """Take all of theirs out of the ledger, which knows by now who are the two of a conversation;
    gives who they are."""
    named = ledger.each("SELECT id FROM users UNION SELECT id FROM people ORDER BY id")
    gone: list[str] = []
    for portion in portions(row["id"] for row in named):
        deleted = User.filter(id__in=portion, deleted_at__not_isnull=True).order_by("id")
        gone += [str(id_) for id_ in await deleted.values_list("id", flat=True)]
    for id_ in gone:
        ledger.run("INSERT INTO gone VALUES (?)", (id_,))
    if gone:
        for statement in LEAVE_OUT:
            ledger.run(statement)
    return gone


async def nobody_of(user_ids: Collection[str], transaction: BaseDBAsyncClient) -> None:
    """In the transaction that writes what is theirs: nobody of them was deleted since the others
    were left out. Raises Overtaken."""
    found = await rows(DELETED, list(user_ids), connection=transaction)
    if found:
        names = ", ".join(str(row["id"]) for row in found)
        raise Overtaken(
            f"Deleted here meanwhile: {names}. Start the import again, and it goes on without all"
            " that is theirs."
        )
