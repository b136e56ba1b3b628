"""How a browser asks to be woken, as the frontend's service worker does it."""

from typing import Annotated, TypedDict

from pydantic import Field

from realtime.dialects.base import Reply, Request
from realtime.dialects.fields import Label, Payload
from realtime.dialects.skilllink.rest import Done
from realtime.dialects.skilllink.shapes import push_words
from realtime.dialects.skilllink.tables import dialect, route
from realtime.domain import errors, push
from realtime.domain.push import MAX_ENDPOINT, Page, Subscription

MAX_KEY = 255

Key = Annotated[Label, Field(max_length=MAX_KEY)]
Endpoint = Annotated[Label, Field(max_length=MAX_ENDPOINT)]


class PublicKey(TypedDict):
    publicKey: str


class VapidKey(Done):
    data: PublicKey


class Keys(Payload):
    p256dh: Key
    auth: Key


class Subscribing(Payload):
    """What ``JSON.stringify(subscription)`` gives; when it expires the push service will say."""

    endpoint: Endpoint
    keys: Keys


class Unsubscribing(Payload):
    endpoint: Endpoint


# The frontend's fetch sends no Authorization header, and may hold only a refresh token
@route(
    "POST",
    "/notifications/subscribe",
    Subscribing,
    statuses=(201,),
    further_cookies=("refreshToken",),
)
async def subscribe(request: Request, body: Subscribing) -> Reply[Done]:
    subscription = Subscription(body.endpoint, body.keys.p256dh, body.keys.auth)
    page = Page(request.dialect, request.origin, request.words.vapid_public_key)
    await push.subscribe(request.actor, subscription, page)
    return Reply({"success": True}, 201)


@route("DELETE", "/notifications/subscribe", Unsubscribing)
async def unsubscribe(request: Request, body: Unsubscribing) -> Reply[Done]:
    await push.unsubscribe(request.actor, body.endpoint)
    return Reply({"success": True})


dialect.pushes = push_words


@route("GET", "/notifications/vapid-public-key", token=False)
async def vapid_public_key(request: Request) -> Reply[VapidKey]:
    key = request.words.vapid_public_key
    if key is None:
        raise errors.PushNotConfigured
    return Reply({"success": True, "data": {"publicKey": key}})
