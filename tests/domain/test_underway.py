"""What changed while something was read."""

from __future__ import annotations

from realtime.domain.underway import Lately


def test_what_was_forgotten_of_changes_counts_as_changed() -> None:
    lately = Lately[str](most=2)
    first = lately.now
    for each in ("ada", "bob", "carl"):
        lately.changed(each)
    then = lately.now

    assert not lately.is_same("ada", first)  # nothing is known of that any more
    assert not lately.is_same("zoe", first)  # nor whether she changed before it was forgotten
    assert lately.is_same("ada", then)
    lately.changed("bob")
    assert (lately.is_same("bob", then), lately.is_same("ada", then)) == (False, True)
