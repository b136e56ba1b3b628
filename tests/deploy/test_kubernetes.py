"""kubernetes.yaml: probes, times and variables are a node's, and its parts find one another."""

from __future__ import annotations

from typing import Any

from realtime.cli.stopping import STOP_SECONDS
from realtime.config import Config
from tests.deploy.files import configured, documents
from tests.tokens import SECRET

KINDS: dict[str, dict[str, Any]] = {each["kind"]: each for each in documents("kubernetes.yaml")}
POD = KINDS["Deployment"]["spec"]["template"]
SPEC = POD["spec"]
NODE = SPEC["containers"][0]
SECRETS = {
    "JWT_SECRET": SECRET,
    "DATABASE_URL": "postgres://h/d",
    "REDIS_URL": "redis://h",
}


def test_a_node_starts_with_its_variables() -> None:
    config = configured(SECRETS | {each["name"]: each["value"] for each in NODE["env"]})

    assert config.transport.trusted_proxies
    assert config.allowed_origins == ("https://app.example",)
    assert NODE["args"] == ["serve"]


def test_the_parts_find_one_another() -> None:
    labels = POD["metadata"]["labels"]
    service, route = KINDS["Service"], KINDS["HTTPRoute"]
    (port,) = service["spec"]["ports"]

    for kind in ("Deployment", "PodDisruptionBudget"):
        assert KINDS[kind]["spec"]["selector"]["matchLabels"] == labels
    assert service["spec"]["selector"] == labels
    assert NODE["ports"] == [{"name": port["targetPort"], "containerPort": Config().port}]
    (backend,) = route["spec"]["rules"][0]["backendRefs"]
    assert backend == {"name": service["metadata"]["name"], "port": port["port"]}
    assert set(route["spec"]["rules"][0]["timeouts"].values()) == {"0s"}


def test_probes_ask_what_each_is_for_and_wait_for_the_answer() -> None:
    readiness, liveness = NODE["readinessProbe"], NODE["livenessProbe"]

    assert readiness["httpGet"] == {"path": "/readyz", "port": "http"}
    assert readiness["timeoutSeconds"] > 5  # in which it answers
    for probe in (liveness, NODE["startupProbe"]):
        assert probe["httpGet"] == {"path": "/healthz", "port": "http"}
    assert liveness["periodSeconds"] * liveness["failureThreshold"] >= 60


def test_a_node_has_time_to_stop_after_its_endpoint_has_gone() -> None:
    pause = int(NODE["lifecycle"]["preStop"]["exec"]["command"][1])

    assert pause >= 5
    assert SPEC["terminationGracePeriodSeconds"] >= pause + STOP_SECONDS + 10


def test_a_rollout_takes_no_node_before_its_successor_serves() -> None:
    strategy = KINDS["Deployment"]["spec"]["strategy"]["rollingUpdate"]

    assert strategy == {"maxSurge": 1, "maxUnavailable": 0}
    assert KINDS["PodDisruptionBudget"]["spec"]["maxUnavailable"] == 1


def test_nothing_has_privileges_and_migrations_come_first() -> None:
    (first,) = SPEC["initContainers"]

    assert first["args"] == ["migrate"]
    assert first["image"] == NODE["image"]
    assert SPEC["securityContext"]["runAsNonRoot"] is True
    for container in (first, NODE):
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["envFrom"] == [{"secretRef": {"name": "realtime"}}]
