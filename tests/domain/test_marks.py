"""What an offset says of what was said since the last row of the record."""

import pytest

from realtime.domain.marks import MOST, NOTHING, Marks, Names, Tail

NAMES = Names("5e" * 32)
NOW = 1_795_683_196_972


def test_all_that_was_said_is_named_with_the_last_of_each_order() -> None:
    tail = Tail(NAMES, NOW)
    for order in (("room", 7), ("user:ada", 1), ("room", 8)):
        tail.add(order)

    marks = Marks.read(NAMES, tail.text(None))

    assert (marks.since, marks.all) == (NOW, True)
    assert marks.last_of("room") == 8
    assert marks.last_of("user:ada") == 1
    assert marks.last_of("another") is None


def test_what_is_being_said_is_named_too() -> None:
    tail = Tail(NAMES, NOW)
    tail.add(("room", 7))

    assert Marks.read(NAMES, tail.text(("room", 8))).last_of("room") == 8
    assert Marks.read(NAMES, tail.text(("another", 1))).last_of("room") == 7
    assert Marks.read(NAMES, tail.text(None)).last_of("room") == 7


def test_where_too_much_was_said_only_that_is_named_which_is_heard() -> None:
    tail = Tail(NAMES, NOW)
    for number in range(MOST + 1):
        tail.add((f"room {number}", 1))

    assert tail.text(None) == ""
    assert tail.text(("room 0", 2)) == NAMES.mark(("room 0", 2))
    marks = Marks.read(NAMES, tail.text(("room 0", 2)))
    assert (marks.since, marks.last_of("room 0"), marks.last_of("room 1")) == (None, 2, None)


def test_a_crowd_that_is_notified_does_not_hide_what_was_said_in_a_conversation() -> None:
    tail = Tail(NAMES, NOW)
    tail.add(("room", 7))
    for number in range(1_000):
        tail.add((f"user:{number}", 1))
    tail.add(("room", 8))

    marks = Marks.read(NAMES, tail.text(None))

    assert (marks.last_of("room"), marks.last_of("user:1")) == (8, None)
    assert marks.names_all("another", NOW)
    assert not marks.names_all("user:1", NOW)
    assert not marks.names_all("another", NOW - 1)


def test_an_offset_has_room_for_it() -> None:
    tail = Tail(NAMES, 2**43)
    for number in range(MOST):
        tail.add((f"room {number}", 2**62))

    assert len(tail.text(("another", 2**62))) <= 200


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "-",
        "s",
        "s-",
        "sz",
        "s1-",
        "a1139ae43",
        "s1-s1",
        "--",
        "r",
        "r-1",
        "s19f0-a1139ae43",
    ],
)
def test_what_we_never_wrote_says_nothing(text: str | None) -> None:
    assert Marks.read(NAMES, text) == NOTHING


def test_who_knows_a_conversation_cannot_tell_what_happens_there() -> None:
    tail = Tail(NAMES, NOW)
    tail.add(("room", 7))

    others = Names("5f" * 32)
    assert others.mark(("room", 7)) not in tail.text(None)
    assert Marks.read(others, tail.text(None)) == NOTHING, "nor was it written by these"
    assert Marks.read(others, NAMES.mark(("room", 7))).last_of("room") is None
