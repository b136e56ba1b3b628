"""One request to a push service, after the rules that docs/push.md lists by number."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from pywebpush import WebPusher, WebPushException

from realtime.delivery.outgoing import NoAnswer, Outgoing
from realtime.delivery.push.answers import Outcome, Result, meaning
from realtime.delivery.push.hosts import family
from realtime.delivery.push.keys import Signer
from realtime.domain.push import is_public
from realtime.models import PushSubscription

URGENCY = {"low": "low", "normal": "normal", "high": "high", "urgent": "high"}


@dataclass(frozen=True, slots=True)
class Push:
    """What a push service is given: the payload in the clear, and how to treat it.

    ``ttl`` is how many seconds it is kept; ``topic`` replaces what still waits under it.
    """

    payload: bytes
    ttl: int
    urgency: str
    topic: str


def topic(about: str) -> str:
    """What is about the same has the same: 32 characters, which every service takes (rule 4)."""
    digest = hashlib.sha256(about.encode()).digest()[:24]
    return base64.urlsafe_b64encode(digest).decode()


class Post:
    """Sends pushes to browsers, encrypted for each."""

    def __init__(self, outgoing: Outgoing, signer: Signer) -> None:
        self._outgoing = outgoing
        self._signer = signer

    async def close(self) -> None:
        """Nothing is sent any more."""
        await self._outgoing.close()

    async def send(self, subscription: PushSubscription, push: Push) -> Result:
        """Ask the push service of a browser to hand something over; never raises."""
        endpoint = subscription.endpoint
        if not is_public(endpoint):
            return Result(Outcome.REFUSED, reason="its address is not public")
        try:
            body = _encrypted(subscription, push.payload)
        except (ValueError, LookupError, WebPushException):  # stored before keys were checked
            return Result(Outcome.GONE, reason="its keys are none")
        try:
            answer = await self._outgoing.post(endpoint, body, self._headers(endpoint, push))
        except NoAnswer as error:
            return Result(Outcome.TROUBLE, reason=str(error))
        return meaning(answer, datetime.now(UTC))

    def _headers(self, endpoint: str, push: Push) -> dict[str, str]:
        headers = {
            "Authorization": self._signer.authorization(endpoint),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(push.ttl),
            "Urgency": push.urgency,
            "Topic": push.topic,
        }
        if family(urlsplit(endpoint).hostname or "") == "windows":  # rule 3: only there
            headers["X-WNS-Cache-Policy"] = "cache"
        return headers


def _encrypted(subscription: PushSubscription, payload: bytes) -> bytes:
    keys = {"p256dh": subscription.p256dh, "auth": subscription.auth}
    pusher = WebPusher({"endpoint": subscription.endpoint, "keys": keys})
    return bytes(pusher.encode(payload, "aes128gcm")["body"])
