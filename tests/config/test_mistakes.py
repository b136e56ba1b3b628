"""What a mistake in the configuration is told: one sentence each, with the way out."""

from pathlib import Path

import pytest

from realtime.config import ConfigError, load
from tests.config.given import VAPID_PRIVATE, VAPID_PUBLIC, from_toml, from_variables
from tests.gateway.signing import public_pem

WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


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


def test_a_variable_like_no_other_is_not_taken_for_another() -> None:
    """Though all of them begin alike."""
    for variable in ("REALTIME_POOL_SIZE", "REALTIME_TYPO"):
        assert told(**{variable: "1"}).endswith("config.example.toml lists them all.")


def test_a_wrong_value_names_its_setting_what_it_must_be_and_where_it_stands() -> None:
    assert told(PORT="abc") == 'port must be a whole number, not "abc" (PORT).'
    assert told("port = 70000") == "port must be at most 65535, not 70000 (chosen.toml)."
    assert told('user_ids = "int"') == (
        'user_ids must be "string" or "integer", not "int" (chosen.toml).'
    )


def test_a_variable_of_another_encoding_is_named() -> None:
    """As Python reads it: a byte that is no UTF-8 is half of a character."""
    for variable in ("CLIENT_URL", "JWT_SECRET", "REALTIME_NODE__NAME", "SERVER_API_KEY"):
        expected = f"{variable} is no text in UTF-8: save it as UTF-8."
        assert told(**{variable: "caf\udce9"}) == expected


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
        ("", {"CLIENT_URL": "https://*.app.example"}, "a star inside an origin stands for nothing"),
        (
            '[dialects.origins]\n"https://*.app.example" = "jobs"',
            {},
            "a star inside an origin stands for nothing",
        ),
        ("", {"CLIENT_URL": "http://a b"}, "which is no origin: write it like"),
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
        ('[jwt]\ncookie = "a b"', {}, "jwt.cookie must be the name of a cookie"),
        ("[jwt.claims]\nuser_id = []", {}, "jwt.claims.user_id must not be empty"),
        ("[jwt]\nalgorithms = []", {}, "jwt.algorithms must not be empty"),
        ('[jwt]\nalgorithms = ["none"]', {}, "jwt.algorithms must be "),
        ('[jwt]\nalgorithms = ["RS256"]', {}, "which needs public_key or jwks_url: set one"),
        ('[jwt]\njwks_url = "https://a/k"', {}, "accepts shared secrets only"),
        ('[jwt]\npublic_key = "no.pem"', {}, "neither a PEM text nor a file that can be read"),
        ('[jwt]\npublic_key = "chosen.toml"', {}, "is no public key in PEM"),
        ('[jwt]\njwks_url = "auth.example"', {}, "must be a URL that begins with https://"),
        ('[jwt]\njwks_url = "https://[/k"', {}, "must be a URL that begins with https://"),
        ('[jwt]\njwks_url = "https:///k"', {}, "must be a URL that begins with https://"),
        ("", {"JWT_SECRET": public_pem("ES256")}, "is a public key, with which anybody could sign"),
        (
            '[jwt]\nalgorithms = ["RS256"]',
            {"REALTIME_JWT__PUBLIC_KEY": public_pem("ES256")},
            "jwt public_key is of another kind than RS256 are signed with",
        ),
        (
            '[jwt]\nalgorithms = ["RS256"]\njwks_url = "https://www.googleapis.com/x"',
            {},
            "set audience to your own project's or application's id",
        ),
        ('data_dir = "a\\u0000b"', {}, "data_dir has a NUL in it, as no path has"),
        ("", {"DATABASE_URL": "mysql://u:p@h/d"}, "begins with postgres:// or sqlite://"),
        ("", {"DATABASE_URL": "sqlite:///a%00b.db"}, "none has %00 in its name"),
        ("", {"DATABASE_URL": "postgres://u:p/w@h/d"}, "percent-encode it (@ is %40"),
        ("", {"DATABASE_URL": "postgres://u:p@h:99999/d"}, "the port is beyond 65535"),
        ("", {"DATABASE_URL": "postgres://u:99999/w@h/d"}, "percent-encode it (@ is %40"),
        ("", {"REDIS_URL": "redis://:p@h:65536"}, "the port is beyond 65535"),
        ("", {"REALTIME_MESSAGES__DELETE_WINDOW": "1e300"}, "must be at most 52560000, not"),
        *(
            (f"[{section}]\n{name} = 1e300", {}, f"{section}.{name} must be at most 31536000, not")
            for section, names in {
                "transport": ("ping_interval", "ping_timeout", "connect_timeout"),
                "redis": ("kept_seconds",),
                "recovery": ("window",),
            }.items()
            for name in names
        ),
        ("", {"REDIS_URL": "localhost:6379"}, "must begin with redis://"),
        ("", {"REDIS_URL": "redis://:p/w@h"}, "percent-encode it (@ is %40"),
        ("", {"REDIS_URL": "redis+sentinel://:p/w@a,b/m"}, "percent-encode it (@ is %40"),
        ("", {"REDIS_URL": "redis+sentinel://a:26379,b:26379"}, "must name the primary"),
        ("", {"REDIS_URL": "redis+cluster://a,b:x"}, "port is no number"),
        ("[bridge]\npython = true", {}, "bridge has no Redis to listen to: set bridge.redis_url"),
        ('[bridge]\nredis_url = "http://hush"', {}, "bridge has a redis_url that must begin with"),
        ('[bridge]\ndialect = "job"', {}, 'names "job", which is no dialect'),
        ('[bridge]\nuser_rooms = ["user"]', {}, 'write it like "user:{id}"'),
        ("", {"VAPID_PUBLIC_KEY": VAPID_PUBLIC}, "has one VAPID key only"),
        ("", {"VAPID_PUBLIC_KEY": "x"}, "is no VAPID public key"),
        ("", {"VAPID_PRIVATE_KEY": "x"}, "is no VAPID private key"),
        ("", {"VAPID_PRIVATE_KEY": "A" * 43}, "is no VAPID private key"),
        (
            "",
            {"VAPID_PUBLIC_KEY": VAPID_PUBLIC, "VAPID_PRIVATE_KEY": VAPID_PRIVATE[:-1] + "I"},
            "has VAPID keys of two pairs",
        ),
        ("port = 3000\nmetrics.port = 3000", {}, "has the port of the server itself, 3000"),
        *(
            ("", {"VAPID_SUBJECT": contact}, "must be an address that exists")
            for contact in (
                *("x", "x@localhost", "mailto:x@shop.invalid", "mailto:x@a.test", "a@b.example"),
                *("mailto:<x@shop.dev>", "<mailto:x@shop.dev>", "http://shop.dev", "x@host"),
                *("https://localhost", "https://nas.local", "mailto:@shop.dev", "x@shop.dev."),
            )
        ),
        *(
            (f"[webhooks.endpoints.{name}]\n{given}", {}, expected)
            for name, given, expected in (
                ("a", f'url = "https://a.example"\nsecrets = ["{WHSEC[:-8]}"]', "needs secrets of"),
                ("a", 'url = "https://a.example"\nsecrets = ["hush"]', "needs secrets of whsec_"),
                ("a", 'url = "https://a.example"\nsecrets = []', "must not be empty"),
                ("a", 'url = "https://a.example"', "webhooks.endpoints.a lacks secrets (chosen"),
                ("a", f'url = "a.example"\nsecrets = ["{WHSEC}"]', "needs a URL like https://"),
                ("a", f'url = "https://u@a.example"\nsecrets = ["{WHSEC}"]', "needs a URL like"),
                ("a", f'url = "https://a.example/a b"\nsecrets = ["{WHSEC}"]', "needs a URL like"),
                ("a", f'url = "http://a.example"\nsecrets = ["{WHSEC}"]', "or set allow_private"),
                ("A-1", f'url = "https://a.example"\nsecrets = ["{WHSEC}"]', 'has the name "A-1"'),
                (
                    "a",
                    f'url = "https://a.example"\nsecrets = ["{WHSEC}"]\nevents = ["message"]',
                    'wants "message", which never happens: choose of message.sent, ',
                ),
            )
        ),
        ('[webhooks.before_message]\nurl = "https://a.example"', {}, "a url and no secrets"),
        ("[webhooks.before_message]\ntimeout = 60", {}, "must be at most 10, not 60"),
        ("", {"REALTIME_SERVER__API_KEYS": "x"}, "must be a map, as JSON or as TOML"),
        ("", {"REALTIME_TRANSPORT__TRUSTED_PROXIES": "x"}, 'has "x", which is no network'),
        ("", {"REALTIME_NODE__NAME": "n-1"}, 'is "n-1", which is no name: use 1 to 32 of the char'),
        ("", {"REALTIME_NODE__NAME": "N1"}, "which is no name"),
        ("", {"REALTIME_NODE__NAME": "a" * 33}, "which is no name"),
        ("[node]\nname = 1", {}, "node.name must be a text in quotes, not 1"),
        ("", {"REALTIME_NODE__ADDRESS": "n1"}, 'is "n1", which is no address: write it like "10'),
        ("", {"REALTIME_NODE__ADDRESS": "n1:0"}, "which is no address"),
        ("", {"REALTIME_NODE__ADDRESS": "n1:65536"}, "which is no address"),
        ("", {"REALTIME_NODE__ADDRESS": "http://n1:3000"}, "which is no address"),
        ("", {"REALTIME_NODE__ADDRESS": "::1:3000"}, "which is no address"),
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


