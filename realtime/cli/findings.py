"""What a look at something yields: a topic, what holds, and what is wrong about it, if anything."""

Finding = tuple[str, str, str | None]


class Mild(str):
    """A problem that keeps nothing from working, for now."""

    __slots__ = ()
