"""What a dialect is: four tables (hears, routes, says, refuses) that gateway and fan-out read."""

import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Generic, Protocol, TypeVar, get_type_hints
from uuid import UUID

from pydantic import TypeAdapter

from realtime.dialects.pushed import PushWords, pushed_as_it_is
from realtime.dialects.words import Words
from realtime.domain.actor import Actor
from realtime.domain.errors import InvalidToken, Malformed, MissingToken, Refused
from realtime.domain.events import Event
from realtime.domain.records import Notification
from realtime.frozen import record
from realtime.settings import Section

Json = Any

PARAMETER = re.compile(r"\{(\w+)\}")
"""A parameter in a route's path."""
Body = TypeVar("Body")
Function = TypeVar("Function", bound=Callable[..., Any])

Answer = str | Callable[[Refused], Json]
"""A refusal's words, in which ``{attribute}`` is its own; or what makes words or the whole body."""

Refusals = Mapping[type[Refused], tuple[int, Answer]]


class Nothing(Enum):
    """The payload of an event that has none, which is not the same as null."""

    NOTHING = 0


NOTHING = Nothing.NOTHING


@record
class Wire:
    """One event for these rooms, but for the session that is left out."""

    to: tuple[str, ...]
    payload: Json | Nothing = NOTHING
    skip: str | None = None

    @property
    def args(self) -> tuple[Json, ...]:
        """The event's arguments."""
        return () if self.payload is NOTHING else (self.payload,)


@dataclass(frozen=True, slots=True)
class Reply(Generic[Body]):
    """What a REST call is answered."""

    payload: Body
    status: int = 200


@dataclass(frozen=True, slots=True)
class Request:
    """Who calls over REST (nobody where no token is needed), and how things are put here.

    ``origin`` is where the calling page is, if its browser says so and it is an allowed one.
    """

    caller: Actor | None
    words: Words
    dialect: str
    origin: str | None = None

    @property
    def actor(self) -> Actor:
        """Who calls, where the route takes a token."""
        assert self.caller is not None, "this route asks for no token"  # noqa: S101
        return self.caller


class Connection(Protocol):
    """The socket an event came in on, as far as a dialect may care."""

    @property
    def actor(self) -> Actor: ...

    @property
    def words(self) -> Words: ...

    @property
    def told_since(self) -> datetime | None:
        """From when on a page that came back was told what it had missed; None for a new one."""

    def enter(self, conversation_id: UUID) -> None:
        """Hear a conversation from now on, in every dialect this socket speaks."""

    def exit(self, conversation_id: UUID) -> None:
        """Hear it no more."""

    def say(self, event: str, payload: Json | Nothing = NOTHING) -> None:
        """Tell this one socket something."""

    async def renew(self, token: str) -> datetime | None:
        """Stay as long as this token of the same user allows; its end. Raises InvalidToken."""


EventHandler = Callable[..., Awaitable[Json]]
RouteHandler = Callable[..., Awaitable[Reply[Any]]]
Encoder = Callable[[Any, Words], Iterable[Wire]]


@dataclass(frozen=True, slots=True)
class Hears:
    """A row of the table of events that a frontend sends.

    ``keys`` tell events of the same name apart; ``failed`` makes the ack of a refusal from its
    text; ``limit`` is the bucket it draws from besides ``events``; ``fault`` is what is said when
    the fault is ours.
    """

    event: str
    payload: type | None
    adapter: TypeAdapter[Any] | None
    handler: EventHandler
    ack: Any
    failed: Callable[[str], Json]
    limit: str | None
    keys: frozenset[str]
    fault: str


@dataclass(frozen=True, slots=True)
class Route:
    """A row of the table of REST calls.

    ``refuses`` goes before the dialect's own refusals; ``further_cookies`` may bring a token where
    the usual one is not sent.
    """

    method: str
    path: str
    payload: type | None
    adapter: TypeAdapter[Any] | None
    handler: RouteHandler
    answer: Any
    refuses: Refusals
    token: bool
    further_cookies: tuple[str, ...]
    statuses: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Says:
    """A row of the table of events that a frontend is told; ``of`` is the domain event told."""

    of: type[Event] | None
    event: str
    payload: Any
    encoder: Encoder


def failure(text: str) -> Json:
    """The ack of an event that was refused, where its row has none of its own."""
    return {"success": False, "error": text}


