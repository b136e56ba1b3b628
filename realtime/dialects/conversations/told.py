"""A new message in this dialect's words, made once for those who hear it and for who sent it."""

from realtime.dialects.conversations.shapes import MessageJson, message_json
from realtime.dialects.words import Words
from realtime.domain.records import Message

MOST_KEPT = 1_000
"""Twice as many as a commit can have."""


class _Lately:
    """The messages that were told last: who sent one is acked with it at once.

    One that nobody is acked is pushed out by those that follow.
    """

    def __init__(self) -> None:
        self._kept: dict[int, tuple[Message, MessageJson]] = {}

    def keep(self, message: Message, said: MessageJson) -> None:
        """Until it is taken, at most."""
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[id(message)] = (message, said)

    def take(self, message: Message) -> MessageJson | None:
        """What was kept of this very record, once."""
        kept = self._kept.pop(id(message), None)
        return None if kept is None else kept[1]


_lately = _Lately()


def told_json(message: Message, words: Words) -> MessageJson:
    """A new message as everybody hears of it."""
    said = message_json(message, words)
    if words.share_email:  # else who sent it sees more of herself than the others
        _lately.keep(message, said)
    return said


def acked_json(message: Message, words: Words, viewer_id: str) -> MessageJson:
    """A new message as it is answered to who sent it, after it was told."""
    return _lately.take(message) or message_json(message, words, viewer_id)
