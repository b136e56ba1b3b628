"""Where each setting came from, and what whoever set it calls it."""

from collections.abc import Iterable, Mapping
from typing import Any

Setting = tuple[str, ...]

# The names of the documents and of hosting platforms. Of two for one setting the later wins:
# SOCKET_IO_PORT stands in an .env file next to the PORT of the application itself.
DOCUMENTS: dict[str, Setting] = {
    "PORT": ("port",),
    "SOCKET_IO_PORT": ("port",),
    "HOST": ("host",),
    "JWT_SECRET": ("jwt", "secret"),
    "DATABASE_URL": ("database_url",),
    "REDIS_URL": ("redis_url",),
    "VAPID_PUBLIC_KEY": ("push", "vapid_public_key"),
    "VAPID_PRIVATE_KEY": ("push", "vapid_private_key"),
    "VAPID_SUBJECT": ("push", "vapid_subject"),
}

_COMMAND_LINE = "the command line"
_DEFAULTS = "the defaults"


class Where:
    """The source of each setting that somebody set: a variable, a file or the command line."""

    def __init__(self) -> None:
        self._sources: dict[Setting, str] = {}
        self._files: set[str] = set()

    def __eq__(self, other: object) -> bool:
        """Two configurations are equal whoever told them."""
        return isinstance(other, Where)

    __hash__ = None  # type: ignore[assignment]

    def read(self, file: str, tree: Mapping[str, Any]) -> None:
        """Everything that a file says."""
        self._files.add(file)
        self._sources |= dict.fromkeys(_leaves(tree), file)

    def put(self, path: Setting, source: str | None) -> None:
        """A setting, over whatever an earlier source said of it. None is the command line."""
        self._forget(path)
        self._sources[path] = source or _COMMAND_LINE

    def put_each(self, path: Setting, sources: Iterable[str]) -> None:
        """A list whose entries come from several sources, in this order."""
        self._forget(path)
        for place, source in enumerate(sources):
            self._sources[*path, str(place)] = source

    def of(self, *paths: Setting) -> str:
        """The sources of these settings, for the end of a sentence: `PORT`, `realtime.toml`."""
        found = dict.fromkeys(source for path in paths for source in self._inside(path))
        return " and ".join(found) or _DEFAULTS

    def called(self, path: Setting) -> str:
        """A setting by the name under which it was set, or could be: `DATABASE_URL`."""
        source = next(iter(self._inside(path)), None)
        name = ".".join(path)
        if source in self._files:
            return f"{name} in {source}"
        if source == _COMMAND_LINE:
            return f"--{name}"
        documented = next((variable for variable, of in DOCUMENTS.items() if of == path), name)
        return source or documented

    def _forget(self, path: Setting) -> None:
        for known in [known for known in self._sources if known[: len(path)] == path]:
            del self._sources[known]

    def _inside(self, path: Setting) -> list[str]:
        """The source of a setting, those of what is in it, or that of the table it stands in."""
        inner = [source for known, source in self._sources.items() if known[: len(path)] == path]
        outer = (path[:size] for size in range(len(path) - 1, 0, -1))
        return inner or [self._sources[known] for known in outer if known in self._sources][:1]


def _leaves(tree: Mapping[str, Any], outer: Setting = ()) -> Iterable[Setting]:
    for name, value in tree.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*outer, name))
        else:
            yield (*outer, name)
