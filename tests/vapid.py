"""The VAPID pair of the tests' nodes, and another one; base64url, as web-push tools print them."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def pair(scalar: int) -> tuple[str, str]:
    """The public and the private key."""
    private = ec.derive_private_key(scalar, ec.SECP256R1())
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return _encoded(point), _encoded(scalar.to_bytes(32))


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


PUBLIC, PRIVATE = pair(0x1234_5678_9ABC_DEF0_1234_5678_9ABC_DEF0)
OTHER_PUBLIC, OTHER_PRIVATE = pair(0xFEDC_BA98_7654_3210_FEDC_BA98)
