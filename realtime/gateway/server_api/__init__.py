"""The application's own door, ``/api/server/…``: the documents' server-side helpers as REST.

``rows`` is what it is made of and its refusals; ``notifications``, ``centre``, ``messages``,
``events``, ``conversations``, ``quieting``, ``reading``, ``safety``,
``explaining``, ``failures``, ``overseeing`` and ``users`` are its rows;
``answering`` carries a call to its row, once; ``door`` lets aiohttp's requests in, by key.
"""

from realtime.gateway.server_api import (
    centre,
    conversations,
    events,
    explaining,
    failures,
    messages,
    notifications,
    overseeing,
    quieting,
    reading,
    safety,
    users,
)
from realtime.gateway.server_api.answering import Answering, Asked
from realtime.gateway.server_api.door import ServerDoor
from realtime.gateway.server_api.keys import Keys
from realtime.gateway.server_api.rows import table

__all__ = [
    "Answering",
    "Asked",
    "Keys",
    "ServerDoor",
    "centre",
    "conversations",
    "events",
    "explaining",
    "failures",
    "messages",
    "notifications",
    "overseeing",
    "quieting",
    "reading",
    "safety",
    "table",
    "users",
]
