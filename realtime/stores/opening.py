"""What Tortoise's clients of both databases have in common here."""

import structlog
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import DBConnectionError

from realtime.stores import faults
from realtime.stores.metrics import ERRORS

log = structlog.get_logger(__name__)


class OpenedOnce(BaseDBAsyncClient):
    """Stays closed: Tortoise connects again for whoever asks; after a node's end that is a leak."""

    _closed = False

    async def create_connection(self, with_db: bool) -> None:
        if self._closed:
            raise DBConnectionError("The database is closed.")
        await super().create_connection(with_db)

    async def close(self) -> None:
        self._closed = True
        await super().close()


class Watched(BaseDBAsyncClient):
    """Remembers that something found no room: other questions may be answered all the same."""

    full = False
    pooled = False
    """Whether a pooler stands before the database."""

    def in_doubt(self) -> None:
        """A commit was not answered: what it was for may be stored, and nobody tells of it."""

    def note(self, error: BaseException | None) -> None:
        """Look at what a statement met with, if anything."""
        if error is not None and faults.is_drivers(error):
            ERRORS.of[(faults.code(error),)] += 1
        if error is not None and not self.full and faults.full(error):
            self.full = True
            log.error("database_full", error=faults.code(error))

    def has_room(self) -> None:
        """Something was stored again."""
        self.full = False
        log.info("database_has_room")
