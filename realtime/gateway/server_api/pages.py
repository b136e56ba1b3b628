"""Pages of what there is, and the cursors that bring the next ones.

A cursor is the key of the last thing of a page, made unreadable so that nobody builds on it.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

from realtime.dialects.base import malformed
from realtime.domain.ids import FIRST
from realtime.gateway.server_api.bodies import PageQuery

Key = TypeVar("Key")
Thing = TypeVar("Thing")


def page_of(
    found: Sequence[Thing], query: PageQuery, key: Callable[[Thing], object]
) -> tuple[Sequence[Thing], str | None]:
    """What was found, without the one more that shows that there is a next page; its cursor."""
    page = found[: query.limit]
    if len(found) <= query.limit:
        return page, None
    return page, cursor_of(str(key(page[-1])).encode())


def cursor_of(key: bytes) -> str:
    """What brings the page behind a key."""
    return urlsafe_b64encode(key).decode()


def key_in(cursor: str | None, read: Callable[[bytes], Key], first: Key) -> Key:
    """Where a page begins: at ``first`` without a cursor. ``read`` raises ValueError for what is
    no key of this list. Raises Malformed for what no page of it came with."""
    if cursor is None:
        return first
    try:
        return read(urlsafe_b64decode(cursor))
    except ValueError:
        raise malformed("cursor", "this is no cursor of this list") from None


def uuid_in(cursor: str | None) -> UUID:
    """Where a page of rows begins that are in the order of their ids. Raises Malformed."""
    return key_in(cursor, lambda key: UUID(key.decode()), FIRST)
