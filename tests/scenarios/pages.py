"""Every page of every dialect, and of the application's door, with what fills its path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from realtime.dialects import loading
from realtime.gateway.server_api import table
from tests.cluster import Cluster
from tests.nodes import SERVER_KEY, InProcess
from tests.rest import Rest
from tests.tokens import token

MORE = {
    "/api/messages/conversations": ["limit=100"],
    "/api/messages/conversations/{id}": ["limit=100", "before={message}", "after={message}"],
    "/api/messages/conversation/{partnerId}": ["before={message}"],
    "/api/notifications": ["limit=100&unreadOnly=true&type=ORDER_UPDATE"],
    "/api/notifications/centre": ["state=unread", "state=archived&limit=100"],
    "/api/realtime/notifications": ["limit=100", "isRead=false&type=message_received"],
    "/api/chat/messages/{chatRoomId}": ["limit=100&skip=2"],
    "/api/server/presence": ["userIds={people}"],
}
"""Queries that change what is asked of the database, by the route's path."""

NEEDED = {
    "/api/server/explain": "user={userId}&message={message}",
    "/api/server/conversations": "limit=10",  # of a hundred people all are read sooner than each
}
"""Queries without which a route answers nothing, or more than is looked up one by one."""


@dataclass(frozen=True)
class Reader:
    """Somebody with pages to read, and what stands in their paths."""

    user: str
    partner: str
    room: str
    message: str
    people: tuple[str, ...]

    @property
    def token(self) -> str:
        """A token that does not say when it was made: a node that knows it asks nothing more."""
        return token(self.user, iat=None)

    def path(self, template: str) -> str:
        """The path of her own page."""
        return template.format(
            id=self.room,
            chatRoomId=self.room,
            conversationId=self.room,
            recipientId=self.partner,
            partnerId=self.partner,
            userId=self.user,
            message=self.message,
            messageId=self.message,
            people=",".join(self.people),
        )


def templates(path: str) -> list[str]:
    """A page without a query, and with each that matters."""
    whole = f"{path}?{NEEDED[path]}" if path in NEEDED else path
    return [whole, *(f"{path}?{query}" for query in MORE.get(path, ()))]


Page = tuple[str, str, str, Rest]
"""The dialect, the path's template with its query, the path, and who asks for it."""


def pages(cluster: Cluster, node: InProcess, reader: Reader) -> Iterator[Page]:
    """Every page that a reader can ask for, and those of the application about her."""
    for name, dialect in loading.load().items():
        person = cluster.person(node, reader.user, dialect=name, token=reader.token)
        for route in dialect.routes:
            if route.method == "GET" and route.token:
                for template in templates(route.path):
                    yield name, template, reader.path(template), person
    backend = cluster.frontends.person(node.url, token=SERVER_KEY, dialect="server")
    for route in table.routes:
        if route.method == "GET":
            for template in templates(route.path):
                yield "server", template, reader.path(template), backend
