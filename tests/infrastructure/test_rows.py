"""The last test tells the rows that nobody saw from those that somebody did."""

from __future__ import annotations

import json

from realtime.dialects.base import Dialect, Reply, Request, Wire
from realtime.dialects.words import Words
from realtime.domain.actor import Actor
from realtime.domain.errors import BlankMessage, InvalidToken, UnknownUser
from tests import rows
from tests.record import Answered, Record

dialect = Dialect("small")
dialect.connect_refuses = {InvalidToken: "Go away"}
dialect.refuses = {UnknownUser: (404, "No {name} here"), BlankMessage: (400, "Say something")}


@dialect.on("knock")
async def knock(actor: Actor) -> None:
    """An event without an ack."""


@dialect.on("ask")
async def ask(actor: Actor) -> str:
    """An event with one."""
    return "yes"


@dialect.says(None, "door:open")
def door_open(event: object, words: Words) -> list[Wire]:
    """An event that is only described."""
    return []


@dialect.route("GET", "/doors/{id}")
async def door(request: Request) -> Reply[None]:
    """A route with a parameter."""
    return Reply(None)


@dialect.route("GET", "/doors/all", statuses=(200, 204))
async def doors(request: Request) -> Reply[None]:
    """One that wins over it."""
    return Reply(None)


def unseen(record: Record) -> list[list[str]]:
    return [list(table(dialect, record)) for table in rows.TABLES.values()]


def test_an_empty_record_has_seen_nothing() -> None:
    assert unseen(Record()) == [
        ["knock", "ask"],
        ["door:open"],
        ["GET /doors/{id} 200", "GET /doors/all 200", "GET /doors/all 204"],
        ["connect: InvalidToken", "UnknownUser 404", "BlankMessage 400"],
    ]


def test_what_was_seen_is_no_longer_missed() -> None:
    record = Record()
    record.emit("small", "knock")
    record.ack("small", "ask", ["yes"])
    record.hear("small", "door:open")
    record.answer(Answered("small", "GET", "/doors/7", 200), None)
    for status in (200, 204):
        record.answer(Answered("small", "GET", "/doors/all", status), None)
    record.refuse_connection("small", "Go away")
    record.answer(Answered("small", "GET", "/doors/8", 404), {"error": "No eve here"})
    record.ack("small", "ask", [{"success": False, "error": "Say something"}])

    assert unseen(record) == [[], [], [], []]


def test_neither_another_dialect_nor_another_status_nor_a_lost_ack_counts() -> None:
    record = Record()
    record.emit("small", "ask")
    record.hear("large", "door:open")
    record.answer(Answered("small", "GET", "/doors/all", 404), {"error": "Say something"})

    assert unseen(record)[1:] == unseen(Record())[1:]
    assert unseen(record)[0] == ["knock", "ask"]


def test_what_another_process_saw_counts_as_seen() -> None:
    there, here = Record(), Record()
    there.emit("small", "knock")
    there.ack("small", "ask", ["yes"])
    there.answer(Answered("small", "GET", "/doors/8", 404), {"error": "No eve here"})

    here.add(json.loads(json.dumps(there.packed())))

    assert here == there
