"""compose.yaml: its nodes would start with what it tells them, and nginx would find them."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Any

import pytest

from realtime.cli.stopping import STOP_SECONDS
from realtime.config import Config
from tests.deploy.files import DEPLOY, ROUTES, configured, documents, seconds
from tests.tokens import SECRET
from tests.vapid import PRIVATE, PUBLIC

COMPOSE = documents("compose.yaml")[0]
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
NODES = {name: each for name, each in SERVICES.items() if name.startswith("n") and name != "nginx"}
GIVEN = {"JWT_SECRET": SECRET, "CLIENT_URL": "https://app.example"}


def environ(name: str) -> dict[str, str]:
    """A service's variables, with what whoever starts it has to give."""

    def value(found: re.Match[str]) -> str:
        return GIVEN.get(found[1]) or (found[3] if found[2] == ":-" else "")

    pattern = r"\$\{(\w+)(:-|:\?)([^}]*)\}"
    given = SERVICES[name]["environment"].items()
    return {key: re.sub(pattern, value, str(text)) for key, text in given}


@pytest.mark.parametrize("name", NODES)
def test_a_node_starts_with_its_variables_under_its_name(name: str) -> None:
    config = configured(environ(name))

    assert config.node.name == name
    assert config.database_url
    assert config.redis_url
    assert config.jwt.secret == SECRET
    assert config.allowed_origins == ("https://app.example",)


@pytest.mark.parametrize("name", NODES)
def test_a_node_pushes_with_the_keys_that_it_is_given(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {"VAPID_PUBLIC_KEY": PUBLIC, "VAPID_PRIVATE_KEY": PRIVATE}
    assert not configured(environ(name)).push.vapid_private_key
    for variable, key in keys.items():
        monkeypatch.setitem(GIVEN, variable, key)

    push = configured(environ(name)).push

    assert (push.vapid_public_key, push.vapid_private_key) == (PUBLIC, PRIVATE)


def test_both_nodes_are_where_nginx_looks_for_them() -> None:
    text = (DEPLOY / "nginx.conf").read_text()
    found = set(re.findall(r"server (\w+):(\d+) ", text))

    assert found == {(name, str(Config().port)) for name in NODES}
    assert set(re.findall(r"~\^(\w+)\[", text)) == set(NODES)
    assert SERVICES["nginx"]["volumes"] == ["./nginx.conf:/etc/nginx/nginx.conf:ro"]


def test_nodes_believe_nginx_which_keeps_its_address() -> None:
    address = ip_address(SERVICES["nginx"]["networks"]["default"]["ipv4_address"])

    for name in NODES:
        trusted = configured(environ(name)).transport.trusted_proxies
        assert [address in network for network in trusted] == [True]


@pytest.mark.parametrize("name", NODES)
def test_a_node_has_time_to_stop_and_is_asked_whether_it_serves(name: str) -> None:
    node = NODES[name]

    assert seconds(node["stop_grace_period"]) > STOP_SECONDS
    (route,) = re.findall(rf"localhost:{Config().port}(/\w+)", node["healthcheck"]["test"][-1])
    assert route in ROUTES
    assert seconds(node["healthcheck"]["timeout"]) > 5  # in which /readyz answers


@pytest.mark.parametrize("name", ["migrate", *NODES])
def test_what_is_ours_cannot_write_and_has_no_privileges(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["image"] == "realtime"


def test_nodes_start_on_a_current_schema() -> None:
    assert SERVICES["migrate"]["command"] == ["migrate"]
    for node in NODES.values():
        condition = node["depends_on"]["migrate"]["condition"]
        assert condition == "service_completed_successfully"


@pytest.mark.parametrize("file", ["README.md", "compose.yaml"])
def test_what_an_upgrade_builds_is_what_all_of_ours_run(file: str) -> None:
    """Compose says "No services to build" of one without `build`, and ends well."""
    text = (DEPLOY / file).read_text()
    (built,) = {name for name in re.findall(r"\bbuild (\w+)\b", text) if name in SERVICES}

    assert "build" in SERVICES[built]
    assert {SERVICES[name]["image"] for name in NODES} == {SERVICES[built]["image"]}
