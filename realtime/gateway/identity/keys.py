"""Keys that verify signatures, made ready from the texts of the configuration.

Which key may check which algorithm is decided here, before the first token comes: a public key is
no shared secret (CVE-2022-29217), and an elliptic curve signs no RS256.
"""

from collections.abc import Iterable

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt import get_algorithm_by_name
from jwt.algorithms import AllowedPublicKeys
from jwt.exceptions import InvalidKeyError

from realtime.gateway.identity.signatures import PUBLIC_KEY_ALGORITHMS


def shared_secret(text: str) -> bytes:
    """The key of HS256 and its kin. Raises ValueError for a public key, which others have too."""
    try:
        key: bytes = get_algorithm_by_name("HS256").prepare_key(text)
    except InvalidKeyError:
        raise ValueError(
            "is a public key, with which anybody could sign: set public_key and algorithms instead"
        ) from None
    return key


def public_keys(pem: str, algorithms: Iterable[str]) -> dict[str, AllowedPublicKeys]:
    """This key for each of these algorithms that takes one; ValueError for one it does not fit."""
    # PyJWT itself would take a private key here, and fail at the first token.
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError('is no public key in PEM ("-----BEGIN PUBLIC KEY-----")') from None
    wanted = [name for name in algorithms if name in PUBLIC_KEY_ALGORITHMS]
    try:
        return {name: get_algorithm_by_name(name).prepare_key(key) for name in wanted}
    except (InvalidKeyError, TypeError):
        raise ValueError(
            f"is of another kind than {' and '.join(wanted)} are signed with:"
            " name the algorithm that your issuer signs with"
        ) from None
