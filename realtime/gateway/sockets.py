"""Socket.IO in: one door for every frontend's events."""

import logging
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from time import perf_counter
from typing import Any

import structlog
from prometheus_client import Counter
from socketio.exceptions import ConnectionRefusedError as RefusedToConnect

from realtime.dialects.base import Dialect, Json
from realtime.dialects.rooms import custom_room
from realtime.domain import presence, rooms
from realtime.domain.errors import (
    InvalidToken,
    Malformed,
    MissingToken,
    RateLimited,
    Refused,
    TooEarly,
    UnknownEvent,
    within_limit,
)
from realtime.gateway import payloads
from realtime.gateway.identity.callers import Environ
from realtime.gateway.metrics import EVENTS, HANDLED, OUTCOMES, UNKNOWN
from realtime.gateway.parting import Parting, Unaware
from realtime.gateway.patience import patiently
from realtime.gateway.returning import Homecoming, TellLater
from realtime.gateway.tabs import Means, Tab, takes_part
from realtime.gateway.vocabulary import Heard, Vocabulary
from realtime.logs import Sparing, where
from realtime.models.asking import AskedTogether
from realtime.together import AT_ONCE

TOLD = "realtime.refusal_told"
"""Marks the environ of a session whose refusal has its line in the log."""

REFUSED = Counter("realtime_connects_refused", "CONNECTs without a good token", ["reason"])

ALL_EVENTS = "events"
"""The bucket that every event takes a token from."""

LIMITED = "rate limited"
"""The error of an event that came too early."""

log = structlog.get_logger(__name__)

Hear = Callable[..., Awaitable[Json]]
"""Takes an event's name, its socket's id and its arguments; gives the ack."""


