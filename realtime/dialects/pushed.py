"""What a browser shows of a notification while its page is closed."""

from dataclasses import dataclass

from realtime.dialects.words import Words
from realtime.domain.records import Notification
from realtime.domain.texts import isolated


@dataclass(frozen=True, slots=True)
class PushWords:
    """What a browser shows of a notification while its page is closed; the link is what the
    frontend calls the place, as a path or a whole URL."""

    title: str
    message: str
    link: str | None = None
    icon: str | None = None
    action_label: str | None = None


def pushed_as_it_is(notification: Notification, _words: Words) -> PushWords:
    """Its own title, text and link, in a dialect that says no more."""
    text = notification.text or ""
    title = notification.title or text
    if notification.message_id is not None and notification.actor is not None:
        title = f"New message from {isolated(notification.actor.name)}"
    return PushWords(
        title, text if text != title else "", notification.link, notification.icon,
        notification.action_label,
    )  # fmt: skip
