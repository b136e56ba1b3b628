"""`realtime vapid`, `realtime push`, and what `realtime check` finds about push."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from realtime.config import load
from realtime.domain.ids import new_id
from realtime.domain.push import fingerprint
from realtime.models import Decision, Notification, Outbox, PushSubscription, User
from realtime.stores.database import Database
from tests.cluster import copied
from tests.nodes import command
from tests.servers.push_service import HOSTS, Answer, Browser, PushService
from tests.vapid import OTHER_PRIVATE, OTHER_PUBLIC, PRIVATE, PUBLIC

KEYS = {
    "VAPID_PUBLIC_KEY": PUBLIC,
    "VAPID_PRIVATE_KEY": PRIVATE,
    "VAPID_SUBJECT": "ops@shop.dev",
}


def vapid(*arguments: str, said: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "realtime", "vapid", *arguments],
        input=said,
        capture_output=True,
        text=True,
        check=False,
    )


def variables(lines: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in lines.splitlines())


def test_a_pair_is_ready_for_the_environment() -> None:
    printed = variables(vapid("--contact", "ops@shop.dev").stdout)

    push = load(None, printed).push
    assert printed.keys() == KEYS.keys()
    assert push.vapid_subject == "mailto:ops@shop.dev"
    assert push.configured
    assert len(printed["VAPID_PUBLIC_KEY"]) == 87
    assert printed != variables(vapid("--contact", "ops@shop.dev").stdout)


def test_it_asks_until_the_contact_is_real_and_keeps_the_output_clean() -> None:
    ended = vapid(said="x@localhost\nops@shop.dev\n")

    assert variables(ended.stdout)["VAPID_SUBJECT"] == "mailto:ops@shop.dev"
    assert "leads nowhere" in ended.stderr


@pytest.mark.parametrize(("arguments", "said"), [(["--contact", "x@host"], ""), ([], "")])
def test_without_a_real_contact_there_is_no_pair(arguments: list[str], said: str) -> None:
    ended = vapid(*arguments, said=said)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert "Traceback" not in ended.stderr


class Home:
    """A data folder with Bob in it, and the commands there."""

    def __init__(self, folder: Path, service: PushService) -> None:
        self.folder, self.service = folder, service

    async def run(self, *arguments: str, **variables: str) -> tuple[int, str]:
        running = command(
            *arguments,
            variables={
                **KEYS,
                "REALTIME_DATA_DIR": str(self.folder),
                "SSL_CERT_FILE": str(self.service.certificate),
                "PORT": "0",
                **variables,
            },
            cwd=self.folder,
            module="tests.pushing",
        )
        code = await asyncio.to_thread(running.wait, 60)
        return code, "\n".join(running.lines)

    async def browser(self, kind: str, **columns: Any) -> Browser:
        made = self.service.browser(PUBLIC, kind)
        await User.get_or_create(id="bob")
        keys = made.subscription["keys"]
        known = {"dialect": "jobs", "vapid_key": fingerprint(PUBLIC), **columns}
        await PushSubscription.create(
            id=new_id(), user_id="bob", endpoint=made.endpoint, **keys, **known
        )
        return made


@pytest.fixture
async def home(tmp_path: Path, migrated_folder: Path) -> AsyncIterator[Home]:
    copied(migrated_folder, tmp_path)
    service = PushService(tmp_path)
    await service.start()
    async with await Database.open(f"sqlite://{tmp_path / 'realtime.sqlite3'}"):
        yield Home(tmp_path, service)
    await service.stop()


async def test_one_push_is_tried_and_each_answer_told(home: Home) -> None:
    chrome, safari = await home.browser("fcm"), await home.browser("apple")
    safari.answers = [Answer(410)]

    code, text = await home.run("push", "bob", "Hello there")

    assert code == 0
    assert [shown["message"] for shown in chrome.shown] == ["Hello there"]
    assert "Chrome, subscribed " in text
    assert "201 , taken" not in text
    assert "Safari, subscribed " in text
    assert "410, gone: its page has to subscribe anew." in text


async def test_where_nothing_can_be_tried_it_says_why(home: Home) -> None:
    nobody = await home.run("push", "bob")
    no_keys = await home.run("push", "bob", VAPID_PUBLIC_KEY="", VAPID_PRIVATE_KEY="")
    browser = await home.browser("fcm")
    browser.answers = [Answer(503)]
    trouble = await home.run("push", "bob")

    assert nobody == (1, "No browser of bob has subscribed.")
    assert no_keys[0] == 1
    assert "realtime vapid" in no_keys[1]
    assert trouble[0] == 1
    assert "503, the push service has trouble" in trouble[1]


async def test_a_pair_that_was_changed_is_found(home: Home) -> None:
    await home.browser("fcm")
    await home.browser("apple", vapid_key=fingerprint(OTHER_PUBLIC))

    for arguments in (["check"], ["push"]):
        code, text = await home.run(*arguments)
        assert code == 1
        assert "1 of 2 browsers subscribed with another key than VAPID_PUBLIC_KEY" in text
    swapped = {"VAPID_PUBLIC_KEY": OTHER_PUBLIC, "VAPID_PRIVATE_KEY": OTHER_PRIVATE}
    assert "1 of 2" in (await home.run("push", **swapped))[1]


async def test_a_service_that_refuses_us_and_a_worker_that_is_missing_are_found(home: Home) -> None:
    long_ago = datetime.now(UTC) - timedelta(minutes=20)
    row = {"user_id": "bob", "notification_id": new_id()}
    refused = {"service": HOSTS["apple"], "status": 403, "reason": "BadJwtToken"}
    await Decision.create(id=new_id(), verdict="refused", detail=refused, at=long_ago, **row)
    sent = {"service": HOSTS["fcm"], "status": 201}
    await Decision.create(id=new_id(), verdict="sent", detail=sent, at=long_ago, **row)
    times = dict.fromkeys(("due_at", "expires_at", "created_at"), long_ago)
    await Outbox.create(id=new_id(), kind="push", **row, **times)

    code, text = await home.run("push")

    assert code == 1
    assert f"{HOSTS['apple']} takes nothing from us (403 BadJwtToken)" in text
    assert "Pushes wait since" in text
    assert HOSTS["fcm"] not in text


async def test_who_has_no_contact_is_told_what_apple_does(home: Home) -> None:
    code, text = await home.run("check", VAPID_SUBJECT="")
    page = await home.run("check", VAPID_SUBJECT="", CLIENT_URL="https://app.shop.dev")

    assert code == 1
    assert "Push has no contact" in text
    assert page[0] == 0
    assert "contact https://app.shop.dev" in page[1]


async def test_all_is_well(home: Home) -> None:
    await home.browser("fcm")

    code, text = await home.run("push")

    assert (code, text) == (
        0,
        "Push is on, 1 browser, contact mailto:ops@shop.dev, sent by the node itself.",
    )


async def test_why_not_is_explained_at_a_terminal(home: Home) -> None:
    await home.browser("fcm")
    told = new_id()
    now = datetime.now(UTC)
    await Notification.create(id=told, user_id="bob", type="LIKE", text="Hi", created_at=now)
    row = {"user_id": "bob", "notification_id": told}
    await Decision.create(id=new_id(), verdict="connected", detail={"sockets": 2}, at=now, **row)

    explained = await home.run("explain", "bob", "--notification", str(told))
    unknown = await home.run("explain", "bob", "--message", str(new_id()))
    nobody = await home.run("explain", "eve", "--message", str(new_id()))
    neither = await home.run("explain", "bob")

    assert explained[0] == 0
    assert explained[1].endswith("no push, she had 2 sockets.")
    assert unknown == (1, "Nobody knows of it, or not for this user.")
    assert nobody == (1, "No user eve is known.")
    assert neither == (1, "Say of what: --message ID or --notification ID.")
