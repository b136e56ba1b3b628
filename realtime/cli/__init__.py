"""The command `realtime`; a user's mistake is told in one sentence, with exit code 1."""

import asyncio
import gc
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from realtime.cli import data, trying, webhooks
from realtime.cli.errors import CannotStartError
from realtime.cli.options import ConfigFile
from realtime.config import Config, ConfigError, load, with_secret
from realtime.lines import keep_standard_streams

if TYPE_CHECKING:
    from realtime.cli.handover import Predecessor

app = typer.Typer(
    name="realtime",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=(
        "A Socket.IO-compatible realtime server: chat, notifications, presence, activity, web push."
        "\n\nFirst try: `realtime serve`, and follow what it prints. Nothing has to be configured;"
        " config.example.toml explains each setting, and each can be an environment variable"
        " (PORT, JWT_SECRET, DATABASE_URL, REDIS_URL, CLIENT_URL, REALTIME_…)."
    ),
)

dialect = typer.Typer(no_args_is_help=True, help="Dialects of your own.")
app.add_typer(dialect, name="dialect")
data.attach(app)
trying.attach(app)
webhooks.attach(app)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 -- only ever needed here

        typer.echo(f"realtime {version('realtime')}")
        raise typer.Exit


@app.callback()
def _every_command(
    _: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Say which one this is."),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; what the user can mend is told in sentences, never as a stack trace."""
    keep_standard_streams()
    try:
        app()
    except ConfigError as error:
        _end(*error.problems)
    except CannotStartError as error:
        _end(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


@app.command()
def serve(
    *,
    config: ConfigFile = None,
    host: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Address to listen on; else HOST, else every one."),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            metavar="PORT", help="Port to listen on, 0 for a free one; else PORT, else 3000."
        ),
    ] = None,
    production: Annotated[
        bool,
        typer.Option("--production", help="Make up no secret, allow no origin unasked, log JSON."),
    ] = False,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace", help="Take the port over from the process that serves it, if one does."
        ),
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Serve with so many processes, as with one node for each; SIGHUP renews them.",
        ),
    ] = None,
    worker: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Start the server and say where it is.

    Without JWT_SECRET, on this machine alone, it makes a development secret and prints two tokens
    and a line to try. SQLite is migrated first; for PostgreSQL run `realtime migrate` before.
    SIGTERM or Ctrl-C sends the clients away, finishes what is under way and ends with exit code 0
    within 8 seconds; a second Ctrl-C ends at once.
    """
    chosen = load(config, os.environ, host=host, port=port, production=production or None)
    ready, secret_file = with_secret(chosen)
    if worker is not None:
        _be_a_worker(worker, ready)
        return
    if workers is not None:
        if replace:
            raise typer.BadParameter("it is SIGHUP that renews workers", param_hint="--replace")
        given = {"--config": config, "--host": host, "--port": port}
        options = [f"{name}={value}" for name, value in given.items() if value is not None]
        options += ["--production"] if production else []
        sys.exit(_keep_workers(workers, ready, secret_file, options))
    from realtime.cli import ports  # noqa: PLC0415 -- no other command listens

    before = _predecessor(ready) if replace else None
    listening = before.listening if before is not None else ports.opened(ready)
    gc.disable()  # what is imported stays: looking for garbage takes a fifth of a start
    from realtime.cli import serving  # noqa: PLC0415 -- all the rest, for which clients may wait

    serving.serve(ready, secret_file, listening, before)


def _keep_workers(count: int, config: Config, secret_file: Path | None, options: list[str]) -> int:
    from realtime.cli import ports, workers  # noqa: PLC0415 -- only a parent needs all of them

    workers.check(config)
    return workers.run(config, secret_file, ports.opened(config), count, options)


def _be_a_worker(worker: str, config: Config) -> None:
    gc.disable()  # as in `serve`
    from realtime.cli import serving  # noqa: PLC0415 -- slow to import
    from realtime.cli.parent import Parent  # noqa: PLC0415 -- slow to import

    parent = Parent.of(worker)
    serving.serve(parent.named(config), None, parent.listening, parent=parent)


def _predecessor(config: Config) -> "Predecessor | None":
    from realtime.cli import handover  # noqa: PLC0415 -- the port is to open before it has logs

    return handover.predecessor(config.data_dir, config.port)


@app.command()
def worker(
    metrics: Annotated[
        int | None, typer.Option(metavar="PORT", help="A port for its own /metrics.", min=1)
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Send what leaves this house: web pushes to people who are away, and webhooks.

    Run one or several beside nodes that share a Redis, with the same settings; each is sent by one
    of them. A node without a Redis sends by itself, and this then only waits. SIGTERM or Ctrl-C
    ends it with exit code 0.
    """
    from realtime.cli import working  # noqa: PLC0415 -- all that a node has

    working.work(load(config, os.environ), metrics)