@dataclass(slots=True, eq=False)
class Dialect:
    """One frontend's words for our things. Holds its tables and no other state, does no I/O.

    ``connect_refuses`` has the texts of CONNECT_ERROR; ``envelope`` puts a status and a text into
    the error body; ``complains`` names the event, if any, by which a socket hears of a failure;
    ``settings`` is its own section of the configuration, which has the dialect's name; ``pushes``
    puts a notification into what a closed page's browser shows, those of messages in groups only
    where it knows ``groups``.
    """

    name: str
    namespaces: tuple[str, ...] = ("/",)
    hears: dict[str, Hears] = field(default_factory=dict)
    routes: list[Route] = field(default_factory=list)
    sayings: dict[type[Event] | None, list[Says]] = field(default_factory=dict)
    refuses: Refusals = field(default_factory=dict)
    connect_refuses: Mapping[type[Refused], str] = field(default_factory=dict)
    envelope: Callable[[int, str], Json] = lambda _status, text: {"error": text}
    complains: str | None = None
    settings: type[Section] | None = None
    greets: Callable[[Connection], None] | None = None
    groups: bool = False
    pushes: Callable[[Notification, Words], PushWords] = pushed_as_it_is

    def on(
        self,
        event: str,
        payload: Any = None,
        *,
        failed: Callable[[str], Json] = failure,
        limit: str | None = None,
        keys: Iterable[str] = (),
        fault: str = "Internal server error",
    ) -> Callable[[Function], Function]:
        """Handle an event that the frontend sends; what the handler returns is the ack."""
        if event in self.hears:
            raise ValueError(f"{self.name} hears {event} twice")

        def register(handler: Function) -> Function:
            self.hears[event] = Hears(
                event, payload, _adapter(payload), handler, _returns(handler), failed, limit,
                frozenset(keys), fault,
            )  # fmt: skip
            return handler

        return register

    def route(
        self,
        method: str,
        path: str,
        payload: Any = None,
        *,
        refuses: Refusals | None = None,
        token: bool = True,
        further_cookies: tuple[str, ...] = (),
        statuses: tuple[int, ...] = (200,),
    ) -> Callable[[Function], Function]:
        """Answer a REST call. Path parameters are ``{named}`` and win over body and query."""

        def register(handler: Function) -> Function:
            self.routes.append(
                Route(
                    method, path, payload, _adapter(payload), handler, _returns(handler),
                    refuses or {}, token, further_cookies, statuses,
                )
            )  # fmt: skip
            return handler

        return register

    def says(
        self, of: type[Event] | None, event: str, payload: Any = None
    ) -> Callable[[Function], Function]:
        """Say how the frontend hears of a domain event; several rows may tell the same one.

        ``of`` is None for what the gateway says itself; such a row only describes it.
        """

        def register(encoder: Function) -> Function:
            self.sayings.setdefault(of, []).append(Says(of, event, payload, encoder))
            return encoder

        return register

    def encode(self, event: Event, words: Words) -> Iterator[tuple[str, Wire]]:
        """An event in this dialect's words."""
        for row in self.sayings.get(type(event), ()):
            for wire in row.encoder(event, words):
                yield row.event, wire

    def refusal(self, refused: Refused, refuses: Refusals | None = None) -> tuple[int, str, Json]:
        """Status, text and body of a refusal, the nearest named ancestor's first."""
        for table in (refuses or {}, self.refuses):
            for kind in type(refused).__mro__:
                if kind in table:
                    return self._worded(refused, *table[kind])
        return 400, "Invalid request", self.envelope(400, "Invalid request")

    def refuses_to_connect(self, refused: MissingToken | InvalidToken) -> str:
        """The text of CONNECT_ERROR."""
        kinds = type(refused).__mro__
        return next(self.connect_refuses[kind] for kind in kinds if kind in self.connect_refuses)

    def room(self, name: str) -> str:
        """A room of this dialect's own: two dialects use one event name for different shapes."""
        return f"{self.name}/{name}"

    def _worded(self, refused: Refused, status: int, answer: Answer) -> tuple[int, str, Json]:
        made = answer(refused) if callable(answer) else answer.format_map(vars(refused))
        if isinstance(made, str):
            text = made.rstrip()
            return status, text, self.envelope(status, text)
        return status, "Invalid value", made


def malformed(field_name: str, reason: str = "") -> Malformed:
    """A value that its type admits and its place does not."""
    return Malformed(field_name, reason)


def _adapter(payload: Any) -> TypeAdapter[Any] | None:
    return None if payload is None else TypeAdapter(payload)


def _returns(handler: Callable[..., Any]) -> Any:
    return get_type_hints(handler).get("return")
