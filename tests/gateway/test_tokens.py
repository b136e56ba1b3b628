"""Which tokens count, and which refusal the others get."""

from __future__ import annotations

import base64
import hmac
import json
import logging

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.gateway.identity.settings import Jwt
from realtime.gateway.identity.tokens import (
    ExpiredToken,
    InvalidToken,
    MissingToken,
    Verifier,
)
from tests.gateway.signing import NOW, SECRET, Clock, private_key, private_pem, public_pem, signed

PUBLIC = ("RS256", "ES256", "EdDSA")


def verifier(clock: Clock | None = None, remembered: int = 100, **settings) -> Verifier:
    if "algorithms" not in settings:
        settings = {"secret": SECRET, **settings}
    integer_ids = settings.pop("integer_ids", False)
    return Verifier(
        Jwt(**settings),
        integer_ids=integer_ids,
        clock=clock or Clock(),
        remembered=remembered,
    )


def by_hand(header: dict, payload: dict, *, secret: str = SECRET, digest: str = "sha256") -> str:
    """A token that no library would make."""
    parts = [_base64url(json.dumps(part).encode()) for part in (header, payload)]
    signature = hmac.digest(secret.encode(), ".".join(parts).encode(), digest)
    return ".".join((*parts, _base64url(signature)))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


async def test_a_good_token_says_who_bears_it_and_until_when():
    token = signed({"userId": "ada", "name": "Ada", "iat": NOW - 5, "exp": NOW + 60})
    claims = await verifier().verify(token)
    assert (claims.user_id, claims.name) == ("ada", "Ada")
    assert (claims.issued_at, claims.expires_at) == (NOW - 5, NOW + 60)


async def test_a_token_without_exp_never_expires():
    clock = Clock()
    tokens = verifier(clock)
    token = signed({"id": "ada"})
    assert (await tokens.verify(token)).expires_at is None
    clock.now += 10**9
    assert (await tokens.verify(token)).user_id == "ada"


@pytest.mark.parametrize("nothing", [None, ""])
async def test_no_token_is_a_missing_one(nothing):
    with pytest.raises(MissingToken):
        await verifier().verify(nothing)


@pytest.mark.parametrize("integer", [False, True])
async def test_the_id_may_be_a_number(integer):
    claims = await verifier(integer_ids=integer).verify(signed({"id": 42}))
    assert claims.user_id == "42"


async def test_an_integer_beyond_a_double_stays_exact():
    assert (await verifier().verify(signed({"id": 10**30 + 1}))).user_id == str(10**30 + 1)


async def test_with_integer_ids_a_name_for_an_id_is_invalid():
    with pytest.raises(InvalidToken):
        await verifier(integer_ids=True).verify(signed({"id": "ada"}))


async def test_a_numeric_sub_and_jti_and_an_iat_ahead_of_us_are_no_reason_to_refuse():
    token = by_hand({"alg": "HS256"}, {"sub": 7, "jti": 8, "iat": NOW + 3600})
    assert (await verifier().verify(token)).user_id == "7"


async def test_aud_and_iss_are_not_checked_unless_configured():
    token = signed({"sub": "ada", "aud": "authenticated", "iss": "https://login.example"})
    assert (await verifier().verify(token)).user_id == "ada"


@pytest.mark.parametrize("aud", ["app", ["other", "app"]])
async def test_a_configured_aud_is_found_alone_or_in_a_list(aud):
    token = signed({"id": "ada", "aud": aud})
    assert (await verifier(audience=("app", "next")).verify(token)).user_id == "ada"


@pytest.mark.parametrize("claims", [{}, {"aud": "other"}, {"aud": ["other"]}, {"aud": {"app": 1}}])
async def test_another_aud_or_none_is_invalid_when_one_is_configured(claims):
    with pytest.raises(InvalidToken):
        await verifier(audience=("app",)).verify(signed({"id": "ada", **claims}))


