"""What somebody wrote, before it goes anywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.domain.errors import BlankMessage, InvalidText, MessageTooLong, Refused
from realtime.domain.texts import is_storable, text_of


def test_a_text_is_trimmed() -> None:
    assert text_of("\t Lunch?\n", 100) == "Lunch?"


@pytest.mark.parametrize("blank", ["", " ", "\n\t\u2003"])
def test_nothing_left_after_trimming_is_refused(blank: str) -> None:
    with pytest.raises(BlankMessage):
        text_of(blank, 100)


def test_a_text_is_measured_in_characters_after_trimming() -> None:
    assert text_of(" " + "🥗" * 5 + " ", 5) == "🥗" * 5
    with pytest.raises(MessageTooLong):
        text_of("🥗" * 6, 5)


@pytest.mark.parametrize("bad", ["a\x00b", "half \ud83d", "other half \udd57"])
def test_what_no_database_takes_is_refused(bad: str) -> None:
    with pytest.raises(InvalidText):
        text_of(bad, 100)


@given(st.text(alphabet=st.characters(), max_size=20))
def test_whatever_passes_can_be_stored(text: str) -> None:
    try:
        kept = text_of(text, 10)
    except Refused:
        return
    assert kept == kept.strip() != ""
    assert len(kept) <= 10
    assert is_storable(kept)
    assert kept.encode().decode() == kept
