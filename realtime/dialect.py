"""All that a dialect needs, for those that live outside this package.

A dialect is a module with ``dialect = Dialect("its name")`` and four tables: what its frontend
sends (``@dialect.on``), which REST calls it makes (``@dialect.route``), how it is told of what has
happened (``@dialect.says``) and how it is refused (``dialect.refuses``, ``connect_refuses``). The
domain's verbs stand in ``conversations``, ``messages``, ``notifications``, ``presence``,
``receipts``, ``activity``, ``overview`` and ``preferences``; what can happen in ``events``, where
each event documents its fields; what may be refused in ``errors``. Payloads are made of the types
in ``fields``, each of which says what it lets through.

The server finds it by ``dialects.modules = ["shop.dialect"]`` in its configuration, or by an entry
point of the group ``realtime.dialects`` (``shop = "shop.dialect"``) in an installed package.
``realtime dialect check shop.dialect`` says what was forgotten.
"""

from realtime.dialects import fields
from realtime.dialects.base import (
    NOTHING,
    Connection,
    Dialect,
    Json,
    Nothing,
    Reply,
    Request,
    Wire,
    malformed,
)
from realtime.dialects.fields import Payload
from realtime.dialects.rooms import EVERYONE, conversation, everyone, user
from realtime.dialects.words import Words, iso, iso_or_none
from realtime.domain import (
    activity,
    conversations,
    errors,
    events,
    messages,
    notifications,
    overview,
    preferences,
    presence,
    receipts,
    records,
)
from realtime.settings import Section

__all__ = [
    "EVERYONE",
    "NOTHING",
    "Connection",
    "Dialect",
    "Json",
    "Nothing",
    "Payload",
    "Reply",
    "Request",
    "Section",
    "Wire",
    "Words",
    "activity",
    "conversation",
    "conversations",
    "errors",
    "events",
    "everyone",
    "fields",
    "iso",
    "iso_or_none",
    "malformed",
    "messages",
    "notifications",
    "overview",
    "preferences",
    "presence",
    "receipts",
    "records",
    "user",
]
