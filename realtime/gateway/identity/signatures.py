"""JSON Web Signatures in the compact form (RFC 7515): taking one apart and checking who signed it.

The shared-secret half is done here and not by PyJWT, which takes several times as long and was half
of a reconnect; the cryptography of public keys is PyJWT's. Which key may check which algorithm is
decided by the algorithm's family alone: a public key never serves as a secret (CVE-2022-29217).
"""

import binascii
import hmac
import json
from base64 import b64decode, urlsafe_b64encode
from functools import lru_cache
from typing import NamedTuple

from jwt import get_algorithm_by_name
from jwt.algorithms import AllowedPublicKeys

from realtime.domain.errors import InvalidToken

DIGESTS = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
"""The algorithms of a shared secret, with their hash."""

PUBLIC_KEY_ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)

MAX_TOKEN = 16_384
"""Characters; a token that no HTTP header would carry is not worth a hash."""


class TokenHeader(NamedTuple):
    """What a token says of its own signature."""

    algorithm: str
    key_id: str | None


class Signed(NamedTuple):
    """A token taken apart; nothing in it is to be believed before its signature was checked."""

    header: TokenHeader
    signing_input: bytes
    payload: str
    signature: str

    @property
    def claims(self) -> dict[str, object]:
        """The payload, a JSON object, else InvalidToken."""
        return _json_object(_decoded(self.payload))


def take_apart(token: str) -> Signed:
    """Raises InvalidToken for what is no compact JWS or asks for extensions that we do not have."""
    if len(token) > MAX_TOKEN or not token.isascii() or token.count(".") != 2:
        raise InvalidToken
    signing_input, _, signature = token.rpartition(".")
    head, _, payload = signing_input.partition(".")
    return Signed(_header(head), signing_input.encode(), payload, signature)


def signed_with_secret(signed: Signed, secret: bytes) -> bool:
    """Whether this shared secret made the signature, by one of DIGESTS (RFC 7518, section 3.2)."""
    digest = hmac.digest(secret, signed.signing_input, DIGESTS[signed.header.algorithm])
    expected = urlsafe_b64encode(digest).rstrip(b"=")
    return hmac.compare_digest(expected, signed.signature.encode())


def signed_with_key(signed: Signed, key: AllowedPublicKeys) -> bool:
    """Whether the private half of this key made the signature."""
    signature = _decoded(signed.signature)
    algorithm = get_algorithm_by_name(signed.header.algorithm)
    return algorithm.verify(signed.signing_input, key, signature)


# An issuer has a handful of headers, the same in all its tokens.
@lru_cache(maxsize=64)
def _header(segment: str) -> TokenHeader:
    header = _json_object(_decoded(segment))
    algorithm, key_id = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or not isinstance(key_id, str | None):
        raise InvalidToken
    # We understand no extension, and a payload that is not base64url (RFC 7797) is one.
    if "crit" in header or header.get("b64", True) is not True:
        raise InvalidToken
    return TokenHeader(algorithm, key_id)


def _decoded(segment: str) -> bytes:
    """Base64url without padding, in its one canonical spelling (RFC 7515, section 2)."""
    try:
        data = b64decode(segment + "=" * (-len(segment) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise InvalidToken from None
    if urlsafe_b64encode(data).rstrip(b"=") != segment.encode():
        raise InvalidToken
    return data


def _json_object(data: bytes) -> dict[str, object]:
    # Not orjson: it makes floats of large integers, which may be user ids, and refuses a whole
    # token for the half of an emoji in a name that was cut.
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise InvalidToken from None
    if not isinstance(value, dict):
        raise InvalidToken
    return value
