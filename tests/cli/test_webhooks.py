"""`realtime webhooks`, and what `realtime check` and `realtime explain` say of them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from aiohttp import web

from realtime import app
from realtime.cli import pushing, telling
from realtime.config import Config, load
from realtime.domain.ids import new_id
from realtime.domain.outbox import LIFE, WEBHOOK, WEBHOOK_DEAD
from realtime.models import Conversation, Message, Outbox, Participant, User
from realtime.stores.database import Database
from tests.cli.run import Ended, Shell
from tests.cluster import copied
from tests.servers.webhook_receiver import SECRET

CRM = f'{{"crm": {{"url": "https://crm.example/hooks", "secrets": ["{SECRET}"]}}}}'
AT = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Desk:
    """A terminal beside a node's data."""

    def __init__(self, shell: Shell, folder: Path) -> None:
        self._shell = shell
        self._folder = folder

    def run(self, *arguments: str, **variables: str) -> Ended:
        given = {
            "REALTIME_DATA_DIR": str(self._folder),
            "REALTIME_WEBHOOKS__ENDPOINTS": CRM,
            **variables,
        }
        return self._shell.run(*arguments, **given)

    def config(self, endpoints: str = CRM) -> Config:
        """As the commands read it."""
        given = {"REALTIME_WEBHOOKS__ENDPOINTS": endpoints, "REALTIME_CONFIG": os.devnull}
        return load(None, {"REALTIME_DATA_DIR": str(self._folder), **given})

    def store(self, write: Callable[[], Awaitable[None]]) -> None:
        async def run() -> None:
            async with await Database.open(f"sqlite://{self._folder / 'realtime.sqlite3'}"):
                await write()

        asyncio.run(run())


@pytest.fixture
def desk(shell: Shell, tmp_path: Path, migrated_folder: Path) -> Desk:
    folder = tmp_path / "data"
    copied(migrated_folder, folder)
    return Desk(shell, folder)


async def enter(kind: str = WEBHOOK, endpoint: str = "crm", **more: object) -> UUID:
    row = Outbox(
        **{
            "id": new_id(),
            "kind": kind,
            "target": endpoint,
            "body": {"type": "message.sent", "data": {}},
            "due_at": AT,
            "expires_at": AT + LIFE,
            "created_at": AT,
            **more,
        }
    )
    await row.save(force_create=True)
    return row.id


def test_what_waits_and_what_is_dead_is_listed_and_sent_again(desk: Desk) -> None:
    ids: list[UUID] = []

    async def write() -> None:
        said = {"status": 503, "reason": "oops"}
        ids.append(await enter(WEBHOOK_DEAD, attempts=130, answer=said))
        ids.append(await enter(WEBHOOK_DEAD, "old"))
        await enter(attempts=2, answer={"status": 0, "reason": "no answer in time"})

    desk.store(write)
    listed = desk.run("webhooks")
    one, well = asyncio.run(telling.listed(desk.config(), "old"))

    assert listed.code == 1
    assert listed.lines == [
        "crm (https://crm.example/hooks): 1 wait since 2026-01-05 12:00:00 UTC, it gave no answer"
        " (no answer in time), 1 dead.",
        "old (set no more): nothing waits, 1 dead.",
        f"dead {ids[0]} crm message.sent of 2026-01-05 12:00:00 UTC, tried 130 times: it answered"
        " 503 oops",
        f"dead {ids[1]} old message.sent of 2026-01-05 12:00:00 UTC, tried 0 times: it was not"
        " asked",
    ]
    assert ([line.split()[0] for line in one], well) == (["old", "dead"], False)

    wrong = desk.run("webhooks", "resend", "x")
    assert (wrong.code, "An id is a UUID" in wrong.text) == (1, True)
    assert desk.run("webhooks", "resend", str(ids[0])).lines == ["1 to be sent again."]
    assert asyncio.run(telling.resend(desk.config(), [str(ids[0])], None)) == 0
    assert asyncio.run(telling.resend(desk.config(), [], "crm")) == 0
    assert asyncio.run(telling.resend(desk.config(), [], None)) == 1


