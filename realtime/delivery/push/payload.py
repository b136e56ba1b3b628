"""What a push says: one JSON that Safari shows by itself, and that every worker understands.

The declarative form of the W3C draft, and beside it the keys that the documents' own service
worker reads (``title``, ``message``, ``link``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import orjson
import regex

from realtime.dialects.pushed import PushWords
from realtime.domain.records import Notification

DECLARATIVE = 8030
"""The number by which a browser knows the declarative form."""

MOST_BODY = 2_800
"""Bytes of an encrypted body that reach a Firefox on Android (rule 8)."""

OVERHEAD = 103
"""Bytes that encryption adds: header, delimiter and tag (RFC 8188)."""

MOST_PAYLOAD = MOST_BODY - OVERHEAD

SHORTER = 1_200
"""Bytes of the payload for a service to which even that was too much (rule 9)."""

MOST_TITLE = 120
"""Characters of a title, as a reader counts them."""

MOST_LINK = 600
"""Bytes of a link: a longer one leaves no room for a text."""

ELLIPSIS = "…"

_GRAPHEME = regex.compile(r"\X")


@dataclass(frozen=True, slots=True)
class Content:
    """What there is to say. ``base`` is where the frontend is, as far as it is known; ``tag`` lets
    a notification replace what is shown of the same."""

    notification: Notification
    words: PushWords
    tag: str
    badge: int
    base: str | None = None


def payload(content: Content, most: int = MOST_PAYLOAD) -> bytes:
    """As JSON of no more than so many bytes; what is too long is cut at a character's end."""
    words = content.words
    link = words.link if words.link and len(words.link.encode()) <= MOST_LINK else None
    words = replace(words, link=link, title=cut(words.title, MOST_TITLE))
    whole = _json(content, words)
    if len(whole) <= most:
        return whole
    return _shortened(content, words, most)


def cut(text: str, most: int) -> str:
    """The first so many characters as a reader counts them, with an ellipsis if there are more."""
    found = _GRAPHEME.findall(text[: 40 * most])
    return text if len(found) <= most else "".join(found[: most - 1]) + ELLIPSIS


def _shortened(content: Content, words: PushWords, most: int) -> bytes:
    """The longest beginning of the text that fits, found by halving; without it, less and less of
    the rest."""
    for lesser in (words, replace(words, icon=None), replace(words, icon=None, link=None)):
        graphemes = _GRAPHEME.findall(words.message[:most])
        if len(_json(content, replace(lesser, message=""))) <= most:
            return _json(content, _longest(content, lesser, graphemes, most))
    return _json(content, PushWords(cut(words.title, 20), ""))


def _longest(content: Content, words: PushWords, graphemes: Sequence[str], most: int) -> PushWords:
    low, high = 0, len(graphemes)
    while low < high:
        middle = (low + high + 1) // 2
        tried = replace(words, message="".join(graphemes[:middle]) + ELLIPSIS)
        low, high = (middle, high) if len(_json(content, tried)) <= most else (low, middle - 1)
    return replace(words, message="".join(graphemes[:low]) + ELLIPSIS if low else "")


def _json(content: Content, words: PushWords) -> bytes:
    notification = content.notification
    said: dict[str, Any] = {
        "app_badge": content.badge,
        "title": words.title,
        "message": words.message,
        "link": words.link or "/",
        "tag": content.tag,
        "id": str(notification.id),
        "type": notification.type,
    }
    if words.icon:
        said["icon"] = words.icon
    navigate = absolute(words.link or "/", content.base)
    if navigate is not None:
        said["web_push"] = DECLARATIVE
        said["notification"] = _declared(content, words, navigate)
    return orjson.dumps(said)


def _declared(content: Content, words: PushWords, navigate: str) -> dict[str, Any]:
    declared: dict[str, Any] = {
        "title": words.title or ELLIPSIS,
        "navigate": navigate,
        "body": words.message,
        "tag": content.tag,
        "timestamp": int(content.notification.created_at.timestamp() * 1000),
    }
    icon = words.icon and absolute(words.icon, content.base)
    if icon:  # a name of the application's own is no picture
        declared["icon"] = icon
    if words.action_label:
        view = {"action": "view", "title": words.action_label, "navigate": navigate}
        declared["actions"] = [view]
    return declared


def absolute(link: str, base: str | None) -> str | None:
    """A link as Safari needs it; None where nobody knows where the frontend is."""
    if urlsplit(link).scheme in {"http", "https"}:
        return link
    return None if base is None or not link.startswith("/") else base + link
