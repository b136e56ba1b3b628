"""Signs what is sent to other backends, as standardwebhooks.com says: HMAC-SHA256 over the id, the
time and the body, by each secret of an endpoint."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from uuid import UUID

from realtime.delivery.webhooks.settings import PREFIX

AGENT = "realtime-webhooks"


class Signer:
    """Signs for one endpoint, with each of its secrets (``whsec_…``), the newest first."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._keys = [base64.b64decode(each.removeprefix(PREFIX)) for each in secrets]

    def headers(self, id_: UUID, at: float, body: bytes) -> dict[str, str]:
        """The headers of a request: ``id_`` stays the same when it is sent again, ``at`` is now."""
        name, seconds = f"msg_{id_.hex}", str(int(at))
        signed = b".".join((name.encode(), seconds.encode(), body))
        return {
            "Content-Type": "application/json",
            "User-Agent": AGENT,
            "webhook-id": name,
            "webhook-timestamp": seconds,
            "webhook-signature": " ".join(f"v1,{_mac(key, signed)}" for key in self._keys),
        }


def _mac(key: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