async def test_iss_is_checked_when_configured():
    tokens = verifier(issuer="https://login.example")
    assert await tokens.verify(signed({"id": "ada", "iss": "https://login.example"}))
    for claims in ({}, {"iss": "https://evil.example"}):
        with pytest.raises(InvalidToken):
            await tokens.verify(signed({"id": "ada", **claims}))


@pytest.mark.parametrize(("ago", "good"), [(29, True), (30, False), (31, False)])
async def test_exp_has_30_seconds_of_leeway(ago, good):
    token = signed({"id": "ada", "exp": NOW - ago})
    if good:
        assert await verifier().verify(token)
    else:
        with pytest.raises(ExpiredToken):
            await verifier().verify(token)


@pytest.mark.parametrize(("ahead", "good"), [(30, True), (31, False)])
async def test_nbf_has_30_seconds_of_leeway(ahead, good):
    token = signed({"id": "ada", "nbf": NOW + ahead})
    if good:
        assert await verifier().verify(token)
    else:
        with pytest.raises(InvalidToken) as refusal:
            await verifier().verify(token)
        assert not isinstance(refusal.value, ExpiredToken)


@pytest.mark.parametrize("claim", ["exp", "nbf"])
@pytest.mark.parametrize("bad", [None, "1795000900", [], True, float("nan"), float("inf"), 10**400])
async def test_a_time_that_is_no_number_makes_a_token_invalid(claim, bad):
    with pytest.raises(InvalidToken):
        await verifier().verify(by_hand({"alg": "HS256"}, {"id": "ada", claim: bad}))


async def test_another_secret_is_refused():
    with pytest.raises(InvalidToken):
        await verifier().verify(signed({"id": "ada"}, "another secret, as long as the right one"))


async def test_an_expired_token_of_another_secret_is_invalid_and_not_expired():
    token = signed({"id": "ada", "exp": 1}, "another secret, as long as the right one")
    with pytest.raises(InvalidToken) as refusal:
        await verifier().verify(token)
    assert not isinstance(refusal.value, ExpiredToken)


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", ""])
async def test_the_algorithm_none_is_refused_with_and_without_a_signature(name):
    head, payload, signature = by_hand({"alg": name, "typ": "JWT"}, {"id": "ada"}).split(".")
    for token in (f"{head}.{payload}.", f"{head}.{payload}.{signature}"):
        with pytest.raises(InvalidToken):
            await verifier().verify(token)


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
async def test_an_algorithm_that_is_not_configured_is_refused_though_the_secret_is_right(algorithm):
    token = signed({"id": "ada"}, SECRET * 2, algorithm)
    with pytest.raises(InvalidToken):
        await verifier(secret=SECRET * 2).verify(token)
    assert await verifier(secret=SECRET * 2, algorithms=(algorithm,)).verify(token)


@pytest.mark.parametrize("algorithm", PUBLIC)
async def test_a_public_key_verifies_what_its_private_half_signed(algorithm):
    tokens = verifier(algorithms=(algorithm,), public_key=public_pem(algorithm))
    assert await tokens.verify(signed({"id": "ada"}, private_key(algorithm), algorithm))
    with pytest.raises(InvalidToken):
        await tokens.verify(signed({"id": "ada"}, private_key(algorithm, 1), algorithm))


@pytest.mark.parametrize("algorithm", PUBLIC)
async def test_a_public_key_never_serves_as_a_shared_secret(algorithm):
    pem = public_pem(algorithm)
    forged = by_hand({"alg": "HS256", "typ": "JWT"}, {"id": "ada"}, secret=pem)
    for algorithms in ((algorithm,), (algorithm, "HS256")):
        tokens = verifier(algorithms=algorithms, public_key=pem, secret=SECRET)
        with pytest.raises(InvalidToken):
            await tokens.verify(forged)


