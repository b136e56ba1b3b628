"""What scenarios do again and again, and what only the application's own backend may do."""

from __future__ import annotations

from typing import Any

import pytest

from realtime.app import NODE
from realtime.domain import conversations, notifications
from realtime.domain.actor import Actor
from realtime.domain.records import Notice
from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.rest import Rest

once = pytest.mark.parametrize(("database", "transports"), [("sqlite", "websocket")])
"""For what depends neither on the transport nor on the database."""

on_both_databases = pytest.mark.parametrize(
    ("database", "transports"), [("sqlite", "websocket"), ("postgres", "websocket")]
)

on_one_node = pytest.mark.one_node
"""For what is told before anything else happens (with Redis a node hears itself a moment later), or
is about one node."""

BROWSER = {"User-Agent": "Mozilla/5.0 (of a test)"}
"""Headers of a page, which a node takes back; the tests' other clients are none."""

UNKNOWN = "01930000-0000-7000-8000-000000000000"
"""A well-formed id that nothing has."""

LONE_SURROGATE = "half \ud83d of an emoji"


async def talk(person: Rest, other_id: str | int) -> str:
    """The id of the conversation of two people."""
    answer = await person.post("/api/messages/start-conversation", otherUserId=other_id)
    assert answer.status == 200, answer.text
    return str(answer["data"]["conversationId"])


async def everyone_joins(conversation_id: str, *frontends: Frontend) -> None:
    """Each of them opens the conversation's page, and all nodes know it."""
    for frontend in frontends:
        assert await frontend.ask("join:conversation", conversation_id) == {"success": True}
    for frontend in frontends:
        if frontend.between is not None:
            await frontend.settled()


async def say(person: Rest, conversation_id: str, content: str, **more: Any) -> dict[str, Any]:
    """Send a message over REST; the message."""
    body = {"conversationId": conversation_id, "content": content, **more}
    answer = await person.post("/api/messages", body)
    assert answer.status == 201, answer.text
    return dict(answer["data"])


def words(frontend: Frontend) -> list[tuple[str, Any]]:
    """All it heard, but for who comes and goes: a crowd's changes are told a moment later."""
    return [heard for heard in frontend.history if heard[0] != "user:status-changed"]


def backend(node: InProcess, user_id: str = "the application") -> Actor:
    """The application, or somebody it acts for, inside an in-process node."""
    assert node.app is not None
    return Actor(user_id, node.app[NODE])


async def group(node: InProcess, *user_ids: str, title: str | None = "Choir") -> str:
    """A group of these people, as only the application makes one."""
    conversation, _ = await conversations.create_group(backend(node), user_ids, title=title)
    return str(conversation.id)


async def notify(node: InProcess, user_id: str, **notice: Any) -> str:
    """The application tells a user something; the notification's id."""
    told = Notice(**{"type": "ORDER_UPDATE", "title": "Shipped", "text": "On its way", **notice})
    (made,) = await notifications.notify(backend(node).node, [user_id], told)
    return str(made.id)
