"""What the domain needs from outside, as Protocols. Each says what it promises.

The memory implementations in ``stores/`` are the specification; the others keep the same promises
over several nodes.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from realtime.domain.records import Attachment, Conversation, Message, Person
from realtime.frozen import record


@record
class Draft:
    """A message before it is stored. The writer numbers it; all else is decided here."""

    id: UUID
    conversation: Conversation
    sender: Person
    kind: str
    content: str
    attachments: tuple[Attachment, ...] | None
    client_id: str | None
    session: str | None
    created_at: datetime
    notify: bool = True


@record
class Written:
    """A stored message; not ``fresh`` if an earlier send with its client id had stored it."""

    message: Message
    fresh: bool


class Port(Protocol):
    """What every port can be asked."""

    async def well(self) -> str | None:
        """None while it can do its work, else in a few words what keeps it from that.

        Load balancers and monitors read the words: nothing of users, no addresses, no secrets.
        """
        ...


class Writer(Port, Protocol):
    """Stores messages, numbers them without gaps, and announces them in that order."""

    async def write(self, draft: Draft) -> Written:
        """Store a message; return once it is committed and announced.

        Cancelling the caller does not cancel the write. Raises NotParticipant when the sender has
        left meanwhile, UnknownConversation when the conversation is gone, InvalidText when the
        database refuses the text.
        """
        ...


class Presence(Port, Protocol):
    """Who has a socket open, over all nodes. Best effort: a dead node's users fade in 30 s."""

    async def connected(self, user_id: str, session: str) -> None:
        """A session is there. The first one of a user is told; so is one that ends her hiding."""
        ...

    async def disconnected(self, user_id: str, session: str) -> None:
        """A session is gone. The last one of a user is told after the grace period."""
        ...

    async def hide(self, user_id: str) -> None:
        """Look offline until ``show`` or a new connection."""
        ...

    async def show(self, user_id: str) -> None:
        """Look online again."""
        ...

    async def online(self, user_ids: Collection[str]) -> set[str]:
        """Those who look online: with a socket, or within the grace period, and not hiding."""
        ...

    def looks_online(self, user_id: str) -> bool:
        """Whether she is one of those, without waiting."""
        ...

    async def sockets(self, user_ids: Collection[str]) -> Mapping[str, int]:
        """How many sessions each of them has, hiding or not; 0 for who has none."""
        ...

    async def present(self) -> Collection[str]:
        """The users who have a socket, hiding or not."""
        ...

    async def expected(self) -> Collection[str]:
        """They, and those who have left so lately that they may come back and be told, as if they
        had been there, what they missed."""
        ...

    async def since(self, user_id: str) -> datetime | None:
        """Since when she has had a socket, as far as this node knows, or was back within the grace
        period; None for who has none."""
        ...

    async def count(self) -> int:
        """How many users have a socket."""
        ...


class Visible(Protocol):
    """Whose page is looked at, over all nodes, as far as pages say so; none need to."""

    async def report(self, user_id: str, socket: str, *, visible: bool) -> None:
        """A socket's page is looked at, or not any more; one that is gone is not."""
        ...

    async def among(self, user_ids: Collection[str]) -> set[str]:
        """Those of these users who are looking at one of their pages."""
        ...


class Joined(Port, Protocol):
    """Which sockets have joined which conversation, over all nodes."""

    async def join(self, conversation_id: UUID, user_id: str, socket: str) -> bool:
        """Remember it; False if that socket had joined already."""
        ...

    async def leave(self, conversation_id: UUID, user_id: str, socket: str) -> bool:
        """Forget it; False if that socket had not joined."""
        ...

    async def drop(self, socket: str) -> None:
        """Forget a socket that is gone, everywhere."""
        ...

    async def remove(self, gone: Collection[tuple[UUID, str]]) -> None:
        """Forget all sockets of users who may no longer be in these conversations.

        For the announcer alone. Removing who is not there changes nothing.
        """
        ...

    async def users(self, conversation_ids: Sequence[UUID]) -> Mapping[UUID, set[str]]:
        """Who is in each of them, by any socket."""
        ...


Check = Callable[[str], str]
"""Gives a text as it is stored. Raises Refused for one that cannot be."""


class Before(Protocol):
    """The application, where it wants to be asked before a message is stored or changed."""

    def turn(self, sender_id: str) -> AbstractAsyncContextManager[None]:
        """While this goes on the sender's next message waits, so that none overtakes another on
        this node. Raises RateLimited where too many wait."""
        ...

    async def ask(self, proposal: Mapping[str, Any], check: Check) -> str:
        """What is to be stored of a proposal's ``content``, within a short time. Never within a
        transaction: others would wait too. Raises MessageRefused.
        """
        ...


class Limits(Port, Protocol):
    """Token buckets per user and kind of call."""

    async def take(self, user_id: str, kinds: Collection[str]) -> float:
        """Take one token of each of these kinds: 0.0.

        Where one of them has none, none is taken, and the answer is the seconds until all have.
        """
        ...


class Clock(Protocol):
    """What time it is."""

    def __call__(self) -> datetime:
        """Now, aware, UTC, in whole milliseconds: what is stored is what is sent."""
        ...
