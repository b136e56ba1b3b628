"""Every dialect keeps the same promises; a new file is tested unasked."""

import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import NotRequired, TypedDict

import pytest

from realtime import dialects
from realtime.dialects.base import Dialect
from realtime.dialects.contract import broken_promises, misfits
from realtime.dialects.examples import EVENTS, IN_A_GROUP
from realtime.dialects.loading import load
from realtime.dialects.names import dialect_names
from realtime.dialects.visibility import EVENT
from realtime.dialects.words import Words
from realtime.domain import errors
from tests.cluster import Cluster

LOADED = load()

WHISPER = '''"""Whisper: one file, four tables."""

from collections.abc import Iterator
from typing import TypedDict

from realtime.dialects.base import Connection, Dialect, Json, Reply, Request, Wire
from realtime.dialects.fields import Payload, Text, UserId
from realtime.dialects.rooms import user
from realtime.dialects.words import Words
from realtime.domain import errors, messages
from realtime.domain.events import MessageSent
from realtime.domain.messages import Content

dialect = Dialect("whisper")

dialect.connect_refuses = {errors.MissingToken: "Who?", errors.InvalidToken: "No."}
dialect.refuses = {
    errors.MissingToken: (401, "Who?"),
    errors.InvalidToken: (401, "No."),
    errors.InvalidJson: (400, "What?"),
    errors.Malformed: (400, "What {field}?"),
}


class Whisper(Payload):
    ear: UserId
    hush: Text


class HeardJson(TypedDict):
    hush: str


@dialect.on("whisper", Whisper)
async def whisper(socket: Connection, data: Whisper) -> Json:
    await messages.send_to(socket.actor, data.ear, Content(data.hush))
    return "psst"


@dialect.route("POST", "/api/whispers", Whisper)
async def post(request: Request, body: Whisper) -> Reply[str]:
    await messages.send_to(request.actor, body.ear, Content(body.hush))
    return Reply("psst")


@dialect.says(MessageSent, "whispered", HeardJson)
def whispered(event: MessageSent, words: Words) -> Iterator[Wire]:
    if event.message.receiver is not None:
        yield Wire(user(event.message.receiver.id), {"hush": event.message.content})
'''


@pytest.fixture
def whisper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Dialect]]:
    """All dialects, after somebody added a file to their folder."""
    folder = tmp_path / "added"
    folder.mkdir()
    (folder / "whisper.py").write_text(WHISPER)
    monkeypatch.setattr(dialects, "__path__", [*dialects.__path__, str(folder)])
    yield load()
    del sys.modules["realtime.dialects.whisper"]
    del dialects.whisper  # type: ignore[attr-defined]


def test_the_four_families_are_spoken() -> None:
    assert {"conversations", "jobs", "linsta", "skilllink"} <= set(LOADED)


@pytest.mark.parametrize("name", LOADED)
def test_a_dialect_keeps_its_promises(name: str) -> None:
    assert list(broken_promises(name, LOADED[name])) == []


@pytest.mark.parametrize("name", LOADED)
def test_a_dialect_has_words_for_a_message_to_a_person(name: str) -> None:
    said = [wire for event in EVENTS[:1] for _, wire in LOADED[name].encode(event, Words())]

    assert said


@pytest.mark.parametrize("name", sorted(set(LOADED) - {"conversations"}))
def test_only_conversations_has_words_for_groups(name: str) -> None:
    heard = [word for event in IN_A_GROUP for word, _ in LOADED[name].encode(event, Words())]

    assert heard == []


@pytest.mark.parametrize(
    ("refused", "time"),
    [(errors.TooLateToDelete(15.0), "15 minutes"), (errors.TooLateToDelete(0.5), "0.5 minutes")],
)
@pytest.mark.parametrize(
    "name", [name for name, each in LOADED.items() if errors.TooLateToDelete in each.refuses]
)
def test_a_dialect_says_a_time_as_people_do(
    name: str, refused: errors.TooLateToDelete, time: str
) -> None:
    assert f" {time} " in LOADED[name].refusal(refused)[1]


@pytest.mark.parametrize("name", LOADED)
def test_a_dialect_has_each_call_once(name: str) -> None:
    calls = [(route.method, route.path) for route in LOADED[name].routes]

    assert len(calls) == len(set(calls))


def test_events_of_one_name_are_told_apart_by_their_keys() -> None:
    for one, other in combinations(LOADED.values(), 2):
        for event in one.hears.keys() & other.hears.keys():
            if event == EVENT:  # of ours, and alike in all
                continue
            mine, theirs = one.hears[event].keys, other.hears[event].keys

            assert mine, event
            assert theirs, event
            assert mine.isdisjoint(theirs), event


def test_a_dialect_with_mistakes_is_told_each_of_them() -> None:
    broken = Dialect("broken")

    @broken.on("knock", keys=["door"])
    async def knock() -> None:
        """Takes nobody."""

    @broken.route("GET", "/api/doors/{id}", statuses=(302,))
    async def door(request: str) -> str:
        return request

    told = "\n".join(broken_promises("other", broken))

    for mistake in (
        "calls itself broken",
        "connect_refuses has no MissingToken",
        "refuses has no Malformed",
        "knock has a handler that takes []",
        "knock is told by keys",
        "does not say what it replies",
        "takes no request",
        "has no id in its payload",
        "succeeds with (302,)",
    ):
        assert mistake in told


class Inner(TypedDict):
    id: int


class Outer(TypedDict):
    name: str
    inner: Inner | None
    more: NotRequired[list[Inner]]


@pytest.mark.parametrize(
    ("value", "misfit"),
    [
        ({"name": "Ada"}, "lacks ['inner']"),
        ({"name": "Ada", "inner": None, "age": 3}, "has ['age'] besides"),
        ({"name": None, "inner": None}, ".name is None"),
        ({"name": "Ada", "inner": {"id": "3"}}, ".inner.id is '3'"),
        ({"name": "Ada", "inner": None, "more": [{"id": 1}, {}]}, ".more[1] lacks ['id']"),
        ({"name": "Ada", "inner": None, "more": None}, ".more is None"),
    ],
)
def test_a_payload_that_is_not_of_its_type_is_told(value: dict[str, object], misfit: str) -> None:
    (told,) = misfits(value, Outer)

    assert misfit in told


def test_a_payload_of_its_type_is_not() -> None:
    assert list(misfits({"name": "Ada", "inner": {"id": 3}, "more": []}, Outer)) == []


def test_a_new_dialect_is_one_new_file(whisper: dict[str, Dialect]) -> None:
    assert "whisper" in whisper
    assert "whisper" in dialect_names()
    assert list(broken_promises("whisper", whisper["whisper"])) == []


@pytest.mark.parametrize(("database", "transports"), [("sqlite", "websocket")])
async def test_a_new_dialect_talks_to_all_the_others(
    whisper: dict[str, Dialect], cluster: Cluster
) -> None:
    node = await cluster.node(dialects__origins={"http://whisper.example": "whisper"})
    there = {"Origin": "http://whisper.example"}
    ada = await cluster.frontend(node, "ada", headers=there)
    bob = await cluster.frontend(node, "bob")

    assert await ada.ask("whisper", {"ear": "bob", "hush": "Lunch?"}) == "psst"
    about = await bob.hears("notification:new")
    answered = await bob.post("/api/messages", receiverId="ada", content="Psst!")

    assert about["message"] == "Lunch?"
    assert answered.status == 201
    assert await ada.hears("whispered") == {"hush": "Psst!"}
    assert (await ada.post("/api/whispers", ear="bob")).json == {"error": "What hush?"}
