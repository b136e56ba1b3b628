"""What a log line may hold, seen as it is written."""

import logging
import sys
from io import StringIO
from typing import Any

import orjson
import pytest
import structlog

from realtime import logs

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VySWQiOiJhZGEifQ.c2lnbmF0dXJl"
SECRETS = ["token", "accessToken", "Authorization", "jwt_secret", "api_key", "p256dh", "Cookie"]
WRITTEN_BY_PEOPLE = ["content", "text", "message", "lastMessage", "data", "title", "payload"]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> "Written":
    """Standard error, with logs configured as JSON; both are put back afterwards."""
    return Written(monkeypatch)


@pytest.fixture(autouse=True)
def restored() -> Any:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


class Written:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stream = StringIO()
        monkeypatch.setattr(sys, "stderr", self.stream)
        logs.configure("json", "info")
        self.log = structlog.get_logger()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def line(self) -> dict[str, Any]:
        """The one line."""
        (line,) = self.text.splitlines()
        found: dict[str, Any] = orjson.loads(line)
        return found


def test_of_strangers_few_lines_a_second_are_written_and_the_rest_is_counted() -> None:
    clock = iter([0.0] * 6 + [0.25, 0.5, 10.0])
    sparing = logs.Sparing(per_second=2, burst=3, now=lambda: next(clock))

    assert [sparing.facts() for _ in range(5)] == [{}, {}, {}, None, None]
    assert sparing.facts() is None
    assert sparing.facts() == {"left_out": 3}
    assert sparing.facts() == {}


def test_a_line_has_its_facts_its_level_and_its_time(written: Written) -> None:
    written.log.info("connected", user="ada", sid="x1", dialect="jobs")

    assert (
        written.line.items()
        >= {
            "event": "connected",
            "user": "ada",
            "sid": "x1",
            "dialect": "jobs",
            "level": "info",
        }.items()
    )
    assert written.line["timestamp"].endswith("Z")


def test_lines_below_the_level_are_not_written(written: Written) -> None:
    written.log.debug("noise")
    logging.getLogger("third.party").debug("noise")

    assert written.text == ""


@pytest.mark.parametrize(
    "name",
    [*SECRETS, *WRITTEN_BY_PEOPLE],
)
def test_secrets_and_what_people_wrote_are_hidden_by_their_names(
    written: Written, name: str
) -> None:
    written.log.info("sent", **{name: "hush"}, nested={"list": [{name: "hush"}]})

    assert "hush" not in written.text
    assert written.line[name] == "[hidden]"


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        f"refused {TOKEN}, expired",
        "Authorization: Bearer hush",
        "GET /socket.io/?EIO=4&token=hush&transport=polling",
        "cannot reach postgres://ada:hush@db.example/chat",
    ],
)
def test_whatever_looks_like_a_token_is_hidden_wherever_it_stands(
    written: Written, text: str
) -> None:
    written.log.warning(text, found=text, several=[text])
    logging.getLogger("third.party").warning("it said: %s", text)

    assert "hush" not in written.text
    assert "eyJ" not in written.text


def test_an_error_is_one_line_with_its_place_and_without_a_trace(written: Written) -> None:
    try:
        raise ValueError(f"first line with {TOKEN}\nsecond line")
    except ValueError:
        written.log.exception("failed", user="ada")

    assert written.line["error"] == "ValueError: first line with [hidden]"
    assert written.line["where"].startswith("tests/test_logs.py:")
    assert "Traceback" not in written.text


def test_third_parties_errors_are_one_line_too(written: Written) -> None:
    try:
        raise KeyError("x")
    except KeyError:
        logging.getLogger("aiohttp.server").exception("Error handling request")

    assert written.line["event"] == "Error handling request"
    assert written.line["error"] == "KeyError: 'x'"


def test_nobody_can_forge_a_line_or_break_the_writer(written: Written) -> None:
    written.log.info("connected", user="ada\n{}\x1b[31m", cut="\ud83d", big=2**80, raw=b"\x00\xff")

    assert written.line["user"] == "ada {} [31m"
    assert written.line["big"] == str(2**80)
    assert written.line["raw"] == "[2 bytes]"


def test_the_console_shows_the_same_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    logs.configure("console", "warning")

    structlog.get_logger().info("not shown")
    structlog.get_logger().warning("refused", user="ada\nroot", token=TOKEN)

    (line,) = stream.getvalue().splitlines()
    assert "refused" in line
    assert "user='ada root'" in line
    assert "token=[hidden]" in line
