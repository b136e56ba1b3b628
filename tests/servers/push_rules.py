"""What each push service demands of a request, as far as `docs/push.md` lists it by number."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

URGENCIES = {"very-low", "low", "normal", "high"}
DAY = 86_400
NO_DOMAINS = ("localhost", ".local", ".invalid", ".test", ".example")


@dataclass(frozen=True)
class RefusalError(Exception):
    """An answer that is no 201, in the service's own words."""

    status: int
    body: str = ""
    headers: Mapping[str, str] | None = None


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def check_headers(kind: str, headers: Mapping[str, str]) -> None:
    """TTL, Topic, Urgency, encoding; Windows' own header there and nowhere else."""
    ttl = headers.get("TTL", "")
    if not ttl.isdigit():
        raise _bad(kind, "missing TTL", errno=111)
    if int(ttl) > 28 * DAY:
        raise _bad(kind, "TTL too long", errno=112)
    if kind == "windows" and (int(ttl) == 0 or headers.get("X-WNS-Cache-Policy") != "cache"):
        raise _bad(kind, "Ttl value conflicts with X-WNS-Cache-Policy")
    if kind != "windows" and "X-WNS-Cache-Policy" in headers:
        raise _bad(kind, "a header that is not ours")
    _check_topic(kind, headers.get("Topic", ""))
    if headers.get("Urgency", "normal") not in URGENCIES:
        raise _bad(kind, "bad urgency")
    if headers.get("Content-Encoding") != "aes128gcm" or "Crypto-Key" in headers:
        raise _bad(kind, "bad encoding", errno=110)


def _check_topic(kind: str, topic: str) -> None:
    """Apple decodes it; the others count its characters."""
    if len(topic) > 32 or not re.fullmatch(r"[A-Za-z0-9_-]*", topic):
        raise _bad(kind, "bad topic", errno=113)
    if kind == "apple" and len(topic) % 4 == 1:
        raise _bad(kind, "BadWebPushTopic")


def check_vapid(kind: str, authorization: str, origin: str, key: str) -> dict[str, Any]:
    """The token's signature, `aud`, `exp`, `sub`, and the key it is for; gives the claims."""
    found = re.fullmatch(r"vapid t=([\w.-]+),\s*k=([\w-]+)", authorization)
    if found is None:
        raise _denied(kind, "no VAPID token")
    token, used = found.groups()
    claims = _verified(kind, token, used)
    if claims.get("aud") != origin:
        raise _denied(kind, "BadJwtToken")
    exp, now = claims.get("exp"), time.time()
    if not isinstance(exp, int) or not now < exp <= now + DAY:
        raise _denied(kind, "ExpiredJwtToken")
    if kind == "apple" and not _is_contact(claims.get("sub")):
        raise _denied(kind, "BadJwtToken")
    if used != key:
        raise _other_key(kind)
    return claims


def _verified(kind: str, token: str, key: str) -> dict[str, Any]:
    signed, _, signature = token.rpartition(".")
    raw = decoded(signature)
    numbers = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(key))
    try:
        der = encode_dss_signature(*numbers)
        public.verify(der, signed.encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise _denied(kind, "BadJwtToken") from None
    header, claims = (json.loads(decoded(part)) for part in signed.split("."))
    if header["alg"] != "ES256":
        raise _denied(kind, "BadJwtToken")
    return dict(claims)


def _is_contact(sub: Any) -> bool:
    if not isinstance(sub, str):
        return False
    if sub.startswith("https://"):
        host = urlsplit(sub).hostname or ""
    else:
        found = re.fullmatch(r"mailto:[^@<>\s]+@([^@<>\s]+)", sub)
        host = found[1] if found else ""
    return "." in host and not host.endswith(NO_DOMAINS)


def _bad(kind: str, why: str, errno: int = 110) -> RefusalError:
    """400: the sender's mistake."""
    return {
        "fcm": RefusalError(400, f"<H1>{why}</H1>"),
        "mozilla": RefusalError(400, json.dumps({"code": 400, "errno": errno, "message": why})),
        "apple": RefusalError(400, json.dumps({"reason": why})),
        "windows": RefusalError(400, "", {"x-wns-error-description": why}),
    }[kind]


def _denied(kind: str, why: str) -> RefusalError:
    return {
        "fcm": RefusalError(403, "permission denied: " + why),
        "mozilla": RefusalError(401, json.dumps({"code": 401, "errno": 109, "message": why})),
        "apple": RefusalError(403, json.dumps({"reason": why})),
        "windows": RefusalError(401, "", {"x-wns-error-description": why}),
    }[kind]


def _other_key(kind: str) -> RefusalError:
    """Rule 16."""
    mozilla = {"code": 401, "errno": 109, "message": "VAPID public key mismatch"}
    return {
        "fcm": RefusalError(
            403,
            "the VAPID credentials in the authorization header do not correspond to the"
            " credentials used to create the subscriptions.",
        ),
        "mozilla": RefusalError(401, json.dumps(mozilla)),
        "apple": RefusalError(400, json.dumps({"reason": "VapidPkHashMismatch"})),
        "windows": RefusalError(403, "", {"x-wns-error-description": "the key does not match"}),
    }[kind]
