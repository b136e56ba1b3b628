"""What other nodes must hear because they remember it, as it crosses the backplane: name, JSON."""

from functools import partial

from pydantic import TypeAdapter

from realtime.domain.announcing import Announcer
from realtime.domain.events import Event, MembershipChanged, PeopleChanged, UserDeleted
from realtime.transport import Server

CROSSING: dict[str, type[Event]] = {
    "membership_changed": MembershipChanged,
    "people_changed": PeopleChanged,
    "user_deleted": UserDeleted,
}
"""By the name of its notice, every event that makes void what another node may remember."""

BACK = "back"
"""Asks every node to forget all: some could not hear what this one had to tell, or it them."""

_ADAPTERS = {name: TypeAdapter(kind) for name, kind in CROSSING.items()}


def connect(announcer: Announcer, server: Server) -> None:
    """Tell every node what happens here, and forget here what happened on any of them.

    This node hears its own notices too: forgetting twice is harmless. What happened while nodes did
    not hear one another cannot be told: then all is forgotten.
    """
    for name, kind in CROSSING.items():
        announcer.listen(partial(_tell, server, name), kind)
        server.subscribe(name, partial(_heard, announcer, name))
    server.when_any_is_back(BACK, announcer.forget_all)


def encode(name: str, event: Event) -> bytes:
    """The body of an event's notice."""
    return _ADAPTERS[name].dump_json(event)


def decode(name: str, body: bytes) -> Event:
    """The event in a notice's body. Raises ValueError for what is none."""
    return _ADAPTERS[name].validate_json(body)


def _tell(server: Server, name: str, event: Event) -> None:
    server.publish_notice(name, encode(name, event))


def _heard(announcer: Announcer, name: str, body: bytes) -> None:
    announcer.forget(decode(name, body))
