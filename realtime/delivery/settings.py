"""How browsers that are away are woken."""

import base64
import binascii
from datetime import timedelta
from typing import Annotated

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import field_validator, model_validator

from realtime.domain.settings import Pushing
from realtime.settings import Contradiction, Hidden, Seconds, Secret, Section

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
    """Where push services reach the operator (RFC 8292, section 2.1); mailto: is added."""
    if given is None or given.startswith(("mailto:", "https://")):
        return given
    if "@" in given and ":" not in given:
        return f"mailto:{given}"
    raise ValueError("must be an address like mailto:admin@example.com, or an https:// page")


class Push(Section):
    """Web push; off without a pair of VAPID keys (base64url, as web-push tools print them).

    `wait` is how long after its cause a push is decided.
    """

    messages: bool = True
    wait: Seconds = 5.0
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

    @property
    def rules(self) -> Pushing:
        """What the domain must know of it."""
        return Pushing(
            on=self.configured,
            messages=self.messages,
            wait=timedelta(seconds=self.wait),
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
