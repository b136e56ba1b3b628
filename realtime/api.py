"""The documents' server-side helpers by their names in snake_case; how a call travels is left open.

``realtime.in_process`` makes them inside the process, ``realtime.client`` over HTTP. Each takes and
returns plain JSON values. An ``idempotency_key`` makes a call safe to repeat for 24 hours.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from realtime.calling import PREFIX, Calling, Json, UserId, paged, part

__all__ = ["Api", "CallRefused", "Json", "Object", "UserId"]

Object = Mapping[str, Json]

_NO_DATA = object()


class CallRefused(Exception):  # noqa: N818 - the server's answer
    """The server said no: the HTTP status, its text, and the field that is wrong, if any."""

    def __init__(self, status: int, error: str, field: str | None = None) -> None:
        super().__init__(status, error, field)
        self.status = status
        self.error = error
        self.field = field


class Api(Calling):
    """What a backend can ask of the realtime server. Everything raises CallRefused."""

    # Messages

    async def emit_new_message(
        self, conversation_id: str, message: Object, *, idempotency_key: str | None = None
    ) -> Json:
        """Store a message and deliver it; with ``store`` false in it, only deliver it."""
        body = {**message, "conversationId": conversation_id}
        return await self.call("POST", f"{PREFIX}/messages", body, idempotency_key)

    async def send_message(
        self,
        sender_id: UserId,
        receiver_id: UserId,
        content: str,
        *,
        idempotency_key: str | None = None,
        **more: Json,
    ) -> Json:
        """Store and deliver a message between two people, with no conversation to look up first."""
        body = {"senderId": sender_id, "receiverId": receiver_id, "content": content, **more}
        return await self.call("POST", f"{PREFIX}/messages", body, idempotency_key)

    async def emit_message_read(
        self,
        conversation_id: str,
        message_ids: Sequence[str],
        *,
        idempotency_key: str | None = None,
    ) -> None:
        """Tell the conversation that these messages are read."""
        body = {"conversationId": conversation_id, "messageIds": list(message_ids)}
        await self.call("POST", f"{PREFIX}/messages/read", body, idempotency_key)

    async def emit_message_deleted(
        self, conversation_id: str, message_id: str, *, idempotency_key: str | None = None
    ) -> None:
        """Tell the conversation that a message is gone."""
        body = {"conversationId": conversation_id, "messageId": message_id}
        await self.call("POST", f"{PREFIX}/messages/deleted", body, idempotency_key)

    # Notifications

    async def send_notification_to_user(
        self, user_id: UserId, notification: Object, *, idempotency_key: str | None = None
    ) -> Json:
        """Store a notification and deliver it; None where the user caused it or wants none."""
        return await self._notify({**notification, "userId": user_id}, idempotency_key)

    emit_notification_to_user = send_notification_to_user

    async def send_notification_to_users(
        self,
        user_ids: Sequence[UserId],
        notification: Object,
        *,
        idempotency_key: str | None = None,
    ) -> Json:
        """Store a notification for each of these users; gives those that were made."""
        return await self._notify({**notification, "userIds": list(user_ids)}, idempotency_key)

    async def broadcast_notification(
        self, notification: Object, *, idempotency_key: str | None = None
    ) -> Json:
        """Tell everybody who is known; gives the broadcast, which each has by another id."""
        return await self._notify({**notification, "broadcast": True}, idempotency_key)

    async def withdraw_broadcast(
        self, broadcast_id: str, *, idempotency_key: str | None = None
    ) -> Json:
        """Take back what everybody was told; gives how many had read it or put it somewhere."""
        path = f"{PREFIX}/broadcasts/{broadcast_id}"
        return await self.call("DELETE", path, None, idempotency_key)

    async def _notify(self, body: Object, idempotency_key: str | None) -> Json:
        return await self.call("POST", f"{PREFIX}/notifications", body, idempotency_key)

    # Events of the application's own

    async def emit_order_update(self, user_id: UserId, order: Object) -> None:
        """``order:updated`` to a user's sockets."""
        await self.call("POST", f"{PREFIX}/orders", {"userId": user_id, "order": order})

    async def send_to_user(self, user_id: UserId, event: str, data: Json = _NO_DATA) -> None:
        """An event to a user's sockets."""
        await self._emit({"userId": user_id}, event, data)

    async def send_to_room(self, room: str, event: str, data: Json = _NO_DATA) -> None:
        """An event to a custom room, or to ``user:<id>`` or ``conversation:<id>``."""
        await self._emit({"room": room}, event, data)

    async def broadcast_to_all(self, event: str, data: Json = _NO_DATA) -> None:
        """An event to every socket."""
        await self._emit({"broadcast": True}, event, data)

    broadcast = broadcast_to_all

    async def _emit(self, target: Object, event: str, data: Json) -> None:
        given = {} if data is _NO_DATA else {"data": data}
        await self.call("POST", f"{PREFIX}/emit", {"event": event, **target, **given})

    # Presence

    async def is_user_online(self, user_id: UserId) -> bool:
        """Whether a user is there, on any node; appearing offline does not count."""
        return bool((await self.user_presence(user_id))["status"] == "online")

    async def get_online_users_count(self) -> int:
        """How many users have a socket, over all nodes."""
        return int((await self.presence())["online"])

    async def user_presence(self, user_id: UserId) -> Json:
        """``{userId,status,lastSeenAt,sockets}``."""
        return await self.call("GET", f"{PREFIX}/users/{part(user_id)}/presence")

    async def presence(self, user_ids: Sequence[UserId] = ()) -> Json:
        """``{online}``, with ``users`` where any were named."""
        # Twice where it is one, since a single value is read as separated by commas.
        ids = [*user_ids, *user_ids] if len(user_ids) == 1 else list(user_ids)
        query = urlencode([("userIds", each) for each in ids]) if ids else ""
        return await self.call("GET", f"{PREFIX}/presence{'?' if query else ''}{query}")

    # Users, conversations, rooms

    async def upsert_users(self, users: Sequence[Object]) -> int:
        """Make users known or change them: ``{id,name?,email?,avatar?}`` each."""
        return int((await self.call("PUT", f"{PREFIX}/users", list(users)))["count"])

    async def disconnect_user(self, user_id: UserId, *, revoke_tokens: bool = False) -> int:
        """Close a user's connections; gives how many. Where her tokens of until now are revoked,
        her browsers are pushed nothing either, until a page subscribes again with a later one."""
        path = f"{PREFIX}/users/{part(user_id)}/disconnect"
        return int((await self.call("POST", path, {"revokeTokens": revoke_tokens}))["sockets"])

    async def export_user(self, user_id: UserId) -> Json:
        """All that is kept of a user."""
        return await self.call("GET", f"{PREFIX}/users/{part(user_id)}/export")

    async def delete_user(self, user_id: UserId) -> Json:
        """Forget a user and what was hers; gives how much that was."""
        return await self.call("DELETE", f"{PREFIX}/users/{part(user_id)}")

    async def create_conversation(
        self,
        participant_ids: Sequence[UserId],
        *,
        title: str | None = None,
        conversation_id: str | None = None,
    ) -> Json:
        """A group, or of two people without a title their one conversation."""
        given = {"title": title, "id": conversation_id}
        body = {"participantIds": list(participant_ids), **given}
        return await self.call("POST", f"{PREFIX}/conversations", body)

    async def add_participant(self, conversation_id: str, user_id: UserId) -> Json:
        """Let somebody take part in a group; a conversation of two takes no third."""
        return await self.call("PUT", _participant(conversation_id, user_id))

    async def remove_participant(self, conversation_id: str, user_id: UserId) -> Json:
        """Let her take part no more in a group: she loses the room at once and may not write."""
        return await self.call("DELETE", _participant(conversation_id, user_id))

    async def block_user(self, user_id: UserId, blocked_id: UserId) -> None:
        """Let a user want nothing of another: no messages, typing, presence, notifications."""
        await self.call("PUT", _block(user_id, blocked_id))

    async def unblock_user(self, user_id: UserId, blocked_id: UserId) -> None:
        """Take it back."""
        await self.call("DELETE", _block(user_id, blocked_id))

    async def slow_down(self, conversation_id: str, seconds: int) -> Json:
        """Let each wait so long from one message to the next in a conversation; 0 ends it."""
        path = f"{PREFIX}/conversations/{part(conversation_id)}/slow-mode"
        return await self.call("PUT", path, {"seconds": seconds})

    async def join_room(self, room: str, user_id: UserId) -> None:
        """Let a user's sockets, present and future, hear a custom room."""
        await self.call("POST", f"{PREFIX}/rooms/{part(room)}/users/{part(user_id)}")

    async def leave_room(self, room: str, user_id: UserId) -> None:
        """Let them hear it no more."""
        await self.call("DELETE", f"{PREFIX}/rooms/{part(room)}/users/{part(user_id)}")

    # Reading: each page is ``{items, cursor}``, and the cursor brings the next one

    async def list_users(self, *, cursor: str | None = None, limit: int = 100) -> Json:
        """A page of all users, in the order of their ids."""
        return await self.call("GET", paged(f"{PREFIX}/users", cursor, limit))

    async def get_user(self, user_id: UserId) -> Json:
        """What is known of a user."""
        return await self.call("GET", f"{PREFIX}/users/{part(user_id)}")

    async def list_conversations(
        self, user_id: UserId | None = None, *, cursor: str | None = None, limit: int = 100
    ) -> Json:
        """A page of all conversations, or of those that a user takes part in."""
        whose = "" if user_id is None else f"/users/{part(user_id)}"
        return await self.call("GET", paged(f"{PREFIX}{whose}/conversations", cursor, limit))

    async def get_conversation(self, conversation_id: str) -> Json:
        """A conversation and who takes part in it."""
        return await self.call("GET", f"{PREFIX}/conversations/{part(conversation_id)}")

    async def list_messages(
        self,
        conversation_id: str,
        *,
        cursor: str | None = None,
        limit: int = 100,
        order: str = "newest",
    ) -> Json:
        """A page of a conversation's messages, ``newest`` or ``oldest`` first."""
        path = paged(
            f"{PREFIX}/conversations/{part(conversation_id)}/messages", cursor, limit, order=order
        )
        return await self.call("GET", path)

    async def list_reports(self, *, cursor: str | None = None, limit: int = 100) -> Json:
        """A page of the messages that users reported, the first to be reported first."""
        return await self.call("GET", paged(f"{PREFIX}/reports", cursor, limit))

    async def get_message(self, message_id: str) -> Json:
        """One message."""
        return await self.call("GET", f"{PREFIX}/messages/{part(message_id)}")


def _participant(conversation_id: str, user_id: UserId) -> str:
    return f"{PREFIX}/conversations/{part(conversation_id)}/participants/{part(user_id)}"


def _block(user_id: UserId, blocked_id: UserId) -> str:
    return f"{PREFIX}/users/{part(user_id)}/blocks/{part(blocked_id)}"