class Sockets:
    """The sockets of this node, from CONNECT to the end."""

    def __init__(
        self,
        means: Means,
        dialects: Mapping[str, Dialect],
        tell_later: TellLater | None = None,
        unaware: Unaware | None = None,
    ) -> None:
        self._means = means
        self._server = means.server
        self._callers = means.callers
        self.dialects = tuple(dialects)
        """The names of those that may be spoken here."""
        self._vocabulary = Vocabulary(dialects)
        EVENTS.begin(*((*row, outcome) for row in _rows(dialects) for outcome in OUTCOMES))
        self._custom_rooms = AskedTogether(rooms.of_each, at_once=AT_ONCE)
        self._strangers = Sparing()
        self._homecoming = Homecoming(means, dialects, tell_later, unaware)
        self._parting = Parting(means.server, unaware)
        self._sockets: dict[str, Tab] = {}
        self._namespaces: Sequence[str] = ()
        self._hear: Hear = self._heard

    def attach(self, namespaces: Sequence[str]) -> None:
        """Hear what happens in these namespaces."""
        self._namespaces = namespaces
        for namespace in namespaces:
            self._listen(namespace)

    def _listen(self, namespace: str) -> None:
        async def connect(sid: str, environ: Environ, auth: Any) -> None:
            await self._connected(sid, namespace, environ, auth)

        self._server.on("connect", connect, namespace=namespace)
        self._server.on("disconnect", self._disconnected, namespace=namespace)
        self._server.on("*", self._heard, namespace=namespace)

    def overhear(self, tell: Callable[[str, str], None] | None) -> None:
        """Tell somebody of each event, by the socket's id and its name, before it is handled; None:
        nobody. Whoever tells nobody pays nothing: another handler has its place."""

        async def told(event: str, sid: str, *args: Json) -> Json:
            if tell is not None:
                tell(sid, event)
            return await self._hear(event, sid, *args)

        for namespace in self._namespaces:
            self._server.on("*", self._hear if tell is None else told, namespace=namespace)

    def hear_through(self, wrap: Callable[[Hear], Hear]) -> None:
        """Let each event go through something else, for good, on its way to being handled."""
        self._hear = wrap(self._hear)
        self.overhear(None)

    def events(self) -> frozenset[str]:
        """The names of all events that a frontend may send."""
        return self._vocabulary.names()

    def find(self, sid: str) -> Tab | None:
        """Somebody's tab by its socket."""
        return self._sockets.get(sid)

    def tabs(self) -> Collection[Tab]:
        """Everybody's, as they are now."""
        return self._sockets.values()

    async def _connected(self, sid: str, namespace: str, environ: Environ, auth: Any) -> None:
        dialect = self._callers.dialect_of_socket(environ, namespace)
        session = self._server.session_id(sid, namespace)
        try:
            claims = await patiently(lambda: self._callers.claims_of_socket(environ, auth))
            actor = await patiently(lambda: self._callers.admit(claims, session, sid))
        except (MissingToken, InvalidToken) as refused:
            REFUSED.labels(refused.reason).inc()
            if not environ.get(TOLD):  # an environ is a session's: once for each
                environ[TOLD] = True
                self._log_refused(sid, dialect, environ, refused.reason)
            raise RefusedToConnect(dialect.refuses_to_connect(refused)) from None
        socket = self._sockets[sid] = Tab(self._means, sid, namespace, actor)
        try:
            await self._settle(socket, dialect, claims.expires_at)
        except BaseException:  # no disconnect follows a connect that failed
            del self._sockets[sid]
            socket.ends()
            await self._parting.never_came(socket)
            raise

    async def _settle(self, socket: Tab, dialect: Dialect, expires_at: float | None) -> None:
        """Let a socket hear what it should, and let others know that its user is there."""
        actor, sid = socket.actor, socket.sid
        socket.speak(dialect)
        # After speak: whoever is added to a room from now on is found by her user's room
        for room in await self._custom_rooms.of(actor.user_id):
            self._server.join(sid, custom_room(room), socket.namespace)
        recovered = await self._homecoming.welcome(socket)
        socket.expires(expires_at)
        if dialect.greets is not None:
            dialect.greets(socket)
        back = {"recovered": True} if recovered else {}
        log.info("connected", user=actor.user_id, sid=sid, dialect=dialect.name, **back)
        await actor.node.presence.connected(actor.user_id, sid)

    async def _disconnected(self, sid: str, reason: str) -> None:
        socket = self._sockets.pop(sid, None)
        if socket is None:
            return
        actor = socket.actor
        log.info("disconnected", user=actor.user_id, sid=sid, reason=reason)
        socket.ends()
        if actor.session is not None:
            actor.node.typing.gone(actor.session)
            await self._parting.leave(socket, reason)
            await presence.looks(actor, visible=False)
        await actor.node.presence.disconnected(actor.user_id, sid)

    async def _heard(self, event: str, sid: str, *args: Json) -> Json:
        socket = self._sockets.get(sid)
        if socket is None:
            return None
        payload = args[0] if args else None
        entry = self._vocabulary.find(event, payload, socket.spoken[0])
        began, outcome = perf_counter(), "ok"
        try:
            return await self._handle(socket, entry, payload)
        except Refused as refused:
            outcome = "limited" if isinstance(refused, RateLimited) else "refused"
            return self._refuse(socket, event, entry, refused)
        except Exception as fault:  # noqa: BLE001 - whatever it is, one line here and words there
            outcome = "failed"
            return self._fail(socket, event, entry, fault)
        finally:
            _count(entry, outcome, perf_counter() - began)

    async def _handle(self, socket: Tab, entry: Heard | None, payload: Json) -> Json:
        actor = socket.actor
        within_limit(await actor.node.limits.take(actor.user_id, _drawn_from(entry)))
        if entry is None:
            raise UnknownEvent
        row = entry.row
        if row.adapter is None:
            if entry.dialect not in socket.spoken:
                await self._learn(socket, entry.dialect)
            return await row.handler(socket)
        if self._vocabulary.is_ambiguous(entry, payload):
            raise Malformed
        data = payloads.read(row.adapter, payload, integer_ids=self._means.words.integer_ids)
        if entry.dialect not in socket.spoken:
            await self._learn(socket, entry.dialect)
        return await row.handler(socket, data)

    async def _learn(self, socket: Tab, dialect: Dialect) -> None:
        """Who uses a dialect's event with a payload that fits becomes a speaker of it."""
        for conversation_id in tuple(socket.joined):
            current = socket.actor.node.memberships.current
            if not await takes_part(socket.actor, conversation_id, current):
                socket.exit(conversation_id)
        socket.speak(dialect)

    def _refuse(self, socket: Tab, event: str, entry: Heard | None, refused: Refused) -> Json:
        if isinstance(refused, RateLimited):
            return self._slow_down(socket, entry, refused)
        dialect = entry.dialect if entry is not None else socket.spoken[0]
        _, text, _ = dialect.refusal(refused)
        self._log("refused event", socket, event, dialect, reason=type(refused).__name__)
        return self._tell(socket, dialect, entry, text)

    def _fail(self, socket: Tab, event: str, entry: Heard | None, fault: Exception) -> Json:
        dialect = entry.dialect if entry is not None else socket.spoken[0]
        text = entry.row.fault if entry is not None else "Internal server error"
        facts = {"error": type(fault).__name__, "where": where(fault.__traceback__)}
        self._log("failed event", socket, event, dialect, **facts)
        return self._tell(socket, dialect, entry, text)

    def _tell(self, socket: Tab, dialect: Dialect, entry: Heard | None, text: str) -> Json:
        if entry is None:
            return {"success": False, "error": text}
        if dialect.complains is not None:
            socket.say(dialect.complains, {"message": text})
        return entry.row.failed(text)

    def _slow_down(self, socket: Tab, entry: Heard | None, refused: RateLimited) -> Json:
        failed = None if entry is None else entry.row.failed(LIMITED)
        if entry is not None and isinstance(refused, TooEarly):
            self._tell(socket, entry.dialect, entry, LIMITED)
        if isinstance(failed, list):
            return failed
        return {"success": False, "error": LIMITED, "retryAfter": refused.whole_seconds}

    def _log_refused(self, sid: str, dialect: Dialect, environ: Environ, reason: str) -> None:
        more = self._strangers.facts()
        if more is not None:
            log.info(
                "refused",
                sid=sid,
                dialect=dialect.name,
                reason=reason,
                origin=environ.get("HTTP_ORIGIN"),
                address=environ.get("REMOTE_ADDR"),
                transport=environ.get("engineio.transport"),
                **more,
            )

    def _log(self, what: str, socket: Tab, event: str, dialect: Dialect, **facts: str) -> None:
        log.log(
            logging.ERROR if "error" in facts else logging.WARNING,
            what,
            user=socket.actor.user_id,
            sid=socket.sid,
            dialect=dialect.name,
            wire_event=event[:64],
            **facts,
        )


def _rows(dialects: Mapping[str, Dialect]) -> Iterator[tuple[str, str]]:
    """A dialect and an event of it, for all there are, and what no dialect has."""
    yield UNKNOWN, UNKNOWN
    for dialect in dialects.values():
        for event in dialect.hears:
            yield dialect.name, event


def _count(entry: Heard | None, outcome: str, seconds: float) -> None:
    if entry is None:
        EVENTS.of[UNKNOWN, UNKNOWN, outcome] += 1
        return
    event = entry.row.event
    EVENTS.of[entry.dialect.name, event, outcome] += 1
    HANDLED.of[(event,)].add(seconds)


def _drawn_from(entry: Heard | None) -> tuple[str, ...]:
    """The buckets that an event takes a token from, known or not."""
    own = None if entry is None else entry.row.limit
    return (ALL_EVENTS,) if own is None else (ALL_EVENTS, own)
