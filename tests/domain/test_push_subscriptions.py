"""Browsers that asked to be woken: whose they are, and how many."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from realtime.domain import push, users
from realtime.domain.errors import InvalidToken, Malformed
from realtime.domain.push import MOST_BROWSERS, Page, Subscription, fingerprint
from realtime.models import PushSubscription
from tests.domain.world import World
from tests.vapid import OTHER_PUBLIC, PUBLIC

PAGE = Page("jobs", "https://jobs.dev", PUBLIC)


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def subscription(endpoint: str = "https://push.example/a") -> Subscription:
    public = generate_private_key(SECP256R1()).public_key()
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return Subscription(endpoint, encoded(point), encoded(b"x" * 16))


async def test_the_page_its_key_and_its_sign_of_life_are_kept(world: World) -> None:
    given = subscription()

    await push.subscribe(world.actor("bob"), given, PAGE)
    (first,) = await PushSubscription.all()
    await PushSubscription.all().update(failing_since=world.now)
    world.later(days=3)
    await push.subscribe(world.actor("bob"), given, replace(PAGE, vapid_key=OTHER_PUBLIC))
    (again,) = await PushSubscription.all()

    assert (first.dialect, first.origin) == ("jobs", "https://jobs.dev")
    assert first.vapid_key == fingerprint(PUBLIC) != fingerprint(OTHER_PUBLIC) == again.vapid_key
    assert (again.last_seen_at - first.last_seen_at).days == 3
    assert again.failing_since is None
    assert again.id == first.id


async def test_who_signs_in_on_the_same_browser_has_it_from_then_on(world: World) -> None:
    given = subscription()

    await push.subscribe(world.actor("bob"), given, PAGE)
    await push.subscribe(world.actor("eve"), given, PAGE)

    assert [row.user_id for row in await PushSubscription.all()] == ["eve"]


async def test_a_token_that_was_revoked_since_it_was_let_in_subscribes_nothing(
    world: World,
) -> None:
    issued = world.now.timestamp() - 60
    old, new = (replace(world.actor("bob"), issued_at=at) for at in (issued, issued + 120))
    await push.subscribe(old, subscription(), PAGE)
    await users.disconnect(world.node, "bob", revoke=True)

    for revoked in (old, replace(old, issued_at=None)):
        with pytest.raises(InvalidToken):
            await push.subscribe(revoked, subscription(), PAGE)
    assert await PushSubscription.all().count() == 0
    await push.subscribe(new, subscription(), PAGE)
    assert await PushSubscription.all().count() == 1


async def test_beyond_the_most_the_one_not_seen_for_longest_goes(world: World) -> None:
    for n in range(MOST_BROWSERS + 3):
        world.later(minutes=1)
        await push.subscribe(world.actor("bob"), subscription(f"https://push.example/{n}"), PAGE)
    await push.subscribe(world.actor("eve"), subscription("https://push.example/eve"), PAGE)

    left = {row.endpoint for row in await PushSubscription.filter(user_id="bob")}
    assert left == {f"https://push.example/{n}" for n in range(3, MOST_BROWSERS + 3)}


async def test_browsers_of_others_that_she_signs_in_on_count_too(world: World) -> None:
    for n in range(MOST_BROWSERS + 3):
        world.later(minutes=1)
        given = subscription(f"https://push.example/{n}")
        await push.subscribe(world.actor(f"user-{n}"), given, PAGE)
        await push.subscribe(world.actor("bob"), given, PAGE)

    left = {row.endpoint for row in await PushSubscription.all()}
    assert left == {f"https://push.example/{n}" for n in range(3, MOST_BROWSERS + 3)}


@pytest.mark.parametrize(
    ("endpoint", "allowed"),
    [
        ("https://fcm.googleapis.com/x", True),
        ("https://updates.push.services.mozilla.com/x", True),
        ("https://push.services.mozilla.com/x", False),
        ("https://evilfcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com.evil.example/x", False),
    ],
)
async def test_only_named_push_services_are_used_where_some_are_named(
    world: World, endpoint: str, allowed: bool
) -> None:
    rules = world.node.rules
    pushing = replace(rules.pushing, hosts=("fcm.googleapis.com", "*.push.services.mozilla.com"))
    object.__setattr__(world.node, "rules", replace(rules, pushing=pushing))

    if allowed:
        await push.subscribe(world.actor("bob"), subscription(endpoint), PAGE)
    else:
        with pytest.raises(Malformed):
            await push.subscribe(world.actor("bob"), subscription(endpoint), PAGE)
    assert await PushSubscription.exists() == allowed
