"""The dialect itself, and its words for every refusal."""

from realtime.dialects.base import Dialect, Json
from realtime.domain import errors


def envelope(status: int, text: str) -> Json:
    """A refused token has its own shape: the frontend looks for ``message`` there."""
    return {"message": text} if status == 401 else {"success": False, "error": text}


dialect = Dialect("jobs", envelope=envelope)

dialect.connect_refuses = {
    errors.MissingToken: "Authentication failed: no token provided",
    errors.InvalidToken: "Authentication failed: invalid token",
}

dialect.refuses = {
    errors.MissingToken: (401, "No token provided"),
    errors.ExpiredToken: (401, "Token expired"),
    errors.InvalidToken: (401, "Invalid token"),
    errors.UnknownEvent: (404, "unknown event"),
    errors.InvalidJson: (400, "Invalid JSON"),
    errors.Malformed: (400, "Invalid {field}"),
    errors.BlankMessage: (400, "recipientId and message are required"),
    errors.MessageTooLong: (400, "Message is too long"),
    errors.InvalidText: (400, "Invalid text"),
    errors.ToOneself: (400, "Cannot send message to yourself"),
    errors.UnknownUser: (404, "User not found"),
    errors.Blocked: (403, "You cannot write to each other"),
    errors.MessageRefused: (422, "{reason}"),
    errors.UnknownMessage: (404, "Message not found"),
    errors.NotSender: (404, "Message not found"),
    errors.TooLateToDelete: (403, "Can only delete messages within {minutes:g} minutes of sending"),
    errors.UnknownNotification: (404, "Notification not found"),
    errors.NotYourNotification: (404, "Notification not found"),
}
