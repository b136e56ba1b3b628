"""The recipes of docs/tokens.md, each with a token as that issuer makes it.

Claims and headers are those that the issuers document; the keys are made here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from realtime.config import Config, load
from realtime.domain.errors import InvalidToken
from realtime.gateway.identity.tokens import Verifier
from tests.gateway.signing import NOW, SECRET, Clock, Issuer, jwk, private_key, signed

PAGE = (Path(__file__).parents[2] / "docs" / "tokens.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"^## (\w+).*?\n```toml\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE))
TIMES = {"iat": int(NOW) - 10, "exp": int(NOW) + 60}


@dataclass(frozen=True)
class Shape:
    """A token of one issuer: whose it is, what it says, how it is signed."""

    user_id: str
    claims: dict[str, Any]
    algorithm: str = "RS256"
    header: dict[str, Any] = field(default_factory=dict)
    name: str | None = None
    avatar: str | None = None


SHAPES = {
    "Auth0": Shape(
        "1042",
        {
            "iss": "https://shop.eu.auth0.com/",
            "sub": "google-oauth2|103547991597142817347",
            "aud": ["https://api.shop.example", "https://shop.eu.auth0.com/userinfo"],
            "azp": "my_client_id",
            "scope": "openid profile email",
            "https://shop.example/user_id": 1042,
            "https://shop.example/name": "Ada Lovelace",
            **TIMES,
        },
        name="Ada Lovelace",
    ),
    "Clerk": Shape(
        "user_2bDCkXrUc2P9qVe3ZkQhJ0pLm1n",
        {
            "azp": "https://app.shop.example",
            "fva": [3, -1],
            "iss": "https://shop.clerk.accounts.dev",
            "jti": "4b3a7e0d1c9f8a2e6d5c",
            "nbf": int(NOW) - 20,
            "sid": "sess_2bDCkY4mZ7Q1xT8hWv0sRkLpN3f",
            "sts": "active",
            "sub": "user_2bDCkXrUc2P9qVe3ZkQhJ0pLm1n",
            "v": 2,
            **TIMES,
        },
        header={"cat": "cl_B7d4PD111AAA"},
    ),
    "Firebase": Shape(
        "Xk9mQ2vT7dNf1LwR5sYp3aZbC8h1",
        {
            "name": "Ada Lovelace",
            "picture": "https://lh3.googleusercontent.com/a/ada=s96-c",
            "iss": "https://securetoken.google.com/shop-7f3a1",
            "aud": "shop-7f3a1",
            "auth_time": int(NOW) - 3600,
            "user_id": "Xk9mQ2vT7dNf1LwR5sYp3aZbC8h1",
            "sub": "Xk9mQ2vT7dNf1LwR5sYp3aZbC8h1",
            "email": "ada@shop.example",
            "email_verified": True,
            "firebase": {
                "identities": {"google.com": ["1035479915"], "email": ["ada@shop.example"]},
                "sign_in_provider": "google.com",
            },
            **TIMES,
        },
        name="Ada Lovelace",
        avatar="https://lh3.googleusercontent.com/a/ada=s96-c",
    ),
    "Supabase": Shape(
        "5f0a2d6c-8b1e-4a57-9c3d-0e7b1f2a4c68",
        {
            "aal": "aal1",
            "amr": [{"method": "oauth", "timestamp": int(NOW) - 3600}],
            "app_metadata": {"provider": "github", "providers": ["github"]},
            "aud": "authenticated",
            "email": "ada@shop.example",
            "is_anonymous": False,
            "iss": "https://abcdefghijklmnopqrst.supabase.co/auth/v1",
            "phone": "",
            "role": "authenticated",
            "session_id": "b5a7c9e1-3d2f-4f68-8a0b-6c4d2e1f3a57",
            "sub": "5f0a2d6c-8b1e-4a57-9c3d-0e7b1f2a4c68",
            "user_metadata": {
                "avatar_url": "https://avatars.githubusercontent.com/u/1",
                "full_name": "Ada Lovelace",
                "sub": "1",
            },
            **TIMES,
        },
        algorithm="ES256",
        name="Ada Lovelace",
        avatar="https://avatars.githubusercontent.com/u/1",
    ),
    "NextAuth": Shape(
        "clq2v0w3k0000",
        {
            "name": "Ada Lovelace",
            "email": "ada@shop.example",
            "picture": "https://shop.example/ada.png",
            "sub": "clq2v0w3k0000",
            "jti": "0b7f2a60-6a0e-4b0d-9d43-2f9f6f9d7f10",
            **TIMES,
        },
        algorithm="HS256",
        name="Ada Lovelace",
        avatar="https://shop.example/ada.png",
    ),
    "Keycloak": Shape(
        "e0a1b2c3-d4e5-46f7-8a9b-0c1d2e3f4a5b",
        {
            "auth_time": int(NOW) - 3600,
            "jti": "onrtac:3c1f7a9e-0d52-4b6f-8b47-91a6d2c3e4f5",
            "iss": "https://sso.shop.example/realms/shop",
            "aud": "account",
            "sub": "e0a1b2c3-d4e5-46f7-8a9b-0c1d2e3f4a5b",
            "typ": "Bearer",
            "azp": "frontend",
            "sid": "7d9f3b1a-5c2e-4f80-a6d4-b8c0e2f4a6d8",
            "acr": "1",
            "allowed-origins": ["https://app.shop.example"],
            "realm_access": {"roles": ["offline_access", "uma_authorization"]},
            "resource_access": {"account": {"roles": ["manage-account", "view-profile"]}},
            "scope": "openid profile email",
            "email_verified": True,
            "preferred_username": "ada",
            "given_name": "Ada",
            "family_name": "",
            "email": "ada@shop.example",
            **TIMES,
        },
        name="ada",
    ),
}


def published(algorithm: str) -> Iterator[dict[str, Any]]:
    """What the issuer's key set has: its key, and one for encryption, as Keycloak publishes it."""
    yield jwk("RS256", 1, kid="enc", use="enc", alg="RSA-OAEP")
    if algorithm != "HS256":
        yield jwk(algorithm, kid="sig", use="sig", alg=algorithm)


