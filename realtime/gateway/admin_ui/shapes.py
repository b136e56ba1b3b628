"""A socket as the admin UI shows it, without what opens doors: no token, cookie or session id."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final
from urllib.parse import parse_qsl

from realtime.dialects.words import Words
from realtime.gateway.tabs import Tab
from realtime.transport.socketio.here import Standing

MOST_ROOMS: Final = 50
MOST_CHARACTERS: Final = 300

_HEADERS: Final = {"host": "HTTP_HOST", "origin": "HTTP_ORIGIN", "user-agent": "HTTP_USER_AGENT"}
_ASKED: Final = frozenset({"EIO", "transport", "dialect"})
"""What is shown of a handshake's query; tokens come there too."""


def socket_json(tab: Tab, standing: Standing, words: Words) -> dict[str, Any]:
    """Somebody's socket."""
    return {
        "id": tab.sid,
        "clientId": _client(standing.session),
        "transport": standing.transport,
        "nsp": tab.namespace,
        "data": {
            "userId": words.user_id(tab.actor.user_id),
            "dialects": [dialect.name for dialect in tab.spoken],
        },
        "handshake": _handshake(standing.environ, standing.since),
        "rooms": [tab.sid, *standing.rooms[:MOST_ROOMS]],
    }


def _handshake(environ: Mapping[str, Any], since: float) -> dict[str, Any]:
    headers = {name: _short(environ[key]) for name, key in _HEADERS.items() if key in environ}
    query = {k: _short(v) for k, v in parse_qsl(environ.get("QUERY_STRING", "")) if k in _ASKED}
    origin, host = str(environ.get("HTTP_ORIGIN", "")), str(environ.get("HTTP_HOST", ""))
    return {
        "address": _short(environ.get("REMOTE_ADDR", "")),
        "headers": headers,
        "query": query,
        "issued": int(since * 1000),
        "secure": environ.get("wsgi.url_scheme") == "https",
        "time": int(since * 1000),
        "url": _short(environ.get("PATH_INFO", "")),
        "xdomain": bool(origin) and origin.partition("://")[2] != host,
    }


def _client(session: str) -> str:
    """Tells sessions apart; who knows a session's id could speak in it."""
    return sha256(session.encode()).hexdigest()[:12]


def _short(text: object) -> str:
    return str(text)[:MOST_CHARACTERS]
