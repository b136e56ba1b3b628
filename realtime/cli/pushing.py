"""Web push at a terminal: a pair of keys, how it is doing, and one push to try it."""

import base64
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import typer
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from realtime.cli import database
from realtime.cli.errors import CannotStartError
from realtime.config import Config
from realtime.delivery.outgoing import Outgoing
from realtime.delivery.push.answers import Outcome, Result
from realtime.delivery.push.hosts import family
from realtime.delivery.push.keys import Signer, origin_of
from realtime.delivery.push.payload import Content, payload
from realtime.delivery.push.post import Post, Push, topic
from realtime.delivery.settings import NO_CONTACT
from realtime.delivery.settings import Push as PushSettings
from realtime.dialects.pushed import PushWords
from realtime.domain import explaining, standing
from realtime.domain.errors import UnknownMessage, UnknownNotification, UnknownUser
from realtime.domain.happened import Happened
from realtime.domain.ids import new_id
from realtime.domain.push import fingerprint
from realtime.domain.records import Notification
from realtime.domain.standing import Standing
from realtime.models import PushSubscription
from realtime.stores.database import Database

OFF = "off: VAPID keys are not set, `realtime vapid` makes a pair"
NO_KEYS = "Nothing can be pushed without VAPID keys: make a pair with `realtime vapid`, and set it."

SERVICES = {"fcm": "Chrome", "mozilla": "Firefox", "apple": "Safari", "windows": "Edge"}

SAID = {
    Outcome.ACCEPTED: "taken; whether the browser shows it, no push service tells",
    Outcome.GONE: "gone: its page has to subscribe anew",
    Outcome.OTHER_KEY: "it subscribed with another VAPID key: its page has to subscribe anew",
    Outcome.TOO_BIG: "too long",
    Outcome.SLOW_DOWN: "too many at the moment: try again later",
    Outcome.TROUBLE: "the push service has trouble: try again later",
    Outcome.UNAUTHORIZED: "refused: check the VAPID keys and VAPID_SUBJECT",
    Outcome.REFUSED: "refused",
}


def new_pair() -> tuple[str, str]:
    """A public and a private VAPID key, as web-push tools print them."""
    private = ec.generate_private_key(ec.SECP256R1())
    scalar = private.private_numbers().private_value.to_bytes(32)
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return _encoded(point), _encoded(scalar)


def contact_of(given: str) -> str:
    """A contact as it is signed. Raises CannotStartError for one that leads nowhere."""
    try:
        return str(PushSettings(vapid_subject=given.strip()).vapid_subject)
    except ValueError:
        nowhere = f"{given.strip()!r} leads nowhere, and Apple refuses every push with it: give"
        raise CannotStartError(f"{nowhere} an address that exists, or an https:// page.") from None


def asked_for_contact() -> str:
    """Ask until there is a good one; on stderr, so that the keys can be written to a file.

    Raises CannotStartError where nobody answers.
    """
    while True:
        typer.echo("Where do push services reach you (an address)? ", err=True, nl=False)
        line = sys.stdin.readline()
        if not line:
            raise CannotStartError("Nobody answered: name the contact with --contact.")
        try:
            return contact_of(line)
        except CannotStartError as error:
            typer.echo(str(error), err=True)


async def found(config: Config) -> tuple[str, list[str]]:
    """How push is doing, and what is wrong with it."""
    push = config.push
    if push.vapid_public_key is None:
        return OFF, []
    contact = push.contact(config.allowed_origins)
    problems = []
    if contact == NO_CONTACT:
        problems.append(
            "Push has no contact, and Apple's push service takes nothing without one: set"
            " VAPID_SUBJECT to an address of yours, like mailto:admin@your-shop.com."
        )
    try:
        async with opened(config):
            now = datetime.now(UTC)
            stands = await standing.of_push(fingerprint(push.vapid_public_key), now)
    except CannotStartError:  # told of the database already
        return f"on, contact {contact}", problems
    return _told(config, contact, stands), [*problems, *_problems(config, stands)]


def _told(config: Config, contact: str, stands: Standing) -> str:
    who = f"sent by {_who(config)}"
    browsers = f"{stands.browsers} browser" + ("s" if stands.browsers != 1 else "")
    return f"on, {browsers}, contact {contact}, {who}"


