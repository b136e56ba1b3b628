"""What an old server's names of rooms stand for."""

from __future__ import annotations

import pytest

from realtime.delivery.bridging.rooms import OldRooms
from realtime.delivery.bridging.settings import BridgeSettings
from realtime.dialects.jobs import dialect

CONVERSATION = "01930000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("name", "rooms"),
    [
        ("user:42", {"jobs/user:42", "room:user:42"}),
        ("user:", {"room:user:"}),
        (f"conversation:{CONVERSATION}", {f"jobs/conversation:{CONVERSATION}"}),
        (CONVERSATION, {f"jobs/conversation:{CONVERSATION}", CONVERSATION}),
        ("conversation:7", {"room:conversation:7"}),
        ("cohort-7", {"room:cohort-7", "cohort-7"}),
        ("linsta/user:42", {"room:linsta/user:42"}),
        ("jobs/*", {"room:jobs/*"}),
        ("room:vip", {"room:room:vip"}),
    ],
)
def test_as_the_documents_name_them(name: str, rooms: set[str]) -> None:
    of = OldRooms(dialect, BridgeSettings(), integer_ids=False).of([name])

    assert set(of) == rooms | {f"room:{name}"}


def test_as_another_server_named_them() -> None:
    settings = BridgeSettings(user_rooms=("user_{id}", "{id}"), conversation_rooms=("chat-{id}-x",))
    rooms = OldRooms(dialect, settings, integer_ids=True)

    assert "jobs/user:42" in rooms.of(["user_42"])
    assert rooms.of(["042"]) == ("room:042", "042", "jobs/user:42")
    assert rooms.of(["user_x"]) == ("room:user_x", "user_x")
    assert f"jobs/conversation:{CONVERSATION}" in rooms.of([f"chat-{CONVERSATION}-x"])
    assert f"jobs/conversation:{CONVERSATION}" not in rooms.of([CONVERSATION])


def test_no_names_are_everyone_of_the_dialect_and_never_by_accident() -> None:
    rooms = OldRooms(dialect, BridgeSettings(), integer_ids=True)

    assert rooms.addressed([]) == ("jobs/*",)
    assert rooms.of([]) == ()
    assert "jobs/*" not in rooms.addressed(["", "*", "user:*", "user:x"])
