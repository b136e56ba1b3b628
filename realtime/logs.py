"""Structured logs, one line each on standard error, without tokens, keys or what people wrote.

Log with `structlog.get_logger(__name__)` and name what happened, then its facts:
`log.info("connected", user="ada", sid="x1", dialect="jobs")`.
"""

import logging
import re
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TextIO, cast

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from realtime.lines import written_aside
from realtime.troubles import TROUBLES

_HIDDEN = "[hidden]"
_UNSPOKEN = re.compile(
    r".*(?:token|secret|password|authorization|cookie).*|auth|.*key|p256dh|endpoint|headers|environ"
    r"|content|text|message|last_?message|body|title|payload|data|attachments|args|params",
    re.IGNORECASE,
)
"""Names whose values are never logged: what opens doors, and what people wrote to each other."""

_TOKEN_LIKE = re.compile(
    r"(?P<jwt>\beyJ[\w-]{5,}(?:\.[\w-]*){0,2})"
    r"|(?P<bearer>(?i:bearer)\s{1,8})[^\s\"']+"
    r"|(?P<parameter>\b(?i:token|secret|password|apikey|api_key)=)[^\s&\"']+"
    r"|(?P<url>\b[a-z][a-z0-9+]{0,15}://[^\s/:@]{0,128}:)[^\s/@]{1,512}(?=@)"
)
_MOST = 1_000
"""Characters of one value in a line; patterns see twice as many, so that no secret is halved."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_FRAMES = 6
_ERROR_CHARACTERS = 300

# Third parties whose lines say nothing that ours do not, below this level.
_QUIETER = {"tortoise": logging.WARNING, "asyncio": logging.WARNING, "aiosqlite": logging.WARNING}


class Sparing:
    """Lets lines about strangers through, so many a second, and counts those that it leaves out.

    Who has no token can cause them as fast as requests come, and each costs more than its request.
    """

    def __init__(
        self, per_second: float = 10, burst: float = 100, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second, self._burst, self._now = per_second, burst, now
        self._tokens, self._at = burst, now()
        self._left_out = 0

    def facts(self) -> dict[str, int] | None:
        """What to add to the line: `left_out`, if any were before it; None: leave it out, too."""
        now = self._now()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        if self._tokens < 1:
            self._left_out += 1
            return None
        left_out, self._left_out = self._left_out, 0
        self._tokens -= 1
        return {"left_out": left_out} if left_out else {}


def configure(format: Literal["console", "json"], level: str) -> None:  # noqa: A002 -- its setting
    """Send structlog's lines and those of the standard library's logging to standard error.

    `level` is the least that is shown: debug, info, warning or error.
    """
    least = logging.getLevelNamesMapping()[level.upper()]
    stream = cast("TextIO", written_aside(sys.stderr))
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper("iso", utc=True),
        one_line_errors,
        hide,
        TROUBLES,
    ]
    structlog.configure(
        processors=[*shared, _renderer(format)],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    _configure_standard_library(shared, format, least, stream)


def _configure_standard_library(
    shared: list[Processor], form: str, least: int, stream: TextIO
) -> None:
    logging.raiseExceptions = False  # it would write of a line that was lost, where lines are lost
    handler = logging.StreamHandler(stream)
    render = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(form)]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=render)
    )
    logging.basicConfig(handlers=[handler], level=least, force=True)
    for name, quieter in _QUIETER.items():
        logging.getLogger(name).setLevel(max(least, quieter))


def _renderer(form: str) -> Processor:
    if form == "json":
        return structlog.processors.JSONRenderer(serializer=_json)
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr is not None and sys.stderr.isatty(), pad_event_to=0
    )


def _json(line: EventDict, **_: object) -> str:
    return orjson.dumps(line).decode()


def one_line_errors(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """An exception becomes `error` and `where`, its innermost frame first: still one line."""
    given = line.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else _exception(given)
    if error is not None:
        line["error"] = f"{type(error).__name__}: {error}".partition("\n")[0][:_ERROR_CHARACTERS]
        line["where"] = where(error.__traceback__)
    return line


def _exception(given: object) -> BaseException | None:
    found = given[1] if isinstance(given, tuple) else given
    return found if isinstance(found, BaseException) else None


def where(trace: TracebackType | None) -> str:
    """The innermost frames of a trace, `file:line function`; no source and no values."""
    frames = traceback.extract_tb(trace)[-_FRAMES:]
    return " < ".join(
        f"{'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno} {frame.name}"
        for frame in reversed(frames)
    )


def hide(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Hide what its name gives away as secret or private, and whatever looks like a token."""
    return cast("EventDict", {key: _safe(key, value) for key, value in line.items()})


def _safe(key: str, value: Any) -> Any:
    if _UNSPOKEN.fullmatch(key[:100]):
        return _HIDDEN
    if isinstance(value, Mapping):
        return {str(inner): _safe(str(inner), found) for inner, found in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_safe("", found) for found in value]
    return _plain(value)


def _plain(value: Any) -> Any:
    """One value as a log line may hold it: orjson writes integers of 64 bits at most."""
    if value is None or isinstance(value, float):
        return value
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return value
    if isinstance(value, bytes | bytearray):
        return f"[{len(value)} bytes]"
    text = str(value)
    shown = _CONTROL.sub(" ", _TOKEN_LIKE.sub(_masked, text[: 2 * _MOST]))
    return shown if len(text) <= _MOST else f"{shown[:_MOST]}… [{len(text)} characters]"


def _masked(found: re.Match[str]) -> str:
    kept = found["bearer"] or found["parameter"] or found["url"] or ""
    return kept + _HIDDEN