def _who(config: Config) -> str:
    if config.alone:
        return "the node itself"
    return "the nodes or `realtime worker`" if config.works_outbox else "`realtime worker`"


def _problems(config: Config, stands: Standing) -> list[str]:
    problems = []
    if stands.others:
        name = config.called("push", "vapid_public_key")
        problems.append(
            f"{stands.others} of {stands.browsers} browsers subscribed with another key than"
            f" {name}: with the next push to each it is forgotten, and hears nothing until its page"
            f" subscribes anew. Was the pair changed? Put the old one back, if you have it."
        )
    for service, reason in stands.refusing.items():
        problems.append(
            f"{service} takes nothing from us ({reason}): check the VAPID keys, VAPID_SUBJECT and"
            f" the clock."
        )
    if stands.overdue is not None:
        who = _who(config)
        problems.append(
            f"Pushes wait since {stands.overdue:%H:%M} UTC, and nobody sends them: is {who}"
            f" running, and does it reach the push services?"
        )
    return problems


async def try_it(config: Config, user_id: str, text: str, say: Callable[[str], object]) -> bool:
    """Push a text to each browser of a user, whether she is away or not; says what each push
    service answered, and gives whether any took it. Raises CannotStartError."""
    push = config.push
    if not (push.vapid_public_key and push.vapid_private_key):
        raise CannotStartError(NO_KEYS)
    async with opened(config):
        browsers = await PushSubscription.filter(user_id=user_id).order_by("id")
        if not browsers:
            say(f"No browser of {user_id} has subscribed.")
            return False
        signer = Signer(push.vapid_private_key, push.contact(config.allowed_origins))
        post = Post(Outgoing(), signer)
        try:
            results = [await post.send(each, _push(each, text)) for each in browsers]
        finally:
            await post.close()
    for browser, result in zip(browsers, results, strict=True):
        say(_line(browser, result))
    return any(result.outcome is Outcome.ACCEPTED for result in results)


def _push(browser: PushSubscription, text: str) -> Push:
    now = datetime.now(UTC)
    shown = Notification(new_id(), browser.user_id, "TEST", "Test", text, now)
    about = topic(str(shown.id))
    content = Content(shown, PushWords("Test", text, "/"), about, 0, browser.origin)
    return Push(payload(content), 60, "high", about)


def _line(browser: PushSubscription, result: Result) -> str:
    origin = origin_of(browser.endpoint)
    name = SERVICES.get(family(origin.removeprefix("https://").partition(":")[0]), origin)
    status = f"{result.status} {result.reason}".strip() if result.status else result.reason
    since = f"{browser.created_at:%Y-%m-%d}"
    said = SAID[result.outcome]
    return f"{name}, subscribed {since} on a {browser.dialect} page: {status or 'ok'}, {said}."


async def explained(
    config: Config, user_id: str, message: str | None, notification: str | None
) -> tuple[str, ...]:
    """Why a user was pushed one of the two or was not. Raises CannotStartError."""
    if (message is None) == (notification is None):
        raise CannotStartError("Say of what: --message ID or --notification ID.")
    try:
        id_ = UUID(message or notification or "")
    except ValueError:
        raise CannotStartError("An id is a UUID, as the API gives it.") from None
    rules, told = config.push.rules, config.webhooks.wanted.get(Happened.MESSAGE_SENT, ())
    async with opened(config):
        try:
            if message is not None:
                return (await explaining.of_message(user_id, id_, rules, told)).sentences
            return (await explaining.of_notification(user_id, id_, rules)).sentences
        except UnknownUser:
            raise CannotStartError(f"No user {user_id} is known.") from None
        except (UnknownMessage, UnknownNotification):
            raise CannotStartError("Nobody knows of it, or not for this user.") from None


@asynccontextmanager
async def opened(config: Config) -> AsyncIterator[None]:
    """With the database open. Raises CannotStartError where it cannot be used as it is."""
    if not database.is_made(config):
        raise CannotStartError("There is no database yet: it is made at the first start.")
    if await database.pending(config):
        raise CannotStartError("The database's schema is older than this version.")
    with database.told(config):
        async with await Database.open(config.database):
            yield


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
