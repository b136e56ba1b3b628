"""Who may come back as who they were, and into which rooms."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from realtime.dialects.base import Dialect
from realtime.domain import blocks
from realtime.domain.actor import Actor
from realtime.gateway import meanwhile
from realtime.gateway.identity.callers import Callers, Environ
from realtime.gateway.parting import Unaware
from realtime.gateway.settings import Mode, RecoverySection
from realtime.gateway.tabs import Means, Tab, takes_part

BROWSER = "Mozilla/"
"""What the User-Agent of every browser and WebView begins with, and of no library."""

TellLater = Callable[[Actor, str, str, Collection[UUID]], Awaitable[bool]]
"""Lets a returning socket (its user, id, namespace and conversations) hear what only the database
remembers."""


def chooser(callers: Callers, settings: RecoverySection) -> Callable[[Environ, str], bool]:
    """Which sockets are told offsets: one more argument, which some clients cannot take."""

    def takes_part(environ: Environ, namespace: str) -> bool:
        if not callers.have(namespace):
            return False
        mode = settings.of(callers.dialect_of_socket(environ, namespace).name)
        if mode is Mode.AUTO:
            return str(environ.get("HTTP_USER_AGENT", "")).startswith(BROWSER)
        return mode is Mode.ON

    return takes_part


class Homecoming:
    """Lets a returning socket have what it had: its dialects, its conversations, and the events
    that it missed, where all of them can still be told."""

    def __init__(
        self,
        means: Means,
        dialects: Mapping[str, Dialect],
        tell_later: TellLater | None,
        unaware: Unaware | None,
    ) -> None:
        self._means = means
        self._server = means.server
        self._unaware = unaware
        self._tell_later = tell_later
        self._dialects = dialects
        means.server.recover_whom(chooser(means.callers, means.recovery))

    async def welcome(self, tab: Tab) -> bool:
        """Whether the events were told. `tab` speaks its own dialect by now, and nothing else was
        said to it; who she is was found out anew."""
        note = self._server.returning(tab.sid, tab.namespace)
        if note is None:
            return False
        stranger = _stranger(note, tab)
        if stranger:
            self._server.begins_anew(tab.sid, stranger, tab.namespace)
            return False
        told = await self._is_told(tab, note)
        if told:
            tab.told_since = self._left_at(tab)
        return told

    async def _is_told(self, tab: Tab, note: Any) -> bool:
        """Let it in, and tell it what it missed, or at least what others do by now."""
        until = 0 if self._unaware is None else self._unaware.now()
        await self._let_in(tab, note)
        unwanted = await blocks.pairs_of(tab.actor.node, tab.actor.user_id)
        if await self._server.recover(tab.sid, tab.namespace, unwanted):
            return True
        tell_later = self._tell_later
        told = tell_later is not None and await tell_later(
            tab.actor, tab.sid, tab.namespace, tab.joined
        )
        await meanwhile.tell_who_types(tab)
        meanwhile.tell_who_is_online(self._means, tab)
        if told:
            return True
        heard = self._server.heard_up_to(tab.sid, tab.namespace)
        if self._unaware is not None and heard is not None:
            ids = [UUID(each) for each in note["joined"]]
            self._unaware.behind(tab.actor, ids, heard, until)
        return False

    def _left_at(self, tab: Tab) -> datetime | None:
        """When it had heard everything for the last time; None where that cannot be told."""
        place = self._server.heard_up_to(tab.sid, tab.namespace)
        if place is None:
            absent = self._server.absent(tab.sid, tab.namespace)
            place = None if absent is None else absent.at
        return None if place is None else datetime.fromtimestamp(place[0] / 1000, UTC)

    async def _let_in(self, tab: Tab, note: Any) -> None:
        """Into each conversation that she still takes part in."""
        for name in note["dialects"]:
            dialect = self._dialects.get(name)
            if dialect is not None and dialect not in tab.spoken:
                tab.speak(dialect)
        node = tab.actor.node
        for conversation_id in map(UUID, note["joined"]):
            if await takes_part(tab.actor, conversation_id, node.memberships.current):
                tab.enter(conversation_id)
                await node.joined.join(conversation_id, tab.actor.user_id, tab.sid)


def _stranger(note: Any, tab: Tab) -> str:
    """Why this is somebody else; empty where it is her."""
    if note["user"] != tab.actor.user_id:
        return "another user"
    return "" if note["dialects"][0] == tab.spoken[0].name else "another dialect"
