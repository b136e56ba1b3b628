"""What these frontends send: one type for each event and body."""

from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from realtime.dialects.fields import (
    MAX_EXACT,
    ClientId,
    ConversationId,
    Label,
    Link,
    MessageId,
    Name,
    Payload,
    Text,
    UserId,
)
from realtime.domain import messages
from realtime.domain.actor import Actor
from realtime.domain.messages import Content
from realtime.domain.records import Attachment, Message

MOST_STATUSES = 500
MOST_ATTACHMENTS = 10


class Shorthand(Payload):
    """An object, or a bare string for its one key that is needed, which ``bare`` names."""

    bare: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        return {cls.bare: value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [handler(schema), {"type": "string"}]}


class ConversationRef(Shorthand):
    """A conversation, bare or in an object."""

    bare = "conversationId"
    conversationId: ConversationId


class Attached(Shorthand):
    """Something a message points to, as an object or as its bare URL."""

    bare = "url"
    url: Link
    name: Name = None
    type: Annotated[Label, Field(max_length=255)] | None = None
    size: Annotated[int | None, Field(strict=True, ge=0, le=MAX_EXACT)] = None

    def attachment(self) -> Attachment:
        """As the domain takes it."""
        return Attachment(self.url, self.name, self.type, self.size)


class Sending(Payload):
    """A message to a conversation or, where none is named, to a person."""

    content: Text
    conversationId: ConversationId | None = None
    receiverId: UserId | None = None
    attachments: Annotated[list[Attached] | None, Field(max_length=MOST_ATTACHMENTS)] = None
    clientId: ClientId | None = None

    @model_validator(mode="after")
    def _to_somebody(self) -> Self:
        if self.conversationId is None and self.receiverId is None:
            raise ValueError("receiverId is missing")
        return self

    def said(self) -> Content:
        """As the domain takes it."""
        attached = tuple(each.attachment() for each in self.attachments or ())
        return Content(self.content, attachments=attached or None, client_id=self.clientId)


class Reading(ConversationRef):
    upTo: MessageId | None = None


class Editing(Payload):
    messageId: MessageId
    content: Text


class Deleting(Payload):
    messageId: MessageId


class Renewal(Payload):
    token: Annotated[str, Field(strict=True, min_length=1)]


def _first(value: Any) -> Any:
    return value[:MOST_STATUSES] if isinstance(value, list) else value


UserIds = Annotated[list[UserId], BeforeValidator(_first)]


async def say(actor: Actor, sending: Sending) -> Message:
    """Send it where it is addressed. Raises what ``messages.send`` and ``send_to`` raise."""
    if sending.conversationId is not None:
        return await messages.send(actor, sending.conversationId, sending.said())
    return await messages.send_to(actor, sending.receiverId or "", sending.said())
