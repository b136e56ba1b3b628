"""`realtime token`: tokens that the same configuration accepts."""

import time
from typing import Any

import jwt
import pytest

from tests.cli.run import Shell
from tests.tokens import SECRET


def claims(token: str, secret: str = SECRET, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, secret, algorithms=["HS256"], **options)
    return found


def test_a_token_names_the_user_and_her_profile(shell: Shell) -> None:
    profile = ["--name", "Ada", "--email", "ada@a.example", "--avatar", "https://a.example/a.png"]

    found = claims(shell.token("--user", "ada", *profile, JWT_SECRET=SECRET))

    assert found["userId"] == "ada"
    assert found["name"] == "Ada"
    assert found["email"] == "ada@a.example"
    assert found["avatar"] == "https://a.example/a.png"


def test_a_claim_that_was_not_given_is_absent(shell: Shell) -> None:
    found = claims(shell.token("--user", "ada", JWT_SECRET=SECRET))

    assert found.keys() == {"userId", "iat", "exp"}


@pytest.mark.parametrize(
    ("duration", "seconds"), [("90", 90), ("30m", 1800), ("12h", 43_200), ("7d", 604_800)]
)
def test_a_token_ends_when_it_was_told_to(shell: Shell, duration: str, seconds: int) -> None:
    found = claims(shell.token("--user", "ada", "--expires", duration, JWT_SECRET=SECRET))

    assert found["exp"] - found["iat"] == seconds
    assert abs(found["iat"] - time.time()) < 60


def test_an_issuer_and_an_audience_that_are_asked_for_are_in_it(shell: Shell) -> None:
    token = shell.token(
        *("--user", "ada"),
        JWT_SECRET=SECRET,
        REALTIME_JWT__ISSUER="https://auth.example",
        REALTIME_JWT__AUDIENCE="chat,web",
    )

    assert claims(token, issuer="https://auth.example", audience="chat")["userId"] == "ada"


def test_integer_ids_are_integers_in_the_token(shell: Shell) -> None:
    token = shell.token("--user", "7", JWT_SECRET=SECRET, REALTIME_USER_IDS="integer")

    assert claims(token)["userId"] == 7


def test_an_id_that_does_not_fit_is_refused_in_one_sentence(shell: Shell) -> None:
    ended = shell.run("token", "--user", "ada", JWT_SECRET=SECRET, REALTIME_USER_IDS="integer")

    assert ended.code == 1
    assert ended.lines == ['User ids are whole numbers up to 2^53 - 1 here, and "ada" is none.']


def test_a_duration_that_is_none_is_refused_with_examples(shell: Shell) -> None:
    ended = shell.run("token", "--user", "ada", "--expires", "soon", JWT_SECRET=SECRET)

    assert ended.code != 0
    assert '"soon" is no duration: write 30m, 12h or 7d' in ended.text


def test_the_development_secret_signs_where_there_is_no_other(shell: Shell) -> None:
    token = shell.token("--user", "ada")

    secret = (shell.folder / "data" / "jwt-secret").read_text().strip()
    assert claims(token, secret)["userId"] == "ada"


def test_a_token_that_only_the_issuer_can_sign_is_refused(shell: Shell) -> None:
    ended = shell.run(
        *("token", "--user", "ada"),
        REALTIME_JWT__ALGORITHMS="RS256",
        REALTIME_JWT__JWKS_URL="https://auth.example/keys",
    )

    assert ended.code == 1
    assert "only your issuer has that key: take a token from it." in ended.text
