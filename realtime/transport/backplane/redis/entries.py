"""What stands around a blob in the stream: its entry's fields and its place."""

from collections.abc import Sequence

Entry = tuple[bytes, list[bytes]]
"""An id, which is a time in ms and a number, and fields with their values in turn."""


def fields(given: Sequence[bytes]) -> tuple[bytes, int, bytes]:
    """Who wrote it, its number there, and the blob. Raises ValueError for what is none of ours."""
    found = dict(zip(given[::2], given[1::2], strict=True))
    try:
        return found[b"n"], int(found[b"c"]), found[b"m"]
    except KeyError:
        raise ValueError("not one of ours") from None


def comparable(entry_id: bytes) -> tuple[int, int]:
    """An id as numbers, of which the later one is the larger."""
    ms, _, number = entry_id.partition(b"-")
    return int(ms), int(number or 0)


def before(entry_id: bytes) -> bytes:
    """The place right before an entry, so that a read from it begins with the entry."""
    ms, number = comparable(entry_id)
    return b"%d-%d" % ((ms, number - 1) if number else (ms - 1, 2**63))


def oldest_of(stream: str) -> tuple[str | int, ...]:
    """The command that asks for the first entry that is still there."""
    return ("XRANGE", stream, "-", "+", "COUNT", 1)


def was_trimmed(read_up_to: bytes, oldest: Sequence[Entry]) -> bool:
    """Whether something may have been let go of that was not read."""
    return bool(oldest) and comparable(oldest[0][0]) > comparable(read_up_to)
