"""What nodes know of their clients, kept in the Redis where they meet."""

from collections.abc import Callable, Mapping, Sequence

from realtime.transport.backplane.redis.link import Away, Link


class RedisShelf:
    """Shelf over the connection that `link` gives while there is one; `name` makes keys of ours.

    All that is saved at once is one pipeline: nobody waits for a single key.
    """

    shared = True

    def __init__(self, link: Callable[[], Link | None], name: Callable[[str], str]) -> None:
        self._link = link
        self._name = name

    async def load(self, key: str) -> bytes | None:
        """See ``Shelf``. Raises Away."""
        found: bytes | None = await self._there().ask("GET", self._name(key))
        return found

    async def save(self, values: Mapping[str, bytes], gone: Sequence[str], seconds: float) -> None:
        """See ``Shelf``. Raises Away."""
        link, faults = self._there(), list[object]()

        def answered(answer: object) -> None:
            if isinstance(answer, Exception):
                faults.append(answer)

        for key, value in values.items():
            link.send(answered, "SET", self._name(key), value, "EX", int(seconds))
        for key in gone:
            link.send(answered, "DEL", self._name(key))
        await link.ask("PING")  # answers come in order: this one is the last
        if faults:
            raise Away(str(faults[0]).partition(" ")[0])

    def _there(self) -> Link:
        link = self._link()
        if link is None:
            raise Away("not connected")
        return link
