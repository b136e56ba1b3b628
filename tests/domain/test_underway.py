"""What changed while something was read."""

from __future__ import annotations

from realtime.domain.underway import Lately, UnderWay


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


def test_where_anything_may_have_changed_nothing_counts_as_what_it_was() -> None:
    lately, reads = Lately[str](), UnderWay[str]()
    then = lately.now
    with reads.reading(["ada"]) as is_same:
        lately.all_changed()
        reads.all_changed()

        assert not is_same("ada")
    assert not lately.is_same("ada", then)
    assert lately.is_same("ada", lately.now)
    with reads.reading(["ada"]) as is_same:
        assert is_same("ada")
