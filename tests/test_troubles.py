"""The latest warnings and errors are kept, and neither pushes out the other."""

from __future__ import annotations

from realtime.troubles import Troubles


def test_the_newest_of_each_level_are_kept() -> None:
    troubles = Troubles(kept=2)
    lines = [
        {"level": level, "event": f"{level} {number}", "_record": object()}
        for number in range(3)
        for level in ("info", "warning", "error", "critical")
    ]

    handed_on = [troubles(None, "", line) for line in lines]

    assert handed_on == lines
    assert [(level, line["event"]) for _, level, line in troubles] == [
        ("warning", "warning 1"),
        ("warning", "warning 2"),
        ("error", "error 2"),
        ("error", "critical 2"),
    ]
    assert all("_record" not in line for _, _, line in troubles)
