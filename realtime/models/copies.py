"""Rows like others: of a broadcast to a hundred thousand, each has nearly the same to say."""

from typing import Any, TypeVar
from uuid import UUID

from tortoise.models import Model

Row = TypeVar("Row", bound=Model)


def like(row: Row, id_: UUID, **columns: Any) -> Row:
    """A row that is stored nowhere, like another but for its id and these columns.

    To make one of all its columns takes four times as long.
    """
    made = row.clone(pk=id_)
    for name, value in columns.items():
        setattr(made, name, value)
    return made
