"""What a mistake in the configuration is told: one sentence each, with the way out."""

from pathlib import Path

import pytest

from realtime.config import ConfigError, load
from tests.config.given import VAPID_PUBLIC, from_toml, from_variables


def problems(text: str = "", **environ: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        from_toml(text, environ)
    return caught.value.problems


def told(text: str = "", **environ: str) -> str:
    """The one sentence about the one mistake."""
    (sentence,) = problems(text, **environ)
    return sentence


def test_an_unknown_key_names_the_nearest_right_one() -> None:
    assert told("prot = 1") == 'Unknown setting "prot" in chosen.toml: did you mean "port"?'


def test_a_key_in_the_wrong_section_names_its_place() -> None:
    assert told("grace = 1").endswith('did you mean "presence.grace"?')


def test_an_unknown_section_names_the_nearest_right_one() -> None:
    assert told("[presense]\ngrace = 1").endswith('did you mean "presence"?')


def test_a_key_like_no_other_is_sent_to_the_example_file() -> None:
    assert told("zzz = 1").endswith("config.example.toml lists them all.")


def test_an_unknown_variable_names_the_nearest_right_one() -> None:
    expected = "Unknown variable REALTIME_PRESENCE_GRACE: did you mean REALTIME_PRESENCE__GRACE?"

    assert told(REALTIME_PRESENCE_GRACE="1") == expected


def test_a_wrong_value_names_its_setting_what_it_must_be_and_where_it_stands() -> None:
    assert told(PORT="abc") == 'port must be a whole number, not "abc" (PORT).'
    assert told("port = 70000") == "port must be at most 65535, not 70000 (chosen.toml)."
    assert told('user_ids = "int"') == (
        'user_ids must be "string" or "integer", not "int" (chosen.toml).'
    )


def test_all_mistakes_are_told_at_once() -> None:
    found = problems('prot = 1\nuser_ids = "int"', PORT="abc", REALTIME_HSOT="x")

    assert len(found) == 4


@pytest.mark.parametrize(
    ("text", "environ", "expected"),
    [
        ('dialect = "job"', {}, 'dialect names "job", which is no dialect: choose one of '),
        ("", {"REALTIME_DIALECT": "job"}, 'dialect names "job", which is no dialect'),
        ('[dialects.origins]\n"https://a.example" = "x"', {}, 'dialects names "x"'),
        ('[dialects.origins]\n"*" = "conversations"', {}, 'cannot map "*"'),
        (
            "",
            {"CLIENT_URL": "localhost"},
            'which is no origin: write it like "https://app.example"',
        ),
        ("presence = 3", {}, "presence must be a table"),
        ("production = 3", {}, "production must be true or false"),
        ("[presence]\ngrace = -1", {}, "presence.grace must be at least 0, not -1"),
        ("[limits]\nevents = {rate = 0}", {}, "limits.events.rate must be more than 0, not 0"),
        ("[limits]\nevents = {brust = 1}", {}, 'did you mean "limits.events.burst"?'),
        ("[jwt]\nalgorithms = []", {}, "jwt.algorithms must not be empty"),
        ('[jwt]\nalgorithms = ["none"]', {}, "jwt.algorithms must be "),
        ('[jwt]\nalgorithms = ["RS256"]', {}, "which needs public_key or jwks_url: set one"),
        ('[jwt]\njwks_url = "https://a/k"', {}, "accepts shared secrets only"),
        ('[jwt]\npublic_key = "no.pem"', {}, "neither a PEM text nor a file that can be read"),
        ('[jwt]\npublic_key = "chosen.toml"', {}, "is no public key in PEM"),
        ('[jwt]\njwks_url = "auth.example"', {}, "must be a URL that begins with https://"),
        ("", {"DATABASE_URL": "mysql://u:p@h/d"}, "begins with postgres:// or sqlite://"),
        ("", {"REDIS_URL": "localhost:6379"}, "must begin with redis://"),
        ("", {"VAPID_PUBLIC_KEY": VAPID_PUBLIC}, "has one VAPID key only"),
        ("", {"VAPID_PUBLIC_KEY": "x"}, "is no VAPID public key"),
        ("", {"VAPID_PRIVATE_KEY": "x"}, "is no VAPID private key"),
        ("", {"VAPID_SUBJECT": "x"}, "must be an address like mailto:admin@example.com"),
        ("", {"REALTIME_SERVER__API_KEYS": "x"}, "must be a map, as JSON or as TOML"),
        ("", {"REALTIME_TRANSPORT__TRUSTED_PROXIES": "x"}, 'has "x", which is no network'),
        ("", {"REALTIME_TRANSPORT__CLIENT_FILES": "no"}, "which is no folder: check its path"),
        ("port =", {}, "chosen.toml is no valid TOML: "),
    ],
)
def test_each_mistake_is_one_sentence_with_the_way_out(
    text: str, environ: dict[str, str], expected: str
) -> None:
    sentence = told(text, **environ)

    assert expected in sentence
    assert "\n" not in sentence
    assert sentence[-1] in ".?"


def test_a_file_that_is_not_there_is_told_by_its_path() -> None:
    with pytest.raises(ConfigError, match=r"^missing\.toml cannot be read"):
        load(Path("missing.toml"), {})
    with pytest.raises(ConfigError, match=r"^gone\.toml cannot be read"):
        from_variables(REALTIME_CONFIG="gone.toml")


def test_a_wrong_secret_is_never_repeated() -> None:
    found = problems(
        "[jwt]\nsecret = 123454321",
        DATABASE_URL="mysql://u:hush-1@h/d",
        REDIS_URL="http://:hush-2@h",
        VAPID_PRIVATE_KEY="hush-3",
    )

    assert len(found) == 4
    assert "hush" not in "".join(found)
    assert "12345" not in "".join(found)
