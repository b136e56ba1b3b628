"""Why a session ended, in the words that disconnect handlers, logs and metrics get."""

from typing import Final

# These five are python-socketio's (`AsyncServer.reason`), so that its users understand them.
SERVER_DISCONNECT: Final = "server disconnect"
CLIENT_DISCONNECT: Final = "client disconnect"
PING_TIMEOUT: Final = "ping timeout"
TRANSPORT_CLOSE: Final = "transport close"
TRANSPORT_ERROR: Final = "transport error"

PARSE_ERROR: Final = "parse error"
BACKLOG_FULL: Final = "backlog full"
TOO_LARGE: Final = "too large"
TOO_MANY_CONNECTS: Final = "too many connects"
TOO_MANY_PACKETS: Final = "too many packets in a payload"
TOO_MANY_ATTACHMENTS: Final = "too many attachments"
NEVER_CONNECTED: Final = "never connected"
CONNECT_FAILED: Final = "connect handler failed"
DRAINED: Final = "server drained"
TAKEN_OVER: Final = "taken over"
"""Its client is back on another connection; this one was dead or will be."""

ABRUPT: Final = frozenset(
    {
        PING_TIMEOUT,
        TRANSPORT_CLOSE,
        TRANSPORT_ERROR,
        PARSE_ERROR,
        BACKLOG_FULL,
        TOO_LARGE,
        TOO_MANY_CONNECTS,
        TOO_MANY_PACKETS,
        TOO_MANY_ATTACHMENTS,
        NEVER_CONNECTED,
        TAKEN_OVER,
    }
)
"""Ends that cut the client off; before any other it still gets what was sent to it."""

ALL: Final = ABRUPT | {SERVER_DISCONNECT, CLIENT_DISCONNECT, CONNECT_FAILED, DRAINED}
"""Reasons that are counted under their own name; an application may have others."""
