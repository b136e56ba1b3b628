"""Columns that the ORM does not have."""

from typing import Any

from tortoise import fields


class JSONField(fields.JSONField[Any]):
    """JSON of any type: Tortoise's own takes text for already encoded and stores "42" as 42.

    Its constructor still decodes text, so that rows are made with ``raw.as_json``. The name is
    Tortoise's, since migrations compare columns by it.
    """

    def to_db_value(self, value: Any, instance: Any) -> str | None:
        """Encode whatever it is."""
        self.validate(value)
        return None if value is None else self.encoder(value)