def configured(recipe: str, folder: Path, keys_at: str) -> Config:
    """The recipe as it stands, but with the keys of this test's issuer."""
    file = folder / "realtime.toml"
    file.write_text(recipe)
    config = load(file, {"JWT_SECRET": SECRET} if "HS256" in recipe else {})
    own = {"jwks_url": keys_at} if config.jwt.jwks_url else {}
    return config.model_copy(update={"jwt": config.jwt.model_copy(update=own)})


def token_of(shape: Shape, **changed: Any) -> str:
    claims = {**shape.claims, **changed}
    if shape.algorithm == "HS256":
        return signed(claims)
    key = private_key(shape.algorithm)
    return signed(claims, key, shape.algorithm, kid="sig", **shape.header)


def test_every_issuer_of_the_page_is_tried_here() -> None:
    assert RECIPES.keys() == SHAPES.keys()
    assert all(name in PAGE for name in ("Auth0", "Clerk", "Firebase", "Supabase", "Keycloak"))


@pytest.mark.parametrize("issuer", SHAPES)
async def test_a_token_as_this_issuer_makes_it_says_who_its_bearer_is(
    issuer: str, tmp_path: Path
) -> None:
    shape = SHAPES[issuer]
    async with Issuer(*published(shape.algorithm)) as keys:
        verifier = Verifier(configured(RECIPES[issuer], tmp_path, keys.url).jwt, clock=Clock())

        claims = await verifier.verify(token_of(shape))

    assert claims.user_id == shape.user_id
    assert (claims.name, claims.avatar) == (shape.name, shape.avatar)
    assert claims.email == shape.claims.get("email")


@pytest.mark.parametrize(
    ("issuer", "claim"),
    [(name, claim) for name, shape in SHAPES.items() for claim in ("iss", "aud")
     if claim in shape.claims],
)  # fmt: skip
async def test_a_token_of_another_customer_of_this_issuer_is_refused(
    issuer: str, claim: str, tmp_path: Path
) -> None:
    shape = SHAPES[issuer]
    async with Issuer(*published(shape.algorithm)) as keys:
        verifier = Verifier(configured(RECIPES[issuer], tmp_path, keys.url).jwt, clock=Clock())

        with pytest.raises(InvalidToken):
            await verifier.verify(token_of(shape, **{claim: "another"}))


async def test_a_key_of_supabase_that_stands_for_nobody_is_refused(tmp_path: Path) -> None:
    shape = SHAPES["Supabase"]
    async with Issuer(*published("ES256")) as keys:
        verifier = Verifier(configured(RECIPES["Supabase"], tmp_path, keys.url).jwt, clock=Clock())
        claims = {name: value for name, value in shape.claims.items() if name != "sub"}

        with pytest.raises(InvalidToken):
            await verifier.verify(
                signed({**claims, "role": "anon"}, private_key("ES256"), "ES256", kid="sig")
            )