@app.command()
def vapid(
    contact: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Where push services reach you: an address or https:// page."
        ),
    ] = None,
) -> None:
    """Make a pair of keys for web push, and print it as lines for the environment.

    Make it once: browsers that subscribed with one pair hear nothing from another. The contact must
    exist, or Apple refuses every push; without --contact you are asked for it.
    """
    from realtime.cli import pushing  # noqa: PLC0415 -- cryptography is slow to import

    subject = pushing.contact_of(contact) if contact is not None else pushing.asked_for_contact()
    public, private = pushing.new_pair()
    typer.echo(f"VAPID_PUBLIC_KEY={public}\nVAPID_PRIVATE_KEY={private}")
    typer.echo(f"VAPID_SUBJECT={subject}")


@app.command()
def push(
    user: Annotated[str | None, typer.Argument(metavar="USER", help="Whose browsers.")] = None,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What they show.")] = "It works.",
    config: ConfigFile = None,
) -> None:
    """Push a text to each browser of a user, and say what each push service answered.

    It goes out whether she is away or not, and whatever she wishes. Without a user: how push is
    doing, and what is wrong with it. Exit code 0 if a service took it, or nothing is wrong.
    """
    from realtime.cli import pushing  # noqa: PLC0415 -- encryption is slow to import

    chosen = load(config, os.environ)
    if user is None:
        held, problems = asyncio.run(pushing.found(chosen))
        typer.echo(f"Push is {held}.")
        if problems:
            _end(*problems)
        return
    if not asyncio.run(pushing.try_it(chosen, user, text, typer.echo)):
        sys.exit(1)


@app.command()
def explain(
    user: Annotated[str, typer.Argument(metavar="USER", help="Who was pushed it, or was not.")],
    message: Annotated[str | None, typer.Option(metavar="ID", help="A message.")] = None,
    notification: Annotated[str | None, typer.Option(metavar="ID", help="A notification.")] = None,
    config: ConfigFile = None,
) -> None:
    """Say why a user was pushed a message or a notification, or why not.

    Decisions are kept for a day. Exit code 1 if nobody knows of it.
    """
    from realtime.cli import pushing  # noqa: PLC0415 -- the models come with it

    chosen = load(config, os.environ)
    for sentence in asyncio.run(pushing.explained(chosen, user, message, notification)):
        typer.echo(sentence)


@app.command()
def migrate(config: ConfigFile = None) -> None:
    """Bring the database's schema up to date.

    Running it again changes nothing. On PostgreSQL only one node at a time migrates.
    """
    from realtime.cli import database  # noqa: PLC0415 -- drivers are slow to import

    applied = asyncio.run(database.migrate(load(config, os.environ)))
    for name in applied:
        typer.echo(f"applied {name}")
    if not applied:
        typer.echo("The schema is up to date.")


@app.command()
def token(
    *,
    user: Annotated[
        str | None, typer.Option(metavar="ID", help="Whose token to print: the user's id.")
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option(metavar="TOKEN", help="Say why this token counts or not; - reads it."),
    ] = None,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Her name.")] = None,
    email: Annotated[str | None, typer.Option(metavar="EMAIL", help="Her address.")] = None,
    avatar: Annotated[str | None, typer.Option(metavar="URL", help="Her picture.")] = None,
    expires: Annotated[
        str, typer.Option(metavar="DURATION", help="How long it counts: 30m, 12h, 7d.")
    ] = "1d",
    config: ConfigFile = None,
) -> None:
    """Print a token to connect with, or say what is wrong with one.

    It is signed with the configured secret, in development with that of `realtime serve`. Your
    application signs its own; --explain verifies one as the server does, and ends with exit code 0
    if it counts, else 1.
    """
    from realtime.cli import tokens  # noqa: PLC0415 -- cryptography is slow to import

    if explain is not None:
        _explain(explain, load(config, os.environ))
        return
    if user is None:
        raise typer.BadParameter("say whose token, or --explain one", param_hint="--user")
    try:
        lifetime = tokens.seconds(expires)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--expires") from None
    ready, secret_file = with_secret(load(config, os.environ))
    if secret_file is not None:
        typer.echo(f"Signed with the development secret in {secret_file}:", err=True)
    whose = tokens.user_id(ready, user)
    profile = {"name": name, "email": email, "avatar": avatar}
    typer.echo(tokens.signed(ready, whose, lifetime=lifetime, **profile))