@pytest.mark.parametrize("algorithm", PUBLIC)
async def test_a_signature_of_the_wrong_length_or_of_other_words_is_refused(algorithm):
    tokens = verifier(algorithms=(algorithm,), public_key=public_pem(algorithm))
    good = signed({"id": "ada"}, private_key(algorithm), algorithm)
    other = signed({"id": "bob"}, private_key(algorithm), algorithm)
    body = good.rpartition(".")[0]
    for signature in ("", "AAAA", "A" * 1000, other.rpartition(".")[2]):
        with pytest.raises(InvalidToken):
            await tokens.verify(f"{body}.{signature}")


async def test_one_token_has_one_spelling():
    tokens = verifier(algorithms=("ES256",), public_key=public_pem("ES256"))
    good = signed({"id": "ada"}, private_key("ES256"), "ES256")
    for other in (good + "=", good + "==", good + "\n", " " + good, good + "!"):
        with pytest.raises(InvalidToken):
            await tokens.verify(other)


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"alg": None},
        {"alg": ["HS256"]},
        {"alg": "HS256", "kid": 7},
        {"alg": "HS256", "crit": ["exp"]},
        {"alg": "HS256", "crit": []},
        {"alg": "HS256", "b64": False, "crit": ["b64"]},
        {"alg": "HS256", "b64": False},
    ],
)
async def test_a_header_that_we_do_not_wholly_understand_is_refused(header):
    with pytest.raises(InvalidToken):
        await verifier().verify(by_hand(header, {"id": "ada"}))


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "HS256"},
        {"typ": "JWT", "alg": "HS256"},
        {"alg": "HS256", "kid": "1", "typ": "at+jwt"},
    ],
)
async def test_the_header_of_any_issuers_library_is_understood(header):
    assert await verifier().verify(by_hand(header, {"id": "ada"}))


async def test_a_key_in_the_header_is_not_believed():
    own = {"kty": "oct", "k": _base64url(b"mine")}
    forged = by_hand({"alg": "HS256", "jwk": own}, {"id": "ada"}, secret="mine")
    with pytest.raises(InvalidToken):
        await verifier().verify(forged)


@pytest.mark.parametrize("payload", ["[]", "7", "null", '"ada"', "{", "", "[" * 9000, "\xff"])
async def test_a_signed_payload_that_is_no_json_object_is_refused(payload):
    header = _base64url(b'{"alg":"HS256"}')
    body = f"{header}.{_base64url(payload.encode('latin-1'))}"
    signature = hmac.digest(SECRET.encode(), body.encode(), "sha256")
    with pytest.raises(InvalidToken):
        await verifier().verify(f"{body}.{_base64url(signature)}")


async def test_half_an_emoji_in_a_name_costs_that_half_and_not_the_token():
    token = by_hand({"alg": "HS256"}, {"id": "ada", "name": "Ada \ud83d"})
    claims = await verifier().verify(token)
    assert (claims.user_id, claims.name) == ("ada", "Ada")


@pytest.mark.parametrize(
    "junk",
    ["a", "a.b", "a.b.c", "a.b.c.d", "..", "null", "undefined", "é.é.é", "\ud83d", "x" * 20_000],
)
async def test_junk_is_invalid(junk):
    tokens = verifier()
    assert tokens.verified(junk) is None
    with pytest.raises(InvalidToken):
        await tokens.verify(junk)


@given(st.text(max_size=60) | st.from_regex(r"[\w-]{0,20}\.[\w-]{0,20}\.[\w-]{0,20}"))
async def test_nothing_that_was_not_signed_is_good_and_nothing_raises_anything_else(text):
    with pytest.raises((InvalidToken, MissingToken)):
        await verifier().verify(text)


GOOD = signed({"userId": "ada", "exp": NOW + 60})


