"""Both connections to where nodes meet, and which order of entries they lead to."""

from collections.abc import Callable
from hashlib import blake2b
from secrets import token_hex
from typing import Any, Final, NamedTuple

from realtime.transport.backplane.places import Place
from realtime.transport.backplane.redis import doors
from realtime.transport.backplane.redis.link import Away, Link

EPOCH_BYTES: Final = 3
"""Of the epoch that stands in every offset; each makes two characters."""

_REPLICATION: Final = b"master_replid:"


class Meeting(NamedTuple):
    """A server at which nodes meet."""

    url: str
    writer: Link
    reader: Link
    epoch: bytes
    """What stands in Redis. Another one, or none: it was wiped."""
    epoch_of_places: str
    """Another one, too, when a replica became the primary: it may not have had the last entries."""

    @property
    def stands(self) -> bool:
        """Whether neither connection has ended meanwhile."""
        return self.writer.is_open and self.reader.is_open

    def close(self) -> None:
        """Leave."""
        self.writer.close()
        self.reader.close()


async def meet(where: Place, stream: str, epoch_key: str, lost: Callable[[], None]) -> Meeting:
    """Find the server that has the stream now, and connect. Raises Away."""
    url = await doors.find(where, stream)
    writer = await Link.open(url, lost)
    try:
        await writer.ask("SET", epoch_key, token_hex(8), "NX")
        epoch = await writer.ask("GET", epoch_key)
        history = await _history(writer)
        reader = await Link.open(url, lost)
    except BaseException:
        writer.close()
        raise
    named = blake2b(epoch + history, digest_size=EPOCH_BYTES).hexdigest()
    return Meeting(url, writer, reader, epoch, named)


async def _history(link: Link) -> bytes:
    """What Redis calls all that was ever written to it: another name after each failover. Empty
    where this user may not ask."""
    try:
        said: Any = await link.ask("INFO", "replication")
    except Away as away:
        if str(away) == "NOPERM":
            return b""
        raise
    return next((each for each in said.splitlines() if each.startswith(_REPLICATION)), b"")
