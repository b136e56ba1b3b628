"""Keys that verify tokens: given ones, and the one that development makes up."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from realtime.config import Config, ConfigError, load, with_secret
from tests.config.given import from_variables


def pem() -> str:
    key = ed25519.Ed25519PrivateKey.generate().public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, form).decode()


def test_a_public_key_is_read_from_a_file_or_from_the_text_itself(folder: Path) -> None:
    text = pem()
    (folder / "public.pem").write_text(text)
    one_line = text.replace("\n", "\\n")

    for given in ("public.pem", text, one_line):
        config = from_variables(REALTIME_JWT__PUBLIC_KEY=given, REALTIME_JWT__ALGORITHMS="EdDSA")
        assert config.jwt.public_key == text


def test_a_secret_is_made_once_and_for_its_owner_only(folder: Path) -> None:
    first, file = with_secret(Config())
    again, _ = with_secret(Config())

    assert file == Path("data/jwt-secret")
    assert (folder / file).stat().st_mode & 0o777 == 0o600
    assert first.jwt.secret == again.jwt.secret
    assert len(first.jwt.secret or "") >= 32
    assert [found.name for found in (folder / "data").iterdir()] == ["jwt-secret"]


def test_the_demo_is_on_where_the_secret_is_made_up_and_nowhere_else(folder: Path) -> None:
    assert with_secret(Config())[0].demo is True
    assert with_secret(from_variables(REALTIME_DEMO="false"))[0].demo is False
    assert with_secret(from_variables(JWT_SECRET="as the application has it"))[0].demo is None
    asked = from_variables(JWT_SECRET="as the application has it", REALTIME_DEMO="true")
    assert with_secret(asked)[0].demo is True


def test_the_demo_cannot_sign_with_an_issuers_key(folder: Path) -> None:
    issuer = {"REALTIME_JWT__PUBLIC_KEY": pem(), "REALTIME_JWT__ALGORITHMS": "EdDSA"}

    with pytest.raises(ConfigError, match="demo cannot be on: it signs tokens"):
        from_variables(**issuer, REALTIME_DEMO="true")


def test_a_given_secret_is_kept_and_none_is_made(folder: Path) -> None:
    config, file = with_secret(from_variables(JWT_SECRET="given"))

    assert (config.jwt.secret, file) == ("given", None)
    assert not (folder / "data").exists()


def test_public_keys_need_no_secret(folder: Path) -> None:
    config = from_variables(
        REALTIME_JWT__JWKS_URL="https://auth.example/keys", REALTIME_JWT__ALGORITHMS="RS256,ES256"
    )

    assert with_secret(config).file is None
    assert not (folder / "data").exists()


@pytest.mark.parametrize(
    ("environ", "reason"),
    [
        ({"NODE_ENV": "production"}, "in production"),
        ({"DATABASE_URL": "postgres://h/d"}, "with DATABASE_URL"),
        ({"REDIS_URL": "redis://h"}, "with REDIS_URL"),
    ],
)
def test_no_secret_is_made_up_where_others_would_have_to_know_it(
    folder: Path, environ: dict[str, str], reason: str
) -> None:
    with pytest.raises(ConfigError, match=f"JWT_SECRET is missing, and {reason} "):
        with_secret(load(None, environ))
    assert not (folder / "data").exists()


def test_a_data_folder_that_cannot_be_made_is_told(folder: Path) -> None:
    (folder / "data").write_text("a file")

    with pytest.raises(ConfigError, match="data folder data cannot be used"):
        with_secret(Config())
