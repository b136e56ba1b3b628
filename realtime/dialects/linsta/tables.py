"""The dialect itself, and its words for every refusal."""

from realtime.dialects.base import Dialect
from realtime.domain import errors
from realtime.domain.errors import Refused
from realtime.settings import Section

UNKNOWN_ROOM = "Chat room not found"
BLANK = "Message cannot be empty"


def malformed(refused: Refused) -> str:
    """An event without its room or its text is told like one with a wrong room or an empty text."""
    field = getattr(refused, "field", "")
    return {"": UNKNOWN_ROOM, "chatRoomId": UNKNOWN_ROOM, "text": BLANK}.get(
        field, f"Invalid {field}"
    )


class LinstaSettings(Section):
    """Whether messages can be deleted, which the document forbids."""

    delete_messages: bool = False


dialect = Dialect("linsta", settings=LinstaSettings, complains="error")

dialect.connect_refuses = {
    errors.MissingToken: "No authentication token provided",
    errors.InvalidToken: "Invalid token",
}

dialect.refuses = {
    errors.MissingToken: (401, "Missing or invalid token"),
    errors.InvalidToken: (401, "Invalid or expired token"),
    errors.UnknownEvent: (404, "unknown event"),
    errors.InvalidJson: (400, "Invalid JSON"),
    errors.Malformed: (400, malformed),
    errors.BlankMessage: (400, BLANK),
    errors.MessageTooLong: (400, "Message is too long"),
    errors.InvalidText: (400, "Invalid text"),
    errors.ToOneself: (400, "You cannot chat with yourself"),
    errors.UnknownUser: (404, "User not found"),
    errors.UnknownConversation: (404, UNKNOWN_ROOM),
    errors.NotParticipant: (403, "You are not a participant in this room"),
    errors.Blocked: (403, "You cannot write to each other"),
    errors.MessageRefused: (422, "{reason}"),
    errors.UnknownMessage: (404, "Message not found"),
    errors.NotSender: (403, "You can only delete your own messages"),
    errors.TooLateToDelete: (403, "Can only delete messages within {minutes:g} minutes of sending"),
    errors.DeletionForbidden: (403, "Messages cannot be deleted"),
    errors.UnknownNotification: (404, "Notification not found"),
    errors.NotYourNotification: (404, "Notification not found"),
}
