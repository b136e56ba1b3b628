"""Which source of settings counts, and that every setting has a variable."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from realtime.config import Config, ConfigError, load
from realtime.config.settings import settings
from realtime.stores.settings import Rate
from tests.config.given import VAPID_PRIVATE, VAPID_PUBLIC, Setting, at, from_toml, from_variables


def test_nothing_configured_is_the_defaults() -> None:
    assert load(None, {}) == Config()


def test_realtime_toml_in_the_working_directory_counts(folder: Path) -> None:
    (folder / "realtime.toml").write_text("port = 4001")

    assert load(None, {}).port == 4001


def test_realtime_config_names_another_file(folder: Path) -> None:
    (folder / "realtime.toml").write_text("port = 4001")
    (folder / "other.toml").write_text("port = 4002")

    assert from_variables(REALTIME_CONFIG="other.toml").port == 4002


def test_the_file_of_the_command_line_wins_over_realtime_config(folder: Path) -> None:
    (folder / "other.toml").write_text("port = 4002")

    assert from_toml("port = 4003", {"REALTIME_CONFIG": "other.toml"}).port == 4003


def test_a_variable_wins_over_the_file_and_the_command_line_over_both() -> None:
    Path("realtime.toml").write_text("port = 4001")

    assert load(None, {"PORT": "4002"}).port == 4002
    assert load(None, {"PORT": "4002"}, port=4003, host=None).port == 4003


def test_our_own_variable_wins_over_the_documents_name() -> None:
    assert from_variables(PORT="4001", REALTIME_PORT="4002").port == 4002


def test_an_empty_variable_counts_as_unset() -> None:
    assert (
        from_variables(DATABASE_URL="", REALTIME_PORT="", CLIENT_URL="", SERVER_API_KEY="")
        == Config()
    )


WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TEXTS = {
    "metrics.port": "9090",
    "webhooks.endpoints": f'''{{"a": {{"url": "https://a.example", "secrets": ["{WHSEC}"]}}}}''',
    "webhooks.before_message.url": "https://a.example/before",
    "webhooks.before_message.secrets": WHSEC,
    "webhooks.before_message.on_timeout": "refuse",
    "demo": "true",
    "docs": "true",
    "database_url": "postgres://h/d",
    "redis_url": "redis://h",
    "dialects.origins": '{"https://a.example": "conversations"}',
    "allowed_origins": "https://a.example",
    "user_ids": "integer",
    "jwt.algorithms": "HS512",
    "jwt.cookie": "__session",
    "presence.audience": "contacts",
    "conversations.lists": "bare",
    "skilllink.messages_as": "both",
    "push.vapid_public_key": VAPID_PUBLIC,
    "push.vapid_private_key": VAPID_PRIVATE,
    "push.away": "hidden",
    "outbox.in_serve": "never",
    "push.vapid_subject": "mailto:a@shop.dev",
    "server.api_keys": '{a = "b"}',
    "admin.password": "a long one, which nobody guesses",
    "admin.mode": "development",
    "tracing.endpoint": "http://collector:4318",
    "tracing.sample": "0.5",
    "node.address": "n1:3000",
    "bridge.redis_url": "rediss://h",
    "bridge.dialect": "jobs",
    "bridge.user_rooms": "user_{id}",
    "bridge.conversation_rooms": "{id}, chat-{id}",
    "recovery.mode": "on",
    "recovery.dialects": '{jobs = "off"}',
    "transport.trusted_proxies": "10.0.0.0/8, ::1",
    "transport.client_files": ".",
    "logs.format": "json",
    "logs.level": "error",
}
"""What a variable says where neither a number nor a truth value nor any text would do."""

APART = {"jwt.public_key", "jwt.jwks_url", "dialect"}
"""Tried elsewhere: the keys need an algorithm, and a dialect must be there."""


def test_every_setting_has_a_variable() -> None:
    default = Config()
    paths = [path for path, _ in settings() if ".".join(path) not in APART]

    config = load(None, {variable(path): text_for(path) for path in paths})

    assert [path for path in paths if at(config, path) == at(default, path)] == []


def variable(path: Setting) -> str:
    return "REALTIME_" + "__".join(path).upper()


def text_for(path: Setting) -> str:
    """A value other than the default."""
    default = at(Config(), path)
    if isinstance(default, bool):
        return str(not default)
    any_text = "3" if default is None or isinstance(default, int | float) else "text"
    return TEXTS.get(".".join(path), any_text)


@pytest.mark.parametrize(
    ("variable", "value", "path"),
    [
        ("PORT", "4001", ("port",)),
        ("SOCKET_IO_PORT", "4001", ("port",)),
        ("HOST", "::1", ("host",)),
        ("JWT_SECRET", "s", ("jwt", "secret")),
        ("DATABASE_URL", "postgres://h/d", ("database_url",)),
        ("REDIS_URL", "redis://h", ("redis_url",)),
        ("NODE_ENV", "production", ("production",)),
    ],
)
def test_the_names_of_the_documents_count(variable: str, value: str, path: Setting) -> None:
    assert str(at(load(None, {variable: value}), path)) in {value, "True"}


def test_node_env_of_development_changes_nothing() -> None:
    assert not from_variables(NODE_ENV="development").production


def test_vapid_keys_come_from_the_documents_names() -> None:
    push = from_variables(
        VAPID_PUBLIC_KEY=VAPID_PUBLIC, VAPID_PRIVATE_KEY=VAPID_PRIVATE, VAPID_SUBJECT="a@shop.dev"
    ).push

    assert push.configured
    assert push.vapid_subject == "mailto:a@shop.dev"


def beside(service: str, port: int, protocol: str = "TCP") -> dict[str, str]:
    """What Kubernetes sets in each pod beside a Service, which it calls by its name in capitals."""
    address = f"{protocol.lower()}://10.96.0.7:{port}"
    names = f"{service}_PORT_{port}_{protocol}"
    return {
        f"{service}_SERVICE_HOST": "10.96.0.7",
        f"{service}_SERVICE_PORT": str(port),
        f"{service}_SERVICE_PORT_HTTP": str(port),
        f"{service}_PORT": address,
        names: address,
        f"{names}_PROTO": protocol.lower(),
        f"{names}_PORT": str(port),
        f"{names}_ADDR": "10.96.0.7",
    }


@pytest.mark.parametrize("protocol", ["TCP", "UDP", "SCTP"])
@pytest.mark.parametrize(
    "service", ["REALTIME", "REALTIME_DB", "REALTIME_CONFIG", "REALTIME_JWT", "SOCKET_IO"]
)
def test_what_kubernetes_says_of_a_service_is_no_setting(service: str, protocol: str) -> None:
    assert load(None, beside(service, 5432, protocol)) == Config()


def test_a_port_that_somebody_chose_counts_beside_a_service() -> None:
    service = beside("REALTIME", 3000)

    assert load(None, service | {"PORT": "3001"}).port == 3001
    assert load(None, service | {"REALTIME_PORT": "3001"}).port == 3001


def test_a_variable_that_only_looks_like_a_service_is_still_unknown() -> None:
    with pytest.raises(ConfigError, match="Unknown variable REALTIME_TRANSPORT_PORT"):
        from_variables(REALTIME_TRANSPORT_PORT="3001")


def test_server_keys_of_the_environment_are_named_by_their_order() -> None:
    config = from_variables(SERVER_API_KEY="one, two")

    assert config.server.api_keys == {"env-1": "one", "env-2": "two"}


def test_a_half_given_limit_keeps_the_other_half() -> None:
    limits = from_variables(REALTIME_LIMITS__EVENTS__RATE="7").limits

    assert limits.events == Rate(rate=7, burst=500)


def test_the_configuration_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Config().port = 1  # type: ignore[misc]


def test_secrets_do_not_show_when_a_configuration_is_printed() -> None:
    config = from_variables(
        JWT_SECRET="hush-1",
        DATABASE_URL="postgres://u:hush-2@h/d",
        REDIS_URL="redis://:hush-3@h",
        SERVER_API_KEY="hush-4",
        REALTIME_BRIDGE__REDIS_URL="redis://:hush-5@h",
    )

    assert "hush" not in repr(config)


def test_the_documents_origins_hold_in_development_where_none_is_named() -> None:
    assert Config().allowed_origins == ("http://localhost:3000", "http://localhost:5173")
    assert Config(production=True).allowed_origins == ()


def test_the_three_variables_and_the_dialects_origins_count_together() -> None:
    config = from_toml(
        '[dialects.origins]\n"https://d.example" = "conversations"',
        {
            "CLIENT_URL": "https://a.example/",
            "FRONTEND_URL": "https://b.example:443, http://c.example:80/app",
            "CORS_ORIGIN": "HTTPS://A.example",
        },
    )

    assert config.allowed_origins == (
        "https://a.example",
        "https://b.example",
        "http://c.example",
        "https://d.example",
    )
    assert config.dialects.origins == {"https://d.example": "conversations"}


def test_a_star_stands_for_any_origin() -> None:
    assert from_variables(CORS_ORIGIN="*").allowed_origins == ("*",)


def test_a_node_has_a_name_of_its_own_choice_or_a_new_one_each_time() -> None:
    named = from_variables(REALTIME_NODE__NAME="n1", REALTIME_NODE__ADDRESS="[::1]:3000").node

    assert named.name_or_new() == "n1"
    assert named.address == "[::1]:3000"
    assert Config().node.name_or_new() != Config().node.name_or_new()
