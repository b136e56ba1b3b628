"""A large import: page by page, more than one at a time, killed at any of them."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from realtime.domain.conversations import direct_with
from realtime.models import Conversation, Message, Participant
from realtime.models.raw import rows
from realtime.stores.archive import checking, files, ledger, pages, talks
from realtime.stores.archive.abreast import Abreast
from realtime.stores.archive.ledger import Ledger
from realtime.stores.archive.storing import Storing
from realtime.stores.archive.talks import Overtaken
from realtime.stores.database import Database
from tests.domain.world import World
from tests.stores.archives import brought, kept, many, written


class KilledError(Exception):
    """The process ends here."""


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few hundred rows are many pages."""
    monkeypatch.setattr(pages, "PAGE", 20)
    monkeypatch.setattr(ledger, "PAGE", 20)


async def elsewhere(tmp_path: Path, folder: Path) -> dict[str, list[str]]:
    """What one import, which nobody interrupts, makes of a folder."""
    async with await Database.open(f"sqlite://{tmp_path / 'elsewhere.db'}") as other:
        await other.create_tables()
        await brought(other, folder)
        return await kept()


@pytest.mark.usefixtures("small_pages")
async def test_an_import_that_fails_at_any_step_goes_on_to_the_very_same_rows(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = written(tmp_path / "old", **many(40))
    append = talks.append

    def failing_at(step: int) -> Callable[..., Any]:
        steps = iter(range(1, step + 1))

        async def appended(model: Any, given: Any, transaction: Any) -> None:
            await append(model, given, transaction)
            if given and next(steps, 0) == step:
                raise KilledError

        return appended

    for step in (1, 2, 4, 7, 3):
        monkeypatch.setattr(talks, "append", failing_at(step))
        with pytest.raises(KilledError):
            await brought(world.database, folder)
    monkeypatch.setattr(talks, "append", append)
    _, new = await brought(world.database, folder)
    assert new["messages"] < len(many(40)["messages"])
    _, again = await brought(world.database, folder)

    assert sum(again.values()) == 0
    assert await kept() == await elsewhere(tmp_path, folder)


async def test_a_process_that_is_killed_in_a_transaction_leaves_nothing_half_done(
    empty_url: str, world: World, tmp_path: Path
) -> None:
    folder = written(tmp_path / "old", **many(60))

    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.stores.dying", empty_url, str(folder), "5"),
        cwd=Path(__file__).parents[2],
    )
    assert await child.wait() == -signal.SIGKILL
    before = await Message.all().count()
    _, new = await brought(world.database, folder)

    assert 0 < before == len(many(60)["messages"]) - new["messages"]
    assert await kept() == await elsewhere(tmp_path, folder)


@pytest.mark.usefixtures("small_pages")
async def test_a_conversation_longer_than_a_page_is_numbered_in_the_order_of_its_dates(
    world: World, tmp_path: Path
) -> None:
    given = many(1, each=300)

    await brought(world.database, written(tmp_path, **given))

    ordered = sorted(given["messages"], key=lambda row: row["createdAt"])
    found = await Message.all().order_by("seq").values_list("seq", "content")
    assert list(found) == [(n, row["content"]) for n, row in enumerate(ordered, start=1)]
    assert (await Conversation.get()).last_seq == 300


@pytest.mark.usefixtures("small_pages")
async def test_one_client_id_is_one_message_however_far_apart_they_stand(
    world: World, tmp_path: Path
) -> None:
    given = many(1, each=100)
    first, *_, last = sorted(given["messages"], key=lambda row: row["createdAt"])
    last |= {"clientId": "twice", "senderId": first["senderId"]}
    first["clientId"] = "twice"

    _, new = await brought(world.database, written(tmp_path, **given))

    assert new["messages"] == 99
    assert await Message.all().order_by("-seq").values_list("seq", flat=True) == [*range(99, 0, -1)]


async def test_what_is_in_another_conversation_already_leaves_no_gap_in_this_one(
    world: World, tmp_path: Path
) -> None:
    given = many(1, each=3)
    await brought(world.database, written(tmp_path, **given))
    moved = [{**row, "conversationId": "another"} for row in given["messages"]]
    moved.append({**moved[0], "id": "new", "createdAt": "2025-01-01"})
    people = given["conversations"][0]["participantIds"]
    another = [{"id": "another", "participantIds": people, "isGroup": True}]

    _, new = await brought(world.database, written(tmp_path, conversations=another, messages=moved))

    assert new["messages"] == 1
    assert await Conversation.all().order_by("last_seq").values_list("last_seq", flat=True) == [
        1, 3,
    ]  # fmt: skip
    assert (await Message.get(client_id="new")).seq == 1


async def test_several_conversations_of_two_are_one_with_two_people(
    world: World, tmp_path: Path
) -> None:
    chats = [{"id": n, "participantIds": ["ada", "bob"]} for n in (1, 2, 3)]

    _, new = await brought(world.database, written(tmp_path, conversations=chats))

    assert (new["conversations"], new["members"]) == (1, 2)
    assert await Participant.all().count() == 2


async def test_who_begins_to_talk_meanwhile_stops_the_import_and_it_is_started_again(
    world: World, tmp_path: Path
) -> None:
    folder = written(tmp_path, **many(1))
    ada, bob = many(1)["conversations"][0]["participantIds"]
    with closing(Ledger()) as ledger:
        chosen = files.found([folder])
        found = checking.gather(chosen, ledger, integer_ids=False, progress=lambda _: None)
        await checking.check(ledger, chosen, found, must_exist=False)
        await direct_with(world.actor(ada), bob)
        with pytest.raises(Overtaken) as told:
            await Storing(world.database, ledger, lambda _: None).everything()

    assert "start the import again" in str(told.value)
    _, new = await brought(world.database, folder)
    assert (new["conversations"], new["messages"]) == (0, len(many(1)["messages"]))


def test_a_page_of_long_texts_has_fewer_of_them(tmp_path: Path) -> None:
    given = many(2, each=8)
    for row in given["messages"]:
        row["content"] = "x" * 600_000
    with closing(Ledger()) as ledger:
        chosen = files.found([written(tmp_path, **given)])
        checking.gather(chosen, ledger, integer_ids=False, progress=lambda _: None)
        each = [len(page.messages) for page in pages.pages(ledger)]

    assert sum(each) == 16
    assert max(each) < 8


async def test_no_more_than_so_many_are_stored_at_a_time_and_the_first_failure_is_told() -> None:
    running, most = 0, 0

    async def work(number: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        if number == 7:
            raise KilledError

    async def all_of_them() -> None:
        async with Abreast(2) as abreast:
            for number in range(10):
                await abreast.begin(work(number), after_all=number == 5)

    with pytest.raises(KilledError):
        await all_of_them()

    assert (running, most) == (0, 2)


@pytest.mark.parametrize("kind", ["postgres"])
async def test_the_planner_knows_at_once_how_much_there_is(world: World, tmp_path: Path) -> None:
    given = many(20)

    await brought(world.database, written(tmp_path, **given))

    (counted,) = await rows("SELECT reltuples FROM pg_class WHERE relname = 'messages'")
    assert counted["reltuples"] == len(given["messages"])
