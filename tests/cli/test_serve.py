"""`realtime serve` from an empty folder: what it prints works, and it stops cleanly."""

import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import orjson
import pytest

from tests.cli.run import Shell
from tests.missing import missing
from tests.patience import PATIENCE
from tests.servers.running import Running
from tests.tokens import SECRET


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """As a user has it."""
    return Shell(tmp_path, fresh=True)


TOKEN_LIKE = r"eyJ[\w-]+\.[\w-]+\.[\w-]+"


@pytest.fixture
def served(shell: Shell) -> Iterator[Running]:
    """A server without any configuration but a free port."""
    running = shell.start("serve", PORT="0")
    yield running
    running.stop()


async def health(running: Running) -> str:
    """The printed address of the health route."""
    return (await running.says(r"http://localhost:\d+/healthz"))[0]


async def test_it_prints_where_it_is_and_is_there(
    served: Running, http: aiohttp.ClientSession
) -> None:
    url = await health(served)

    async with http.get(url) as response:
        assert response.status == 200
    async with http.get(url.replace("healthz", "readyz")) as response:
        assert response.status == 200
    port = served.said(r"^Server running on port (\d+)$")[0][1]
    assert served.said(rf"ws://localhost:{port}/socket\.io/$")


async def test_the_printed_websocket_address_speaks_engine_io(
    served: Running, http: aiohttp.ClientSession
) -> None:
    address = (await served.says(r"ws://\S+/socket\.io/"))[0]

    async with http.ws_connect(f"{address}?EIO=4&transport=websocket") as wire:
        assert (await wire.receive_str(timeout=PATIENCE)).startswith("0{")


def test_the_line_to_try_works_as_printed(served: Running) -> None:
    if shutil.which("curl") is None:
        missing("curl", "apt install curl, or brew install curl")
    line = served.wait_until_said(r"^  Try it +(curl .+)$")

    answer = subprocess.run(
        [*shlex.split(line[1]), "--silent", "--show-error"], capture_output=True, check=True
    )

    assert orjson.loads(answer.stdout)["data"]["content"] == "Hello"


async def test_both_printed_tokens_are_accepted(
    served: Running, http: aiohttp.ClientSession
) -> None:
    root = (await health(served)).removesuffix("/healthz")
    await served.says("Try it")
    tokens = [found[1] for found in served.said(rf"Token of \w+ .*?({TOKEN_LIKE})$")]

    assert len(tokens) == 2
    for token in tokens:
        headers = {"Authorization": f"Bearer {token}"}
        async with http.get(f"{root}/api/messages/conversations", headers=headers) as response:
            assert response.status == 200


async def test_all_that_is_printed_fits_eight_lines_and_the_page_it_names_is_there(
    served: Running, http: aiohttp.ClientSession
) -> None:
    await served.says("Try it")
    page = served.said(r"^  Open +(http://localhost:\d+/)")[0][1]

    printed = [line for line in served.lines if not line.startswith("20")]  # but for the log
    assert len(printed) == 8
    async with http.get(page) as response:
        assert "Two people" in await response.text()


async def test_the_made_up_secret_is_told_and_survives_a_restart(shell: Shell) -> None:
    secrets = []
    for _ in range(2):
        running = shell.start("serve", PORT="0")
        await running.says(r"no JWT_SECRET is set: the development secret in data/jwt-secret")
        assert running.stop() == 0
        secrets.append((shell.folder / "data" / "jwt-secret").read_text())

    assert secrets[0] == secrets[1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_cleanly(served: Running, number: signal.Signals) -> None:
    await health(served)

    assert served.stop(number) == 0
    assert "Traceback" not in "\n".join(served.lines)


async def test_a_second_sigterm_changes_nothing(served: Running) -> None:
    await health(served)

    served.send(signal.SIGTERM)
    served.send(signal.SIGTERM)

    assert await served.ends() == 0


async def test_with_a_secret_of_its_own_it_prints_no_token(shell: Shell) -> None:
    running = shell.start("serve", PORT="0", JWT_SECRET=SECRET)
    await health(running)
    running.stop()

    assert not running.said(TOKEN_LIKE)
    assert not running.said("Open")
    assert not running.said("short")
    assert not (shell.folder / "data" / "jwt-secret").exists()


async def test_integer_ids_have_tokens_of_1_and_2(shell: Shell) -> None:
    running = shell.start("serve", PORT="0", REALTIME_USER_IDS="integer")
    await running.says("Token of 1 ")
    await running.says("Token of 2 ")
    assert running.stop() == 0


async def test_a_short_secret_is_warned_of_once_by_its_name(shell: Shell) -> None:
    running = shell.start("serve", PORT="0", JWT_SECRET="brief", SERVER_API_KEY="small,tiny")
    await health(running)
    running.stop()

    told = [found[1] for found in running.said(r"a secret is short.*setting=(\w+)")]
    assert told == ["JWT_SECRET", "SERVER_API_KEY"]
    assert not running.said("brief|small|tiny")


async def test_in_production_every_log_line_is_json(shell: Shell) -> None:
    running = shell.start("serve", "--production", PORT="0", JWT_SECRET="short")
    await health(running)
    running.stop()

    logged = [orjson.loads(line) for line in running.lines if line.startswith("{")]
    assert {line["event"] for line in logged} >= {"stopping", "stopped"}
    assert not running.said(r"\[info")


def test_with_postgresql_nothing_is_written_beside_it(shell: Shell, postgres_url: str) -> None:
    (shell.folder / "file").touch()
    # A folder that nobody can make, not even root, whom a read-only disk would not stop here.
    variables = {
        "DATABASE_URL": postgres_url,
        "JWT_SECRET": SECRET,
        "REALTIME_DATA_DIR": str(shell.folder / "file" / "data"),
        "PORT": "0",
    }

    for command in ("migrate", "check"):
        ended = shell.run(command, **variables)
        assert ended.code == 0, ended.text
    running = shell.start("serve", **variables)
    running.wait_until_said("healthz")

    assert running.stop() == 0
    assert [path.name for path in shell.folder.iterdir()] == ["file"]
