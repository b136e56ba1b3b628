"""The dialect itself, and its words for every refusal."""

from typing import Literal

from realtime.dialects.base import Dialect, Json
from realtime.domain import errors
from realtime.settings import Section

RECIPIENT_AND_CONTENT = "receiverId and content are required"


def envelope(_status: int, text: str) -> Json:
    """Both keys have the text: of the frontends some read one, some the other."""
    return {"error": text, "message": text}


class ConversationsSettings(Section):
    """Whether lists come in an envelope, as documented, or bare, as the shipped frontend reads."""

    lists: Literal["wrapped", "bare"] = "wrapped"


dialect = Dialect("conversations", settings=ConversationsSettings, envelope=envelope)

dialect.connect_refuses = {
    errors.MissingToken: "Authentication token required",
    errors.InvalidToken: "Invalid token",
}

dialect.refuses = {
    errors.MissingToken: (401, "No token provided"),
    errors.InvalidToken: (401, "Invalid or expired token"),
    errors.UnknownEvent: (404, "unknown event"),
    errors.InvalidJson: (400, "Invalid JSON"),
    errors.Malformed: (400, "Invalid {field}"),
    errors.BlankMessage: (400, "content is required"),
    errors.MessageTooLong: (400, "Message is too long"),
    errors.InvalidText: (400, "Invalid text"),
    errors.ToOneself: (400, "Cannot send message to yourself"),
    errors.UnknownUser: (404, "User not found"),
    errors.UnknownConversation: (404, "Conversation not found"),
    errors.NotParticipant: (403, "Access denied to this conversation"),
    errors.Blocked: (403, "You cannot write to each other"),
    errors.MessageRefused: (422, "{reason}"),
    errors.UnknownMessage: (404, "Message not found"),
    errors.MessageGone: (410, "Message was deleted"),
    errors.NotSender: (403, "You can only delete your own messages"),
    errors.TooLateToDelete: (403, "Can only delete messages within {minutes:g} minutes of sending"),
    errors.UnknownNotification: (404, "Notification not found"),
    errors.NotYourNotification: (403, "Access denied"),
}
