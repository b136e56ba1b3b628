"""Keys by URL, from a real server that rotates, fails, dawdles and lies."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from realtime.gateway.identity.jwks import PublishedKeys, read_keys
from realtime.gateway.identity.settings import Jwt
from realtime.gateway.identity.tokens import InvalidToken, KeysUnavailable, Verifier
from tests.gateway.signing import (
    SECRET,
    Clock,
    Issuer,
    jwk,
    private_jwk,
    private_key,
    signed,
)
from tests.patience import PATIENCE

ALGORITHMS = ("RS256", "ES256", "EdDSA")


def verifier(
    url: str, clock: Clock | None = None, *, algorithms=ALGORITHMS, secret=None, **bounds
) -> Verifier:
    clock = clock or Clock()
    settings = Jwt(algorithms=algorithms, jwks_url=url, secret=secret)
    published = PublishedKeys(url, algorithms, clock=clock, **bounds)
    return Verifier(settings, published=published, clock=clock)


def token(algorithm: str = "ES256", number: int = 0, user: str = "ada", **header) -> str:
    return signed({"id": user}, private_key(algorithm, number), algorithm, **header)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_a_token_is_verified_with_the_key_that_it_names(algorithm):
    async with Issuer(jwk(algorithm, 1, kid="old"), jwk(algorithm, 0, kid="new")) as issuer:
        tokens = verifier(issuer.url)
        assert (await tokens.verify(token(algorithm, kid="new"))).user_id == "ada"
        with pytest.raises(InvalidToken):
            await tokens.verify(token(algorithm, kid="old"))


async def test_a_token_that_names_no_key_is_tried_with_those_of_its_algorithm():
    async with Issuer(jwk("RS256"), jwk("ES256", 1), jwk("ES256", 0)) as issuer:
        assert await verifier(issuer.url).verify(token("ES256"))


async def test_the_settings_alone_are_enough_to_verify_by_url():
    async with Issuer(jwk("ES256", kid="a")) as issuer:
        tokens = Verifier(Jwt(algorithms=("ES256",), jwks_url=issuer.url))
        await tokens.start()
        assert await tokens.verify(token(kid="a"))
        assert issuer.asked == 1


async def test_keys_are_fetched_once_for_many_tokens():
    async with Issuer(jwk("ES256", kid="a")) as issuer:
        tokens = verifier(issuer.url)
        for user in ("ada", "bob", "eve"):
            await tokens.verify(token(user=user, kid="a"))
        assert issuer.asked == 1


async def test_all_who_come_during_a_fetch_share_it():
    async with Issuer(jwk("ES256", kid="a")) as issuer:
        issuer.open.clear()
        tokens = verifier(issuer.url)
        async with asyncio.TaskGroup() as group:
            waiting = [
                group.create_task(tokens.verify(token(user=f"u{number}", kid="a")))
                for number in range(20)
            ]
            await issuer.came.wait()
            issuer.open.set()
        assert {task.result().user_id for task in waiting} == {f"u{n}" for n in range(20)}
        assert issuer.asked == 1


async def test_who_gives_up_waiting_takes_the_fetch_from_nobody():
    async with Issuer(jwk("ES256", kid="a")) as issuer:
        issuer.open.clear()
        tokens = verifier(issuer.url)
        impatient = asyncio.create_task(tokens.verify(token(kid="a")))
        patient = asyncio.create_task(tokens.verify(token(user="bob", kid="a")))
        await issuer.came.wait()
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient
        issuer.open.set()
        assert (await patient).user_id == "bob"


async def test_a_key_that_was_rotated_in_is_fetched_when_a_token_names_it():
    clock = Clock()
    async with Issuer(jwk("ES256", kid="old")) as issuer:
        tokens = verifier(issuer.url, clock, refresh_interval=5)
        await tokens.verify(token(kid="old"))
        issuer.keys = [jwk("ES256", 1, kid="new")]
        clock.now += 5
        assert await tokens.verify(token(number=1, kid="new"))
        assert issuer.asked == 2


async def test_made_up_key_ids_cannot_make_us_ask_more_often_than_the_interval():
    clock = Clock()
    async with Issuer(jwk("ES256", kid="a")) as issuer:
        tokens = verifier(issuer.url, clock, refresh_interval=5)
        for number in range(50):
            with pytest.raises(InvalidToken):
                await tokens.verify(token(number=1, kid=f"made up {number}"))
        assert issuer.asked == 1
        clock.now += 5
        with pytest.raises(InvalidToken):
            await tokens.verify(token(number=1, kid="made up again"))
        assert issuer.asked == 2


async def test_an_issuer_that_is_away_is_our_fault_and_no_refusal_of_the_token():
    async with Issuer(jwk("ES256", kid="a")) as issuer:
        issuer.status = 503
        tokens = verifier(issuer.url)
        await tokens.start()
        with pytest.raises(KeysUnavailable):
            await tokens.verify(token(kid="a"))


async def test_an_issuer_that_nobody_answers_for_is_our_fault():
    async with Issuer() as issuer:
        url = issuer.url
    with pytest.raises(KeysUnavailable):
        await verifier(url).verify(token(kid="a"))


async def test_an_issuer_that_comes_back_is_asked_again_after_the_interval():
    clock = Clock()
    async with Issuer(jwk("ES256", kid="a")) as issuer:
        issuer.status = 500
        tokens = verifier(issuer.url, clock, refresh_interval=5)
        for _ in range(3):
            with pytest.raises(KeysUnavailable):
                await tokens.verify(token(kid="a"))
        assert issuer.asked == 1
        issuer.status = 200
        clock.now += 5
        assert await tokens.verify(token(kid="a"))


async def test_a_failed_refresh_keeps_the_keys_and_refuses_no_new_one():
    clock = Clock()
    async with Issuer(jwk("ES256", kid="old")) as issuer:
        tokens = verifier(issuer.url, clock, refresh_interval=5)
        await tokens.start()
        issuer.body = b"<html>not now</html>"
        clock.now += 5
        with pytest.raises(KeysUnavailable):
            await tokens.verify(token(number=1, kid="perhaps new"))
        assert await tokens.verify(token(kid="old"))


async def test_old_keys_are_fetched_anew_while_the_token_is_verified_with_them():
    clock = Clock()
    async with Issuer(jwk("ES256", kid="a")) as issuer:
        tokens = verifier(issuer.url, clock, max_age=600)
        await tokens.start()
        issuer.came.clear()
        issuer.open.clear()
        clock.now += 600
        assert await tokens.verify(token(kid="a"))
        await asyncio.wait_for(issuer.came.wait(), PATIENCE)
        assert issuer.asked == 2


async def test_a_withdrawn_key_loses_its_tokens_the_remembered_ones_too():
    clock = Clock()
    async with Issuer(jwk("ES256", kid="stolen")) as issuer:
        tokens = verifier(issuer.url, clock, max_age=600)
        stolen = token(kid="stolen")
        await tokens.verify(stolen)
        issuer.keys = [jwk("ES256", 1, kid="new")]
        clock.now += 599
        assert tokens.verified(stolen)
        clock.now += 1
        assert tokens.verified(stolen) is None
        await tokens.start()
        with pytest.raises(InvalidToken):
            await tokens.verify(stolen)


async def test_an_answer_that_never_ends_is_given_up():
    async with Issuer(jwk("ES256", kid="a")) as issuer:
        issuer.open.clear()
        with pytest.raises(KeysUnavailable):
            await verifier(issuer.url, timeout=0.05).verify(token(kid="a"))


async def test_an_answer_over_the_size_bound_is_given_up():
    async with Issuer(jwk("ES256", kid="a")) as issuer:
        assert await verifier(issuer.url, max_bytes=1000).verify(token(kid="a"))
        issuer.keys.append({"kty": "padding", "x": "x" * 1000})
        with pytest.raises(KeysUnavailable):
            await verifier(issuer.url, max_bytes=1000).verify(token(kid="a"))


async def test_a_redirect_is_not_followed():
    async with Issuer(jwk("ES256", kid="a")) as issuer:
        with pytest.raises(KeysUnavailable):
            await verifier(issuer.moved_url).verify(token(kid="a"))
        assert issuer.asked == 0


async def test_closing_ends_a_fetch_and_who_waits_hears_that_it_is_our_fault():
    async with Issuer(jwk("ES256", kid="a")) as issuer:
        issuer.open.clear()
        tokens = verifier(issuer.url)
        waiting = asyncio.create_task(tokens.verify(token(kid="a")))
        await issuer.came.wait()
        await tokens.close()
        with pytest.raises(KeysUnavailable):
            await waiting


async def test_a_published_key_never_serves_as_a_shared_secret():
    secret_member = {"kty": "oct", "k": "bWluZQ", "kid": "mine", "alg": "HS256"}
    async with Issuer(jwk("ES256", kid="a"), secret_member) as issuer:
        tokens = verifier(issuer.url, algorithms=("ES256", "HS256"), secret=SECRET)
        with pytest.raises(InvalidToken):
            await tokens.verify(signed({"id": "ada"}, b"mine" * 8, kid="mine"))
        assert await tokens.verify(signed({"id": "ada"}, kid="a"))


async def test_a_key_is_used_for_its_own_algorithm_only():
    async with Issuer(jwk("RS256", kid="a", alg="RS512")) as issuer:
        issuer.keys.append(jwk("ES256", kid="b"))
        with pytest.raises(InvalidToken):
            await verifier(issuer.url).verify(token("RS256", kid="a"))


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"null",
        b'{"keys":{}}',
        b'{"keys":[]}',
        b'{"keys":[7,null,{}]}',
        b'{"keys":[{"kty":"RSA"}]}',
        b'{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}',
        b'{"keys":[{"kty":"OKP","crv":"Ed25519"}]}',
        b'{"keys":[{"kty":"oct","k":"AAAA"}]}',
        b"\xff",
    ],
)
def test_a_document_without_a_usable_key_is_none(document):
    with pytest.raises(ValueError, match=r"\w"):
        read_keys(document, ALGORITHMS)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_keys_for_encryption_and_private_keys_are_passed_over(algorithm):
    good = jwk(algorithm, kid="good", use="sig")
    members = [jwk(algorithm, kid="enc", use="enc"), private_jwk(algorithm), good]
    found = read_keys(orjson.dumps({"keys": members}), ALGORITHMS)
    assert [(key.algorithm, key.key_id) for key in found] == [(algorithm, "good")]
