"""The dialect itself, its words for every refusal, and its two addresses for every call."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar

from realtime.dialects.base import Dialect, Json
from realtime.domain import errors
from realtime.settings import Section

Function = TypeVar("Function", bound=Callable[..., Any])


def envelope(status: int, text: str) -> Json:
    """The frontend reads ``error``; ``statusCode`` repeats the status."""
    return {"success": False, "error": text, "statusCode": status}


class SkilllinkSettings(Section):
    """By which event a message is told."""

    messages_as: Literal["new_message", "notification", "both"] = "new_message"


# One variable of the frontend's is the base of REST and the socket's URL, with or without /api:
# with it, the socket joins a namespace of that name
dialect = Dialect(
    "skilllink", settings=SkilllinkSettings, namespaces=("/", "/api"), envelope=envelope
)

dialect.connect_refuses = {
    errors.MissingToken: "Authentication error",
    errors.InvalidToken: "Authentication error",
}

dialect.refuses = {
    errors.MissingToken: (401, "Authentication required"),
    errors.InvalidToken: (401, "Invalid or expired token"),
    errors.UnknownEvent: (404, "unknown event"),
    errors.InvalidJson: (400, "Invalid JSON"),
    errors.Malformed: (400, "Invalid {field}"),
    errors.UnknownUser: (404, "User not found"),
    errors.Blocked: (403, "You cannot write to each other"),
    errors.MessageRefused: (422, "{reason}"),
    errors.UnknownMessage: (404, "Message not found"),
    errors.UnknownNotification: (404, "Notification not found"),
    errors.NotYourNotification: (404, "Notification not found"),
    errors.UnknownSubscription: (404, "Subscription not found"),
    errors.PushNotConfigured: (404, "Push notifications are not configured"),
}


def route(
    method: str, path: str, payload: Any = None, **options: Any
) -> Callable[[Function], Function]:
    """``dialect.route`` under ``/api`` and without."""

    def register(handler: Function) -> Function:
        for address in (f"/api{path}", path):
            dialect.route(method, address, payload, **options)(handler)
        return handler

    return register
