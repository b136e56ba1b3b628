"""A Tortoise client that stays closed."""

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import DBConnectionError


class OpenedOnce(BaseDBAsyncClient):
    """Tortoise connects again for whoever asks; after the end of a node that would be a leak."""

    _closed = False

    async def create_connection(self, with_db: bool) -> None:
        if self._closed:
            raise DBConnectionError("The database is closed.")
        await super().create_connection(with_db)

    async def close(self) -> None:
        self._closed = True
        await super().close()
