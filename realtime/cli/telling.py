"""How other backends are told, at a terminal and for `realtime check`."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

from realtime.cli.errors import CannotStartError
from realtime.cli.pushing import opened
from realtime.config import Config
from realtime.domain import backlog, turns
from realtime.domain.backlog import DAY_TIME, Backlog
from realtime.models import Outbox

MOST_LISTED = 200
OFF = "off: no endpoint is set"


async def listed(config: Config, endpoint: str | None) -> tuple[list[str], bool]:
    """A line for each endpoint and for each dead webhook; and whether all is well.

    Raises CannotStartError.
    """
    async with opened(config):
        stands, dead = await backlog.by_endpoint(), await backlog.dead(MOST_LISTED, endpoint)
    names = _names(config, stands)
    if not names:
        return ["No endpoint is set: see docs/webhooks.md."], True
    if endpoint is not None:
        if endpoint not in names:
            raise CannotStartError(f"No endpoint is called {endpoint}: choose {', '.join(names)}.")
        names = [endpoint]
    lines = [_line(config, name, stands.get(name, Backlog())) for name in names]
    now = datetime.now(UTC)
    late = any(name in stands and stands[name].late(now) for name in names)
    return [*lines, *(_dead(row) for row in dead)], not (late or dead)


async def resend(config: Config, ids: list[str], endpoint: str | None) -> int:
    """Try dead ones again; gives how many. Raises CannotStartError."""
    try:
        chosen = [UUID(each) for each in ids]
    except ValueError:
        raise CannotStartError("An id is a UUID, as `realtime webhooks` lists it.") from None
    async with opened(config):
        return await turns.resend(datetime.now(UTC), chosen or None, endpoint)


async def found(config: Config) -> tuple[str, str | None]:
    """How webhooks are doing, and what is wrong with it."""
    endpoints = config.webhooks.endpoints
    before = "; one is asked before each message" if config.webhooks.before_message.url else ""
    if not endpoints:
        return OFF + before, None
    told = f"{len(endpoints)} endpoint{'s' if len(endpoints) > 1 else ''}{before}"
    try:
        async with opened(config):
            stands = await backlog.by_endpoint()
    except CannotStartError:  # told of the database already
        return told, None
    problems = list(_problems(config, stands, datetime.now(UTC)))
    return told, " ".join(problems) or None


def _problems(config: Config, stands: dict[str, Backlog], now: datetime) -> Iterator[str]:
    for name, stand in stands.items():
        if name not in config.webhooks.endpoints:
            if stand.waiting:
                yield f"{stand.waiting} webhooks wait for {name}, which is set no more."
        elif stand.late(now):
            since = f"{stand.since:%Y-%m-%d %H:%M} UTC"
            why = f"it {stand.said}" if stand.said else "it was not asked: does a worker run?"
            yield f"{name} has taken nothing since {since} ({why}), {stand.waiting} webhooks wait."
        if stand.dead:
            yield f"{stand.dead} webhooks for {name} are dead: see `realtime webhooks`."


def _names(config: Config, stands: dict[str, Backlog]) -> list[str]:
    return list(dict.fromkeys([*config.webhooks.endpoints, *stands]))


def _line(config: Config, name: str, stand: Backlog) -> str:
    endpoint = config.webhooks.endpoints.get(name)
    where = "set no more" if endpoint is None else endpoint.url
    waits = "nothing waits"
    if stand.since is not None:
        said = f", it {stand.said}" if stand.said else ""
        waits = f"{stand.waiting} wait since {stand.since:{DAY_TIME}}{said}"
    return f"{name} ({where}): {waits}, {stand.dead} dead."


def _dead(row: Outbox) -> str:
    said = backlog.answer_of(row.answer) or "was not asked"
    about = f"{row.body['type']} of {row.created_at:{DAY_TIME}}"
    return f"dead {row.id} {row.target} {about}, tried {row.attempts} times: it {said}"
