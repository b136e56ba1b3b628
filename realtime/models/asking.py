"""Queries of many callers as one, outside of transactions."""

from realtime.models.raw import in_a_transaction
from realtime.together import Key, Together, Value


class AskedTogether(Together[Key, Value]):
    """Asks the database for many at once what each asks for alone.

    Whoever is in a transaction asks in it, alone: a question that is asked there for others, too,
    would tell them what may be rolled back, or use a connection that was given back already.
    """

    async def of(self, key: Key) -> Value:
        """The answer for one. Raises what ``ask`` does."""
        if in_a_transaction():
            (answer,) = await self._ask([key])
            return answer
        return await super().of(key)
