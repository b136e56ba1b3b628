"""`realtime token --explain`: why a token counts or not, one reason for each way to go wrong."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from tests.cli.run import Ended, Shell
from tests.gateway.signing import Issuer, jwk, private_key, signed
from tests.tokens import SECRET, token

NOW = int(time.time())
GOOD = token("ada")
HEAD, PAYLOAD, SIGNATURE = GOOD.split(".")


def explained(shell: Shell, given: str, **variables: str) -> Ended:
    return shell.run("token", "--explain", given, **{"JWT_SECRET": SECRET, **variables})


@pytest.mark.parametrize("given", [GOOD, f"Bearer {GOOD}"])
def test_a_good_token_is_said_to_be_its_users(shell: Shell, given: str) -> None:
    ended = explained(shell, given)

    assert ended.code == 0, ended.text
    assert ended.lines[-1] == "Good: it is the user ada's, unless it has been revoked."
    assert "user id      'ada' (userId)" in ended.lines


@pytest.mark.parametrize(
    ("given", "variables", "verdict", "advice"),
    [
        (token("ada", secret=SECRET * 2), {}, "signature", "the one of JWT_SECRET"),
        (f"{HEAD}.{PAYLOAD}.", {}, "signature", "to the last character"),
        (
            signed({"sub": "ada"}, private_key("RS256"), "RS256"),
            {},
            "algorithm",
            "is signed with RS256, and jwt.algorithms accepts HS256: add RS256",
        ),
        (token("ada", expires=-3600), {}, "expired", "bring a new one with each connection"),
        (token("ada", nbf=NOW + 3600), {}, "not yet valid", "compare the clocks"),
        (token(None, email="a@b.example"), {}, "no user id", "of userId, id, _id, sub must be"),
        (token("x" * 65), {}, "no user id", "text of 1 to 64 characters"),
        (token("ada"), {"REALTIME_USER_IDS": "integer"}, "no user id", "a whole number"),
        ("", {}, "no token", "there is none"),
        (f"{HEAD}.{PAYLOAD}", {}, "malformed", "three parts with dots between them"),
        (f"{HEAD}..{PAYLOAD}.{PAYLOAD}.{SIGNATURE}", {}, "malformed", "it is encrypted (JWE)"),
        (f"{HEAD[:-3]}.{PAYLOAD}.{SIGNATURE}", {}, "malformed", "was it copied whole?"),
        (token("ada", nbf="soon"), {}, "malformed", "one of its times is no number"),
        (
            token("ada", iss="https://other.example"),
            {"REALTIME_JWT__ISSUER": "https://auth.example/"},
            "issuer",
            "asks for https://auth.example/, to the last slash",
        ),
        (token("ada"), {"REALTIME_JWT__AUDIENCE": "chat,web"}, "audience", "one of chat, web"),
    ],
)
def test_a_bad_token_is_refused_with_its_reason_and_the_way_out(
    shell: Shell, given: str, variables: dict[str, str], verdict: str, advice: str
) -> None:
    ended = explained(shell, given, **variables)

    assert ended.code == 1, ended.text
    assert ended.lines[-1].startswith(f"Refused, {verdict}: ")
    assert advice in ended.lines[-1]
    assert SECRET not in ended.text


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        (
            signed({"sub": "ada"}, private_key("RS256"), "RS256", kid="1"),
            "Good: it is the user ada",
        ),
        (signed({"sub": "ada"}, private_key("RS256"), "RS256", kid="2"), "Refused, key unknown: "),
        (signed({"sub": "ada"}, private_key("RS256", 1), "RS256", kid="1"), "Refused, signature: "),
    ],
    ids=["good", "of an unknown key", "forged"],
)
async def test_a_token_of_an_issuer_is_held_against_its_keys(
    shell: Shell, given: str, verdict: str
) -> None:
    async with Issuer(jwk("RS256", kid="1")) as issuer:
        ended = await asyncio.to_thread(explained, shell, given, **_by(issuer.url))

    assert ended.lines[-1].startswith(verdict), ended.text


def _by(url: str) -> dict[str, str]:
    return {"REALTIME_JWT__ALGORITHMS": "RS256", "REALTIME_JWT__JWKS_URL": url}


def test_keys_that_cannot_be_had_leave_it_open(shell: Shell) -> None:
    given = signed({"sub": "ada"}, private_key("RS256"), "RS256")

    ended = explained(shell, given, **_by("http://127.0.0.1:1/keys"))

    assert ended.code == 1
    assert ended.lines[-1].startswith("Not known: the issuer's keys cannot be had")


@pytest.mark.parametrize("value", [10**400, 10**15, "soon", None, {}, True])
def test_nothing_in_a_token_breaks_the_explanation(shell: Shell, value: Any) -> None:
    ended = explained(shell, signed({"sub": "ada", "iat": value, "aud": value}, SECRET))

    assert ended.code == 0, ended.text
    assert "Traceback" not in ended.text


def test_without_a_user_and_without_a_token_it_says_what_to_say(shell: Shell) -> None:
    ended = shell.run("token", JWT_SECRET=SECRET)

    assert ended.code == 2
    assert "say whose token, or --explain one" in ended.text
