"""Tokens as the existing application would sign them."""

from __future__ import annotations

import time
from typing import Any

import jwt

SECRET = "the secret that the tests' nodes and tokens share"


def token(user: str | int, *, expires: float = 3600, secret: str = SECRET, **claims: Any) -> str:
    """A HS256 token of `user` (claim `userId`) that ends in `expires` seconds, with more claims.

    A claim given as None is left out, `userId` too.
    """
    now = time.time()
    found = {"userId": user, "iat": int(now), "exp": int(now + expires), **claims}
    kept = {name: value for name, value in found.items() if value is not None}
    return jwt.encode(kept, secret, algorithm="HS256")
