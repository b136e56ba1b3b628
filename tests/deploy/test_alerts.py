"""Each alert goes off for what it is about, and for nothing else: asked of promtool."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from realtime.counting import SECONDS
from tests.deploy.files import DEPLOY
from tests.deploy.test_monitoring import RULES
from tests.servers.prometheus import program

MINUTES = 45

ONE = '{job="realtime", instance="n1"}'


def growing(name: str, labels: str, by: int, since: int = 0) -> dict[str, str]:
    """A counter that was not there before a minute and then grows."""
    values = ("_ " * since + f"{by}+{by}x{MINUTES - since}").strip()
    return {f'{name}{{job="realtime", instance="n1", {labels}}}': values}


def standing(name: str, value: float, labels: str = "") -> dict[str, str]:
    """A value that stays."""
    return {f'{name}{{job="realtime", instance="n1"{labels}}}': f"{value}+0x{MINUTES}"}


def taking(name: str, most: float) -> dict[str, str]:
    """A histogram whose values all lie just below one of its bounds."""
    return {
        f'{name}_bucket{{job="realtime", instance="n1", le="{bound}"}}': (
            f"0+{60 if float(bound) >= most else 0}x{MINUTES}"
        )
        for bound in (*map(str, SECONDS), "+Inf")
    }


EVENTS = 'dialect="jobs", event="typing:start"'
WELL: dict[str, str] = {
    **standing("up", 1),
    **growing("realtime_messages_total", 'outcome="stored"', 600),
    **growing("realtime_events_in_total", f'{EVENTS}, outcome="ok"', 600),
    **growing("realtime_events_in_total", f'{EVENTS}, outcome="refused"', 60),
    **growing("realtime_requests_total", 'dialect="jobs", status="404"', 600),
    **growing("realtime_sessions_closed_total", 'reason="transport close"', 600),
    **growing("realtime_webhooks_total", 'endpoint="shop", outcome="taken"', 600),
    **standing("realtime_backplane_connected", 1),
    **standing("realtime_backplane_window_seconds", 300),
    **standing("realtime_outbox_waiting", 12, ', kind="push"'),
    **taking("realtime_stored_seconds", 0.0025),
}

TROUBLES: list[tuple[str, Mapping[str, str]]] = [
    ("RealtimeNodeDown", standing("up", 0)),
    ("RealtimeMessagesFail", growing("realtime_messages_total", 'outcome="failed"', 1, since=2)),
    ("RealtimeMessagesSlow", taking("realtime_stored_seconds", 5.0)),
    ("RealtimeWriterBehind", standing("realtime_writer_waiting", 6000)),
    ("RealtimeLoopLate", taking("realtime_loop_late_seconds", 1.0)),
    ("RealtimeCutFromOthers", standing("realtime_backplane_connected", 0)),
    ("RealtimeBackplaneSlow", taking("realtime_backplane_seconds", 2.5)),
    (
        "RealtimeStreamShort",
        standing("realtime_backplane_window_seconds", 5)
        | {f"realtime_backplane_published_total{ONE}": f"0+600x{MINUTES}"},
    ),
    (
        "RealtimeSlowReadersCut",
        growing("realtime_sessions_closed_total", 'reason="backlog full"', 120),
    ),
    ("RealtimeTokensRefused", growing("realtime_connects_refused_total", 'reason="expired"', 600)),
    (
        "RealtimeFaults",
        growing("realtime_events_in_total", f'{EVENTS}, outcome="failed"', 1, since=2),
    ),
    (
        "RealtimeFaults",
        growing("realtime_requests_total", 'dialect="jobs", status="500"', 1, since=2),
    ),
    (
        "RealtimeWebhooksNotTaken",
        growing("realtime_webhooks_total", 'endpoint="books", outcome="no answer"', 1, since=2),
    ),
    ("RealtimePushesLate", standing("realtime_outbox_waiting", 10000, ', kind="push"')),
    (
        "RealtimeMessagesUnchecked",
        growing("realtime_before_message_total", 'outcome="unanswered"', 2, since=2),
    ),
]


def asked(folder: Path, series: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Which alerts are on at the end, as promtool complains that there should be none."""
    shutil.copy(DEPLOY / "prometheus" / "alerts.yaml", folder)
    test = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                "eval_time": f"{MINUTES}m",
                "exp_samples": [],
            }
        ],
    }
    file = folder / "test.yaml"
    file.write_text(yaml.safe_dump({"rule_files": ["alerts.yaml"], "tests": [test]}))
    command = [program("promtool"), "test", "rules", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_the_files_are_what_prometheus_reads(tmp_path: Path) -> None:
    shutil.copytree(DEPLOY / "prometheus", tmp_path / "prometheus")
    file = tmp_path / "prometheus" / "prometheus.yaml"

    checked = subprocess.run(
        [program("promtool"), "check", "config", str(file)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert checked.returncode == 0, checked.stderr
    assert f"{len(RULES)} rules found" in checked.stdout


def test_a_house_that_is_well_sets_off_none(tmp_path: Path) -> None:
    ended = asked(tmp_path, WELL)

    assert ended.returncode == 0, ended.stderr + ended.stdout


@pytest.mark.parametrize(("alert", "series"), TROUBLES)
def test_a_trouble_sets_off_its_alert_alone(
    tmp_path: Path, alert: str, series: Mapping[str, str]
) -> None:
    ended = asked(tmp_path, {**WELL, **series})

    said = ended.stderr + ended.stdout
    assert set(re.findall(r'alertname="(\w+)"', said)) == {alert}, said


def test_every_alert_has_a_trouble() -> None:
    assert {alert for alert, _ in TROUBLES} == {rule["alert"] for rule in RULES}
