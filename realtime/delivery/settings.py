"""How browsers that are away are woken."""

import base64
import binascii
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Literal

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import Field, field_validator, model_validator

from realtime.domain.settings import Pushing
from realtime.settings import Contradiction, Hidden, Seconds, Secret, Section

NO_CONTACT = "mailto:nobody@localhost"
"""What is signed where nobody is to be reached; some services take it."""

MAX_TTL = 2_419_200
"""Seconds, four weeks: what push services keep at most."""

_CONTACT = re.compile(
    r"mailto:[^@<>\s,]{1,64}@(?P<mail>[\w.-]{1,253})|https://(?P<page>[\w.-]{1,253})(?:[:/]\S*)?",
    re.ASCII,
)
_NOWHERE = frozenset({"localhost", "local", "invalid", "test", "example", "internal", "lan"})

_PAIR = ("vapid_public_key", "vapid_private_key")


def _vapid_public_key(given: str | None) -> str | None:
    """An uncompressed P-256 point, 65 bytes in base64url (RFC 8292, section 3.2)."""
    if given is None:
        return None
    point = _base64url(given)
    if len(point) != 65 or point[0] != 4:
        raise ValueError("is no VAPID public key: it has 87 characters of base64url")
    return given.rstrip("=")


def _vapid_private_key(given: str | None) -> str | None:
    """A P-256 scalar, 32 bytes in base64url."""
    if given is None:
        return None
    if len(_base64url(given)) != 32:
        raise ValueError("is no VAPID private key: it has 43 characters of base64url")
    _public_half(given)
    return given.rstrip("=")


def _public_half(private: str) -> bytes:
    """The point that belongs to a private key, uncompressed."""
    scalar = int.from_bytes(_base64url(private))
    try:
        public = ec.derive_private_key(scalar, ec.SECP256R1()).public_key()
    except ValueError:
        raise ValueError("is no VAPID private key: no key of P-256 is like it") from None
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _base64url(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _vapid_subject(given: str | None) -> str | None:
    """Where push services reach the operator (RFC 8292, section 2.1); mailto: is added.

    Only Apple's refuses one that leads nowhere, so that nobody would notice.
    """
    if given is None:
        return None
    contact = f"mailto:{given}" if "@" in given and ":" not in given else given
    if is_contact(contact):
        return contact
    raise ValueError(
        "must be an address that exists, like mailto:admin@your-shop.com, or an https:// page of"
        " yours: Apple refuses all pushes without one"
    )


def is_contact(contact: str) -> bool:
    """Whether Apple takes it: an address or a page with a name on the public internet."""
    found = _CONTACT.fullmatch(contact)
    host = (found["mail"] or found["page"]).lower() if found else ""
    return "." in host and host.rpartition(".")[2] not in _NOWHERE and not host.endswith(".")


class OutboxSettings(Section):
    """Who works it off. A node that is alone does; of several that share a Redis each does as long
    as no `realtime worker` is there, or `always`, or `never`.
    """

    in_serve: Literal["auto", "always", "never"] = "auto"


class Push(Section):
    """Web push; off without a pair of VAPID keys (base64url, as web-push tools print them).

    `wait` is how long after its cause a push is decided, `again` how long after that it is decided
    once more where she had a socket, which may be a phone's that has lost its network (0: never).
    `away` says whether a connection keeps pushes away, or only a page that is looked at. `ttl` is
    how long a push service keeps one for a browser that is off. `hosts` are the push services that
    may be used (none: every one on the public internet); `*.` stands for all names below.
    """

    messages: bool = True
    wait: Seconds = 5.0
    again: Seconds = 45.0
    away: Literal["disconnected", "hidden"] = "disconnected"
    ttl: Annotated[int, Field(ge=1, le=MAX_TTL)] = 604_800
    hosts: tuple[str, ...] = ()
    vapid_public_key: str | None = None
    vapid_private_key: Annotated[Secret | None, Hidden] = None
    vapid_subject: str | None = None

    _check_public_key = field_validator("vapid_public_key")(_vapid_public_key)
    _check_private_key = field_validator("vapid_private_key")(_vapid_private_key)
    _check_subject = field_validator("vapid_subject")(_vapid_subject)

    @property
    def configured(self) -> bool:
        """Whether notifications can be pushed."""
        return self.vapid_public_key is not None

    def contact(self, origins: Iterable[str]) -> str:
        """Whom push services reach: the one that is set, else the page of the first of these
        origins; Apple's takes nothing where there is neither."""
        pages = (origin for origin in origins if is_contact(origin))
        return self.vapid_subject or next(pages, NO_CONTACT)

    @property
    def rules(self) -> Pushing:
        """What the domain must know of it."""
        return Pushing(
            on=self.configured,
            messages=self.messages,
            wait=timedelta(seconds=self.wait),
            again=timedelta(seconds=self.again),
            visible_only=self.away == "hidden",
            hosts=self.hosts,
        )

    @model_validator(mode="after")
    def _whole_pair(self) -> "Push":
        public, private = self.vapid_public_key, self.vapid_private_key
        if (public is None) != (private is None):
            half = "has one VAPID key only: set vapid_public_key and vapid_private_key, a pair"
            raise Contradiction(half, *_PAIR)
        if public and private and _base64url(public) != _public_half(private):
            raise Contradiction(
                "has VAPID keys of two pairs: set both to what one call of web-push printed", *_PAIR
            )
        return self
