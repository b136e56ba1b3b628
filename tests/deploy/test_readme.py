"""deploy/README.md: its times are those of this version, its platforms' files those of a node."""

from __future__ import annotations

import re
import sqlite3
import tomllib
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from realtime.cli.parent import Parent
from realtime.cli.stopping import STOP_SECONDS
from realtime.config import Config
from realtime.transport.engineio.limits.admission import Admission
from realtime.transport.settings import NodeSettings, TransportSettings
from tests.cluster import Cluster
from tests.deploy.files import DEPLOY, ROOT, ROUTES, configured, examples, seconds
from tests.tokens import SECRET

TEXT = (DEPLOY / "README.md").read_text()
RENDER_PASSES_ON = set(range(1024, 65_536)) - {10_000, 18_012, 18_013, 19_099}
"""https://render.com/docs/private-network, "Port restrictions"; PORT is 10 000 unless it is set."""

SECRETS = {"JWT_SECRET": SECRET, "DATABASE_URL": "postgres://h/d", "CLIENT_URL": "https://a.b"}


def test_the_times_in_its_tables_fit_the_settings() -> None:
    transport = TransportSettings()
    silence = transport.ping_interval + transport.ping_timeout
    cited = {
        "every {:g} s": transport.ping_interval,
        "after {:g} s more": transport.ping_timeout,
        "more than {:g} s of silence": silence,
        "idle connection for {:g} s": transport.idle_timeout,
        "at most {:g} s)": transport.drain_window,
        "needs **{:g} s** from SIGTERM": -(-STOP_SECONDS // 1),
    }

    for sentence, value in cited.items():
        assert sentence.format(value) in TEXT
    for row in re.findall(
        r"^\| (?:nginx|AWS ALB|Google Cloud load).*\| (\d+) s", TEXT, re.MULTILINE
    ):
        assert int(row) > silence


@pytest.mark.parametrize("proxy", ["Traefik", "HAProxy", "Caddy", "Envoy"])
def test_what_it_tells_a_proxy_finds_a_node_and_its_workers_and_no_other(proxy: str) -> None:
    found = re.search(rf"{proxy} \(.*?(\^?n1[-.\[][^`\"\s)]*)", TEXT)
    parent: Any = None
    worker = Parent.named(parent, Config(node=NodeSettings(name="n1"))).node.name

    assert found is not None
    for name in ("n1", worker):
        assert re.match(found[1], f"{name}-0a1b2c"), name
    for name in ("n10", "n2", f"n2{worker}"):
        assert not re.match(found[1], f"{name}-0a1b2c"), name


def test_fly_starts_a_node_and_gives_it_time() -> None:
    (text,) = examples("toml")
    fly = tomllib.loads(text)

    config = configured(SECRETS | fly["env"])
    assert config.transport.trusted_proxies
    assert fly["http_service"]["internal_port"] == config.port
    assert fly["kill_timeout"] > STOP_SECONDS
    assert (ROOT / fly["build"]["dockerfile"]).is_file()
    (probe,) = fly["http_service"]["checks"]
    assert probe["path"] in ROUTES
    assert seconds(probe["timeout"]) > 5  # in which /readyz answers


def test_whom_fly_s_proxy_speaks_for_is_known_though_it_adds_the_app_s_own_address() -> None:
    """https://fly.io/docs/networking/request-headers: "the last address (rightmost) in this list
    will be a shared or dedicated IP address assigned to your app"."""
    (text,) = examples("toml")
    admission = Admission(configured(SECRETS | tomllib.loads(text)["env"]).transport)
    own = ["203.0.113.7", "2001:db8::7"]

    for address in own:
        for peer in ("172.19.4.2", "fdaa:0:1::3"):
            hops = f"10.9.8.7, 198.51.100.9, {address}"  # the first is what the client claims
            assert admission.client_address(peer, hops) == "198.51.100.9"


def rendered(variable: dict[str, str]) -> str:
    """What Render sets a variable to."""
    return variable.get("value") or SECRETS.get(variable["key"], "redis://h")


def test_render_starts_a_node_which_the_others_reach() -> None:
    (text,) = examples("yaml")
    store, web = yaml.safe_load(text)["services"]

    given = {each["key"]: rendered(each) for each in web["envVars"]}
    config = configured({"PORT": "10000"} | given)
    assert config.port in RENDER_PASSES_ON
    assert (ROOT / web["dockerfilePath"]).is_file()
    assert web["healthCheckPath"] in ROUTES
    assert store["maxmemoryPolicy"] == "noeviction"


def test_heroku_serves_what_the_procfile_says() -> None:
    (text,) = (each for each in examples("sh") if "heroku" in each)
    process, beside = (ROOT / "Procfile").read_text().splitlines()

    assert "echo . > requirements.txt" in text
    assert process == "web: realtime migrate && exec realtime serve --production"
    assert beside == "worker: realtime worker"
    assert configured(SECRETS | {"PORT": "5000"}).port == 5000


def test_every_file_that_it_names_is_there() -> None:
    for name in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (DEPLOY / name).exists(), name
    for name in ("nginx.conf", "Dockerfile", "compose.yaml", "systemd", "kubernetes.yaml"):
        assert f"]({name})" in TEXT
    assert Config().port == 3000


@pytest.mark.parametrize("database", ["sqlite"])
async def test_the_backup_of_sqlite_has_what_a_serving_node_has_acked(
    cluster: Cluster, database: str, tmp_path: Path
) -> None:
    node = await cluster.process()
    ada = cluster.person(node, "ada")
    sent = await ada.post("/api/messages", receiverId="bob", content="kept")
    statement = re.search(r'sqlite3 data/realtime.sqlite3 "(VACUUM INTO \S+)"', TEXT)
    assert statement is not None
    (tmp_path / "restored").mkdir()
    copy = tmp_path / "restored" / "realtime.sqlite3"

    with closing(sqlite3.connect(tmp_path / "realtime.sqlite3")) as connection:
        connection.execute(statement[1].replace("backup.sqlite3", str(copy)))

    restored = await cluster.process(data_dir=copy.parent)
    history = await cluster.person(restored, "bob").get(
        f"/api/messages/conversations/{sent['data']['conversationId']}"
    )
    assert [message["content"] for message in history["messages"]] == ["kept"]


@pytest.mark.parametrize("database", ["sqlite"])
async def test_after_a_restore_as_it_says_whoever_asks_what_is_new_loads_all_anew(
    cluster: Cluster, database: str, tmp_path: Path
) -> None:
    node = await cluster.process()
    ada, bob = cluster.person(node, "ada"), cluster.person(node, "bob")
    await ada.post("/api/messages", receiverId="bob", content="kept")
    (tmp_path / "restored").mkdir()
    copy = tmp_path / "restored" / "realtime.sqlite3"
    with closing(sqlite3.connect(tmp_path / "realtime.sqlite3")) as connection:
        connection.execute(f"VACUUM INTO '{copy}'")
    await ada.post("/api/messages", receiverId="bob", content="lost")
    cursor = (await bob.get("/api/sync"))["cursor"]
    statement = re.search(r"`(DELETE FROM \w+)`", TEXT)
    assert statement is not None

    with closing(sqlite3.connect(copy)) as connection:
        connection.execute(statement[1])
        connection.commit()
    restored = await cluster.process(data_dir=copy.parent)
    for text in ("new", "newer"):  # at the places in the journal that bob's cursor has seen
        await cluster.person(restored, "ada").post("/api/messages", receiverId="bob", content=text)

    assert (await cluster.person(restored, "bob").get(f"/api/sync?since={cursor}"))["reload"]


def test_compose_is_started_with_what_it_asks_for() -> None:
    (text,) = (each for each in examples("sh") if "docker compose" in each)
    file = (DEPLOY / "compose.yaml").read_text()
    asked = set(re.findall(r"\$\{(\w+):\?", file))

    assert asked == set(re.findall(r"(\w+)=", text.splitlines()[0]))
    for line in text.splitlines()[1:]:
        assert line.startswith("docker compose -f deploy/compose.yaml ")
    assert set(text.splitlines()[-1].split()[-2:]) <= set(yaml.safe_load(file)["services"])


def test_kubernetes_is_given_the_secret_and_the_image_that_its_file_names() -> None:
    (text,) = (each for each in examples("sh") if "kubectl" in each)
    file = (DEPLOY / "kubernetes.yaml").read_text()
    kinds = {each["kind"]: each for each in yaml.safe_load_all(file)}
    node = kinds["Deployment"]["spec"]["template"]["spec"]["containers"][0]

    assert f"-t {node['image']} " in text
    assert f"secret generic {node['envFrom'][0]['secretRef']['name']} " in text
    assert set(re.findall(r"literal=(\w+)=", text)) == set(re.findall(r"literal=(\w+)=", file))
    assert f"deployment/{kinds['Deployment']['metadata']['name']}\n" in text