@pytest.mark.parametrize(
    ("text", "environ", "source"),
    [
        ('[jwt]\njwks_url = "https://a/k"', {"JWT_SECRET": "s"}, "chosen.toml"),
        (
            "",
            {"JWT_SECRET": "s", "REALTIME_JWT__JWKS_URL": "https://a/k"},
            "REALTIME_JWT__JWKS_URL",
        ),
        (
            '[jwt]\njwks_url = "https://a/k"',
            {"REALTIME_JWT__PUBLIC_KEY": public_pem("ES256"), "JWT_SECRET": "s"},
            "REALTIME_JWT__PUBLIC_KEY and chosen.toml",
        ),
        ("[jwt]\nleeway = 1", {"REALTIME_JWT__ALGORITHMS": "RS256"}, "REALTIME_JWT__ALGORITHMS"),
        (
            "",
            {"VAPID_PUBLIC_KEY": VAPID_PUBLIC, "VAPID_SUBJECT": "a@shop.dev"},
            "VAPID_PUBLIC_KEY",
        ),
        ("", {"CLIENT_URL": "https://a.example", "CORS_ORIGIN": "b"}, "CORS_ORIGIN"),
        ('allowed_origins = ["a"]', {"REALTIME_PORT": "1"}, "chosen.toml"),
        (
            "",
            {"CLIENT_URL": "https://a.example", "REALTIME_ALLOWED_ORIGINS": "b"},
            "REALTIME_ALLOWED_ORIGINS",
        ),
        ("[presence]\ngrace = -1", {"REALTIME_PRESENCE__AUDIENCE": "contacts"}, "chosen.toml"),
    ],
)
def test_a_mistake_names_what_set_the_value_and_nothing_else(
    text: str, environ: dict[str, str], source: str
) -> None:
    assert told(text, **environ).endswith(f" ({source}).")


def test_what_is_told_later_calls_a_setting_as_whoever_set_it_does() -> None:
    config = from_toml('database_url = "postgres://h/d"', {"REALTIME_REDIS_URL": "redis://h"})

    assert config.called("database_url") == "database_url in chosen.toml"
    assert config.called("redis_url") == "REALTIME_REDIS_URL"
    assert config.called("jwt", "secret") == "JWT_SECRET"
    assert config.called("data_dir") == "data_dir"
    assert load(None, {}, port=4000).called("port") == "--port"


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
        REALTIME_WEBHOOKS__ENDPOINTS='{"a": {"url": "https://a.example", "secrets": "hush-4"}}',
        REALTIME_WEBHOOKS__BEFORE_MESSAGE__SECRETS="hush-5",
    )

    assert len(found) == 6
    assert "hush" not in "".join(found)
    assert "12345" not in "".join(found)


def test_a_folder_that_can_be_none_is_told_like_one_that_is_not_there() -> None:
    for path in ("nowhere", "x" * 300, "chosen\\u0000.toml"):
        told_of = told(f'[transport]\nclient_files = "{path}"')
        assert "which is no folder: check its path" in told_of
