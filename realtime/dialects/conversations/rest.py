"""What these frontends ask over REST, and what they are answered."""

from typing import Annotated, TypedDict

from realtime.dialects.base import Json, Reply, Request
from realtime.dialects.conversations.payloads import Sending, say
from realtime.dialects.conversations.shapes import (
    ConversationJson,
    ListedMessageJson,
    MessageJson,
    OverviewJson,
    PaginationJson,
    PersonJson,
    Said,
    Unread,
    conversation_json,
    listed_json,
    message_json,
    other_json,
    overview_json,
    pagination_json,
)
from realtime.dialects.conversations.tables import (
    RECIPIENT_AND_CONTENT,
    ConversationsSettings,
    dialect,
    envelope,
)
from realtime.dialects.conversations.told import acked_json
from realtime.dialects.fields import (
    ConversationId,
    MessageId,
    PageNumber,
    Payload,
    Text,
    UserId,
    whole,
)
from realtime.domain import (
    conversations,
    errors,
    histories,
    messages,
    overview,
    receipts,
)
from realtime.domain.errors import Refused
from realtime.domain.records import Conversation, Message, Page

# Bodies, queries and answers


class Sent(TypedDict):
    message: str
    data: MessageJson


class Ready(TypedDict):
    conversationId: str
    otherUser: PersonJson | None


class Started(TypedDict):
    message: str
    data: Ready


class Overviews(TypedDict):
    data: list[OverviewJson]
    pagination: PaginationJson


class History(TypedDict):
    conversation: ConversationJson
    messages: list[ListedMessageJson]
    pagination: PaginationJson


class Starting(Payload):
    otherUserId: UserId


class OverviewPage(Payload):
    page: PageNumber = 1
    limit: Annotated[int, whole(20, most=100, least=1)] = 20


class HistoryPage(Payload):
    id: ConversationId
    page: PageNumber = 1
    limit: Annotated[int, whole(50, most=100, least=1)] = 50
    before: MessageId | None = None
    after: MessageId | None = None

    @property
    def number(self) -> int:
        """Which page it is; what stands next to a message counts as the first."""
        return self.page if self.before is None and self.after is None else 1


class ConversationPath(Payload):
    id: ConversationId


class MessagePath(Payload):
    messageId: MessageId


class MessageEdit(MessagePath):
    content: Text


def sending_refused(refused: Refused) -> Json:
    """What is wrong with a message that was not sent."""
    named = getattr(refused, "field", "")
    listed = named in {"", "receiverId", "conversationId", "content"}
    return envelope(400, RECIPIENT_AND_CONTENT if listed else f"Invalid {named}")


# Messages


@dialect.route(
    "POST",
    "/api/messages",
    Sending,
    statuses=(201,),
    refuses={
        errors.Malformed: (400, sending_refused),
        errors.BlankMessage: (400, RECIPIENT_AND_CONTENT),
    },
)
async def post_message(request: Request, body: Sending) -> Reply[Sent | MessageJson]:
    message = await say(request.actor, body)
    shown = acked_json(message, request.words, request.actor.user_id)
    if request.words.of(ConversationsSettings).lists == "bare":
        return Reply(shown, 201)
    return Reply({"message": "Message sent successfully", "data": shown}, 201)


@dialect.route(
    "POST",
    "/api/messages/start-conversation",
    Starting,
    refuses={
        errors.Malformed: (400, "otherUserId is required"),
        errors.ToOneself: (400, "Cannot start conversation with yourself"),
    },
)
async def start_conversation(request: Request, body: Starting) -> Reply[Started | OverviewJson]:
    viewer, words = request.actor.user_id, request.words
    conversation = await conversations.start(request.actor, body.otherUserId)
    if words.of(ConversationsSettings).lists == "bare":
        shown = await overview.of(request.actor, conversation)
        return Reply(overview_json(shown, words, viewer))
    ready: Ready = {
        "conversationId": str(conversation.id),
        "otherUser": other_json(conversation, words, viewer),
    }
    return Reply({"message": "Conversation ready", "data": ready})


@dialect.route("GET", "/api/messages/conversations", OverviewPage)
async def list_conversations(
    request: Request, query: OverviewPage
) -> Reply[Overviews | list[OverviewJson]]:
    page = await overview.mine(
        request.actor, limit=query.limit, offset=(query.page - 1) * query.limit
    )
    shown = [overview_json(each, request.words, request.actor.user_id) for each in page.items]
    if request.words.of(ConversationsSettings).lists == "bare":
        return Reply(shown)
    return Reply(
        {"data": shown, "pagination": pagination_json(page.total, query.page, query.limit)}
    )


@dialect.route("GET", "/api/messages/conversations/{id}", HistoryPage)
async def read_history(
    request: Request, query: HistoryPage
) -> Reply[History | list[ListedMessageJson]]:
    viewer = request.actor.user_id
    conversation = await conversations.access(request.actor, query.id)
    page = await history_page(request, conversation, query)
    shown = [listed_json(each, request.words, viewer) for each in page.items]
    if request.words.of(ConversationsSettings).lists == "bare":
        return Reply(shown)
    return Reply(
        {
            "conversation": conversation_json(conversation, request.words, viewer),
            "messages": shown,
            "pagination": pagination_json(page.total, query.number, query.limit),
        }
    )


async def history_page(
    request: Request, conversation: Conversation, query: HistoryPage
) -> Page[Message]:
    """The asked page, or what comes before or after a message."""
    actor, limit = request.actor, query.limit
    if query.before is not None:
        return await histories.around(actor, conversation, query.before, "before", limit=limit)
    if query.after is not None:
        return await histories.around(actor, conversation, query.after, "after", limit=limit)
    skipped = (query.page - 1) * limit
    return await histories.page(actor, conversation, limit=limit, offset=skipped)


@dialect.route("PUT", "/api/messages/conversations/{id}/read", ConversationPath)
async def read_conversation(request: Request, path: ConversationPath) -> Reply[Said]:
    await receipts.mark_read(request.actor, path.id)
    return Reply({"message": "Messages marked as read"})


@dialect.route("GET", "/api/messages/unread-count")
async def unread_messages(request: Request) -> Reply[Unread]:
    count = await receipts.unread_count(request.actor)
    return Reply({"unreadCount": count, "count": count})


@dialect.route("DELETE", "/api/messages/{messageId}", MessagePath)
async def delete_message(request: Request, path: MessagePath) -> Reply[Said]:
    await messages.delete(request.actor, path.messageId)
    return Reply({"message": "Message deleted successfully"})


@dialect.route("PUT", "/api/messages/{messageId}", MessageEdit)
async def edit_message(request: Request, body: MessageEdit) -> Reply[Sent]:
    message = await messages.edit(request.actor, body.messageId, body.content)
    shown = message_json(message, request.words, request.actor.user_id)
    return Reply({"message": "Message updated", "data": shown})
