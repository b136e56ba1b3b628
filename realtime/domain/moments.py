"""Moments of the database, by which "stored since" can be told without any clock.

On PostgreSQL a moment is a snapshot: what it had seen and what it had not, whatever the order in
which transactions end. On SQLite, where one writes at a time, it is the last position.
"""

from realtime.models.raw import on_postgres, rows

SNAPSHOT = "SELECT pg_current_snapshot()::text AS moment"
POSITION = "SELECT cast(coalesce(max(id), 0) AS text) AS moment FROM positions"


async def now() -> str:
    """This one."""
    (row,) = await rows(SNAPSHOT if on_postgres() else POSITION)
    return str(row["moment"])


def unseen(moment: str) -> int:
    """The first transaction (on SQLite: position) that a moment may not have seen."""
    first, is_snapshot, _ = moment.partition(":")
    return int(first) if is_snapshot else int(first) + 1


def last(moment: str) -> int:
    """The last transaction (on SQLite: position) that a moment may have seen."""
    _, is_snapshot, rest = moment.partition(":")
    return int(rest.partition(":")[0]) - 1 if is_snapshot else int(moment)


def saw(moment: str, position: int, committed_in: int) -> bool:
    """Whether what has this position and was written by this transaction was there by then."""
    if ":" not in moment:
        return position <= int(moment)
    if not unseen(moment) <= committed_in <= last(moment):
        return committed_in < unseen(moment)
    return str(committed_in) not in moment.rpartition(":")[2].split(",")