@given(st.integers(0, len(GOOD) - 1), st.characters(codec="ascii"))
async def test_a_token_with_one_character_changed_is_invalid(at, character):
    changed = GOOD[:at] + character + GOOD[at + 1 :]
    tokens = verifier()
    await tokens.verify(GOOD)
    if changed != GOOD:
        with pytest.raises(InvalidToken):
            await tokens.verify(changed)


async def test_a_short_secret_works_without_a_warning_at_every_token():
    token = by_hand({"alg": "HS256"}, {"id": "ada"}, secret="short")
    assert await verifier(secret="short").verify(token)


async def test_a_verified_token_is_remembered_until_it_expires():
    clock = Clock()
    tokens = verifier(clock)
    token = signed({"id": "ada", "exp": NOW + 60})
    assert tokens.verified(token) is None
    claims = await tokens.verify(token)
    assert tokens.verified(token) is claims
    clock.now = NOW + 89
    assert tokens.verified(token) is claims
    clock.now = NOW + 90
    assert tokens.verified(token) is None
    with pytest.raises(ExpiredToken):
        await tokens.verify(token)


async def test_a_refused_token_is_not_remembered():
    tokens = verifier()
    token = signed({"id": "ada", "exp": NOW - 60})
    with pytest.raises(ExpiredToken):
        await tokens.verify(token)
    assert tokens.verified(token) is None


async def test_the_memory_is_bounded_and_forgets_who_came_longest_ago():
    tokens = verifier(remembered=2)
    ada, bob, eve = (signed({"id": name}) for name in ("ada", "bob", "eve"))
    await tokens.verify(ada)
    await tokens.verify(bob)
    assert tokens.verified(ada)
    await tokens.verify(eve)
    assert tokens.verified(bob) is None
    assert tokens.verified(ada)
    assert tokens.verified(eve)


async def test_of_several_tokens_the_first_good_one_counts():
    expired, good = signed({"id": "ada", "exp": 1}), signed({"id": "ada"})
    assert (await verifier().verify_any([expired, good])).user_id == "ada"


async def test_of_several_bad_tokens_the_first_ones_refusal_is_told():
    expired = signed({"id": "ada", "exp": 1})
    with pytest.raises(ExpiredToken):
        await verifier().verify_any([expired, "junk"])
    with pytest.raises(MissingToken):
        await verifier().verify_any([])


async def test_neither_logs_nor_refusals_nor_settings_show_a_token_or_the_secret(caplog, capsys):
    caplog.set_level(logging.DEBUG)
    tokens = verifier()
    with pytest.raises(InvalidToken) as refusal:
        await tokens.verify(GOOD + "x")
    shown = caplog.text + "".join(capsys.readouterr()) + repr(refusal.value) + str(refusal.value)
    assert GOOD.split(".")[1] not in shown
    assert SECRET not in repr(Jwt(secret=SECRET))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"secret": ""},
        {"algorithms": (), "secret": SECRET},
        {"algorithms": ("none",), "secret": SECRET},
        {"algorithms": ("HS256", "ES999"), "secret": SECRET},
        {"algorithms": ("RS256",), "secret": SECRET},
        {"algorithms": ("HS256",), "secret": public_pem("ES256")},
        {"algorithms": ("RS256",), "public_key": public_pem("ES256")},
        {"algorithms": ("RS256", "ES256"), "public_key": public_pem("ES256")},
        {"algorithms": ("ES256",), "public_key": "no key"},
        {"algorithms": ("ES256",), "public_key": private_pem("ES256")},
    ],
)
def test_settings_that_could_verify_nothing_or_anything_are_refused_at_the_start(settings):
    with pytest.raises(ValueError, match=r"\w"):
        Verifier(Jwt(**settings))


async def test_what_pyjwt_signs_for_the_documents_is_what_we_verify():
    payload = {"userId": "ada", "name": "Ada", "iat": int(NOW), "exp": int(NOW) + 3600}
    token = signed(payload)
    assert jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_exp": False}) == payload
    assert (await verifier().verify(token)).name == "Ada"
