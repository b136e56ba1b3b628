"""What somebody wrote, before it goes anywhere."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.domain import texts
from realtime.domain.errors import BlankMessage, InvalidText, MessageTooLong, Refused
from realtime.domain.texts import (
    DEFAULT_IGNORABLE,
    is_blank,
    is_plain,
    is_storable,
    isolated,
    name_of,
    text_of,
)
from tests.driver import node

IGNORABLE = [point for first, last in DEFAULT_IGNORABLE for point in range(first, last + 1)]

NODE_KNOWS = r"""
const found = [];
for (let point = 0; point <= 0x10ffff; point++) {
  if (/\p{Default_Ignorable_Code_Point}/u.test(String.fromCodePoint(point))) found.push(point);
}
console.log(JSON.stringify(found));
"""

INVISIBLE = [
    *"\u200b\u200c\u200d\u2060\u2800\ufeff\u00ad\u115f\u1160\u3164\uffa0\u180e\ufe0f\u034f\u061c",
    *"\u0301\u20e3\u093e\u200e\u202e\u2069\u00a0\u3000\u2028\U000e0001\U000e0067\U000e0100",
    "\u200b \u200d\u0301",
]
"""Zero widths, fillers, blank braille, selectors, lone combining marks, overrides, spaces, tags."""

CONTROLS = [chr(point) for point in (*range(0x20), *range(0x7F, 0xA0)) if chr(point) not in "\n\t"]

HALVES = ["\ud83d", "\udd57"]

VISIBLE = [
    "👩‍👩‍👧",  # joined by U+200D
    "❤️",  # with a selector
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",  # spelled with tags
    "1️⃣",
    "می‌خواهم",  # Persian, with U+200C
    "क्‍ष",  # Hindi, with U+200D
    "क्षि",
    "café",
    "café",  # with a combining accent
    "שָׁלוֹם",
    "\u200fمرحبا",  # behind a right-to-left mark
    "한글",
    ".",
    "⠓⠊",
    "\ue000",  # somebody's own
    "two\nlines\tand a tab",
]

bidi = st.characters(
    whitelist_categories=("Lu", "Lo", "Cc", "Cf", "Mn", "Zs"), whitelist_characters="אب\u202e\u2067"
)


def test_a_text_is_trimmed() -> None:
    assert text_of("\t Lunch?\n", 100) == "Lunch?"


def test_the_table_is_unicodes_own() -> None:
    told = subprocess.run([node(), "-e", NODE_KNOWS], capture_output=True, check=True)

    assert json.loads(told.stdout) == IGNORABLE


def test_the_table_is_sorted_and_its_ranges_are_apart() -> None:
    bounds = list(chain.from_iterable(DEFAULT_IGNORABLE))

    assert bounds == sorted(bounds)
    assert sorted(set(IGNORABLE)) == IGNORABLE


@pytest.mark.parametrize("blank", ["", " ", "\n\t\u2003", *INVISIBLE], ids=ascii)
def test_a_text_that_shows_nothing_is_refused(blank: str) -> None:
    with pytest.raises(BlankMessage):
        text_of(blank, 100)
    assert name_of(blank) is None


def test_of_a_long_text_each_character_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(texts, "_is_visible", asked.append)

    assert is_blank("\u200b\u200d" * 5_000)

    assert len(asked) < 100


def test_what_can_be_seen_at_the_end_of_a_long_text_is_seen() -> None:
    assert not is_blank("\u200b" * 5_000 + "x")


@pytest.mark.parametrize("text", VISIBLE)
def test_a_text_that_shows_something_is_kept_as_it_is(text: str) -> None:
    assert text_of(text, 100) == text


@pytest.mark.parametrize("name", VISIBLE[:-1])
def test_a_name_that_shows_something_is_kept_as_it_is(name: str) -> None:
    assert name_of(name) == name


def test_a_character_that_unicode_has_added_since_can_be_seen() -> None:
    new = next(
        chr(point)
        for point in range(0x1FA00, sys.maxunicode)
        if unicodedata.category(chr(point)) == "Cn"
    )

    assert text_of(new, 100) == new


def test_a_text_is_measured_in_characters_after_trimming() -> None:
    assert text_of(" " + "🥗" * 5 + " ", 5) == "🥗" * 5
    with pytest.raises(MessageTooLong):
        text_of("🥗" * 6, 5)


@pytest.mark.parametrize("bad", [*CONTROLS, *HALVES], ids=ascii)
def test_a_control_character_or_half_an_emoji_is_refused_in_a_text_and_left_out_of_a_name(
    bad: str,
) -> None:
    with pytest.raises(InvalidText):
        text_of(f"a{bad}b", 100)
    assert name_of(f"a{bad}b") in {"ab", "a b"}


def test_lines_end_in_a_newline_whatever_the_sender_writes_on() -> None:
    assert text_of("one\r\ntwo\r\n", 100) == "one\ntwo"
    with pytest.raises(InvalidText):
        text_of("hidden\rshown", 100)


def test_a_name_is_on_one_line() -> None:
    assert name_of("Ada\nLovelace\t") == "Ada Lovelace"


def test_a_name_cannot_turn_around_what_follows_it() -> None:
    assert name_of("Ada \u202egnp.exe\u202c") == "Ada gnp.exe"
    assert name_of("\u2067Ada\u2069") == "Ada"


def test_a_name_in_a_sentence_is_isolated_if_it_runs_from_right_to_left() -> None:
    assert isolated("Ada Lovelace") == "Ada Lovelace"
    assert isolated("Zoë") == "Zoë"
    assert isolated("עדה") == "\u2068עדה\u2069"
    assert isolated("Ada مرحبا 7") == "\u2068Ada مرحبا 7\u2069"


@given(st.text(alphabet=st.characters(), max_size=20))
def test_whatever_passes_can_be_stored_and_seen(text: str) -> None:
    try:
        kept = text_of(text, 10)
    except Refused:
        return
    assert kept == kept.strip() != ""
    assert len(kept) <= 10
    assert is_storable(kept)
    assert is_plain(kept)
    assert not is_blank(kept)
    assert kept.encode().decode() == kept


@given(st.lists(st.sampled_from([*INVISIBLE, *map(chr, IGNORABLE), " ", "\n"])))
def test_nothing_that_cannot_be_seen_adds_up_to_something(parts: list[str]) -> None:
    assert is_blank("".join(parts))
    assert not is_blank("".join(parts) + "x" + "".join(parts))


@given(st.text(alphabet=st.one_of(st.characters(), bidi), max_size=20))
def test_a_name_is_mended_once_and_has_nothing_to_turn_a_sentence_around_with(text: str) -> None:
    name = name_of(text)
    if name is None:
        return
    assert name_of(name) == name
    assert is_plain(name)
    assert "\n" not in name
    assert {unicodedata.bidirectional(each) for each in name}.isdisjoint(
        {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    )
    assert isolated(name).strip("\u2068\u2069") == name