async def test_check_warns_of_what_is_late_dead_or_without_an_endpoint(desk: Desk) -> None:
    assert await telling.found(desk.config()) == ("1 endpoint", None)
    assert await telling.found(desk.config("")) == ("off: no endpoint is set", None)
    assert await telling.listed(desk.config(), None) == (
        ["crm (https://crm.example/hooks): nothing waits, 0 dead."],
        True,
    )
    nothing = await telling.listed(desk.config(""), None)
    assert nothing == (["No endpoint is set: see docs/webhooks.md."], True)
    async with await Database.open(desk.config().database):
        await enter(attempts=2, answer={"status": 503, "reason": "oops"})
        await enter(WEBHOOK_DEAD)
        await enter(endpoint="old")

    _, said = await telling.found(desk.config())

    since = "2026-01-05 12:00 UTC"
    assert said is not None
    assert f"crm has taken nothing since {since} (it answered 503 oops), 1 webhooks wait." in said
    assert "1 webhooks for crm are dead: see `realtime webhooks`." in said
    assert "1 webhooks wait for old, which is set no more." in said


async def test_explain_says_where_a_messages_webhooks_are(desk: Desk) -> None:
    pair, said = new_id(), new_id()
    async with await Database.open(desk.config().database):
        for name in ("ada", "bob"):
            await User.create(id=name)
        await Conversation.create(id=pair, low_id="ada", high_id="bob", last_seq=1, last_change=2)
        for name in ("ada", "bob"):
            await Participant.create(id=new_id(), conversation_id=pair, user_id=name)
        await Message.create(
            id=said,
            conversation_id=pair,
            seq=1,
            change=2,
            position=1,
            committed_in=0,
            sender_id="ada",
            kind="text",
            content="Hi",
            created_at=AT,
            updated_at=AT,
        )
    taken = await pushing.explained(desk.config(), "bob", str(said), None)
    async with await Database.open(desk.config().database):
        answer, late = {"status": 500, "reason": ""}, AT + timedelta(minutes=9)
        more = {"order_key": str(pair), "order_no": 2, "message_id": said}
        await enter(attempts=1, answer=answer, due_at=late, **more)

    waiting = await pushing.explained(desk.config(), "bob", str(said), None)

    assert "Nothing of it waits for crm: it was taken, or crm came later." in taken
    assert (
        "The webhook message.sent for crm waits until 2026-01-05 12:09:00 UTC, tried once: it"
        " answered 500." in waiting
    )


async def test_a_command_that_is_a_node_for_a_moment_sends_nothing(
    tmp_path: Path, migrated_folder: Path
) -> None:
    copied(migrated_folder, tmp_path)
    given = {"REALTIME_DATA_DIR": str(tmp_path), "REALTIME_WEBHOOKS__ENDPOINTS": CRM}
    runner = web.AppRunner(app.build_silent(load(None, {"JWT_SECRET": "x" * 32, **given})))
    await runner.setup()

    assert "outbox" not in {task.get_name() for task in asyncio.all_tasks()}
    await runner.cleanup()


def test_an_endpoint_that_there_is_not_is_named_beside_those_that_there_are(desk: Desk) -> None:
    ended = desk.run("webhooks", "--endpoint", "cmr")

    assert (ended.code, ended.lines) == (1, ["No endpoint is called cmr: choose crm."])


def test_what_is_said_before_resend_counts_for_it(desk: Desk, tmp_path: Path) -> None:
    async def write() -> None:
        await enter(WEBHOOK_DEAD)
        await enter(WEBHOOK_DEAD, "erp")

    desk.store(write)
    other = tmp_path / "other.toml"
    other.write_text(f'data_dir = "{tmp_path / "elsewhere"}"')

    ended = desk.run("webhooks", "--config", str(other), "resend", REALTIME_DATA_DIR="")
    assert ended.lines == ["There is no database yet: it is made at the first start."]
    ended = desk.run("webhooks", "--endpoint", "crm", "resend")
    assert ended.lines == ["1 to be sent again."]