def _explain(given: str, config: Config) -> None:
    from realtime.cli import explaining  # noqa: PLC0415 -- the issuer's keys come over HTTP

    ready, _ = with_secret(config)
    text = sys.stdin.readline() if given == "-" else given
    explained = asyncio.run(explaining.explain(ready, text))
    for line in explained.lines:
        typer.echo(line)
    if not explained.good:
        sys.exit(1)


@dialect.command(name="check")
def check_dialect(
    module: Annotated[
        str, typer.Argument(metavar="MODULE", help="As Python imports it: shop.dialect")
    ],
) -> None:
    """Say what a dialect of your own has forgotten.

    Looks at its tables as the server's own dialects are tested: each refusal, each type, and every
    event in its words, with ids of both kinds. Exit code 0 if it keeps every promise, else 1.
    """
    from realtime.dialects import contract, loading  # noqa: PLC0415 -- the models come with them

    sys.path.insert(0, "")
    try:
        found = loading.from_module(module)
    except loading.NoDialect as error:
        _end(f"{error}.")
    mistakes = list(contract.broken_promises(found.name, found))
    if mistakes:
        _end(*(f"{found.name}: {mistake}" for mistake in mistakes))
    typer.echo(f"{found.name} keeps every promise.")


@app.command()
def check(
    config: ConfigFile = None,
    production: Annotated[
        bool, typer.Option("--production", help="Check as if for production.")
    ] = False,
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Also try the frontends' way: polling, WebSocket, half a minute of silence.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: a list.")] = False,
) -> None:
    """Say what is wrong with the configuration, and how to mend it.

    Reads it, tries the database and Redis, and prints what this node would do: which origin speaks
    which dialect, who may call with credentials, what is off. With --url it also comes as a
    frontend does, through every proxy, and says what is wrong with the way: certificate, cache,
    origins, addresses, sessions, upgrades, silence. Exit code 0 if all is well, else 1.
    """
    chosen: Config = load(config, os.environ, production=production or None)
    found = asyncio.run(_findings(chosen, url, as_json=as_json))
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
    warnings = [str(each["problem"]) for each in found if each["severity"] == "warning"]
    problems = [str(each["problem"]) for each in found if each["severity"] == "error"]
    if as_json:
        sys.exit(1 if problems else 0)
    for warning in warnings:
        typer.echo(f"Warning: {warning}", err=True)
    if problems:
        _end(*problems)
    typer.echo("\nAll is well.")


async def _findings(
    config: Config, url: str | None, *, as_json: bool
) -> list[dict[str, str | None]]:
    """Every finding; people see each as soon as it is there."""
    from realtime.cli import checking  # noqa: PLC0415 -- drivers are slow to import

    found = []
    async for finding in checking.check(config, url):
        found.append(checking.told(finding))
        if not as_json:
            typer.echo(f"{finding[0]:<11} {finding[1]}")
    return found


@app.command()
def nginx(
    *,
    nodes: Annotated[
        list[str], typer.Argument(metavar="[NAME=]HOST:PORT...", help="The nodes, for --nodes.")
    ],
    _nodes: Annotated[
        bool, typer.Option("--nodes", help="The nodes follow; unnamed ones are n1, n2, ….")
    ] = False,
    listen: Annotated[
        str, typer.Option(metavar="PORT", help="Port of nginx, or an address with one.")
    ] = "80",
    trust: Annotated[
        list[str] | None,
        typer.Option(metavar="NETWORK", help="Proxies before nginx, to be believed; repeat it."),
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Print a configuration of nginx for several nodes: all of nginx.conf.

    Each request of a session goes to its node, by the node's name in the session's id; without its
    node, to another one, from which the client learns at once that it has to come anew. Bounds and
    times are those of the nodes' configuration. `realtime nginx --nodes a:3000 b:3000`
    """
    from realtime.cli import proxying  # noqa: PLC0415 -- only ever needed here

    chosen, found = load(config, os.environ), proxying.upstreams(nodes)
    where, proxies = proxying.listening(listen), proxying.trusted(trust or ())
    typer.echo(proxying.configuration(chosen, found, listen=where, proxies=proxies), nl=False)


def _end(*sentences: str) -> NoReturn:
    for sentence in sentences:
        typer.echo(sentence, err=True)
    sys.exit(1)
