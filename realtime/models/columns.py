"""Columns and indexes that the ORM does not have."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index


class JSONField(fields.JSONField[Any]):
    """JSON of any type: Tortoise's own takes text for already encoded and stores "42" as 42.

    Its constructor still decodes text, so that rows are made with ``raw.as_json``. The name is
    Tortoise's, since migrations compare columns by it.
    """

    def to_db_value(self, value: Any, instance: Any) -> str | None:
        """Encode whatever it is."""
        self.validate(value)
        return None if value is None else self.encoder(value)


def index_where(condition: str, *columns: str, name: str) -> Index:
    """An index of those rows only for which a condition, in SQL, holds.

    Of Tortoise's plain class, by which migrations compare indexes.
    """
    index = Index(fields=columns, name=name)
    index.extra = f" WHERE {condition}"
    return index
