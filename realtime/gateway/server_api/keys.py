"""The keys of the application's backends, by name."""

import hmac
from collections.abc import Mapping
from hashlib import sha256

SCHEME = "bearer"


class Keys:
    """Finds whose key a call brings, in a time that tells nothing of any key.

    Each is compared by its digest, so that not even its length shows, and all of them every time.
    """

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._digests = {name: _digest(key) for name, key in keys.items()}

    def name_of(self, authorization: str | None) -> str | None:
        """The name of the key in an ``Authorization`` header, None if it is not one of ours."""
        scheme, _, given = (authorization or "").partition(" ")
        digest, found = _digest(given.strip()), None
        for name, known in self._digests.items():
            if hmac.compare_digest(digest, known):
                found = name
        return found if scheme.lower() == SCHEME and given else None


def _digest(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogateescape")).digest()
