"""A set of few, for what every socket or user has one of: a `set` takes 216 bytes for its first."""

from typing import TypeVar

Item = TypeVar("Item")

Few = tuple[Item, ...] | set[Item]
"""Each item once. Ask it as you would a set, and change it by what ``more`` and ``less`` return."""

MOST = 8
"""Items that a tuple holds: looking through so many takes no longer than a hash does."""


def more(few: Few[Item], item: Item) -> Few[Item]:
    """With this one, too. What was given is not to be used any more."""
    if isinstance(few, set):
        few.add(item)
        return few
    if item in few:
        return few
    return (*few, item) if len(few) < MOST else {*few, item}


def less(few: Few[Item], item: Item) -> Few[Item]:
    """Without this one, if it was there. What was given is not to be used any more."""
    if isinstance(few, set):
        few.discard(item)
        return few
    return tuple(each for each in few if each != item)
