"""The people we know of, and which of several profiles counts."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from realtime.domain.errors import InvalidToken, UnknownUser
from realtime.domain.people import People, Profile
from realtime.domain.records import Person
from realtime.models import User
from realtime.together import AT_ONCE
from tests.domain.world import World
from tests.patience import PATIENCE
from tests.statements import heard


async def test_a_token_makes_its_user_known(world: World) -> None:
    people = People()

    assert await people.seen(Profile("ada", "Ada", "ada@example.com", "/ada.png")) is False

    assert await people.known("ada") == Person("ada", "Ada", "ada@example.com", "/ada.png")


async def test_many_who_come_at_once_are_few_questions(world: World) -> None:
    profiles = [Profile(f"user{number}", f"User {number}") for number in range(300)]
    for each in profiles:
        await People().seen(each)
    people = People()

    with heard() as statements:
        changed = await asyncio.gather(*(people.seen(each) for each in profiles))

    assert not any(changed)
    assert len(statements) <= AT_ONCE + 1
    assert (await people.known("user7")).name == "User 7"


async def test_two_tabs_of_somebody_new_that_come_at_once_are_one_person(world: World) -> None:
    people = People()

    await asyncio.gather(*(people.seen(Profile("ada", name)) for name in ("Ada", "Ada")))

    assert [each.name for each in await User.all()] == ["Ada"]


async def test_an_absent_claim_changes_nothing(world: World) -> None:
    people = People()
    await people.seen(Profile("ada", "Ada", "ada@example.com"))

    changed = await people.seen(Profile("ada", avatar="/ada.png"))

    assert changed is True
    assert await people.known("ada") == Person("ada", "Ada", "ada@example.com", "/ada.png")


async def test_the_same_profile_again_is_no_change(world: World) -> None:
    people = People(now=lambda: 0.0)
    profile = Profile("ada", "Ada")
    await people.seen(profile)
    await User.filter(id="ada").update(name="Changed behind our back")

    assert await people.seen(profile) is False
    assert (await people.known("ada")).name == "Ada"


async def test_an_older_token_does_not_take_a_rename_back(world: World) -> None:
    people, now = People(), world.now.timestamp()
    await people.seen(Profile("ada", "Ada", "old@example.com", issued_at=now - 20))
    await people.seen(Profile("ada", "Countess", "new@example.com", issued_at=now - 10))

    old = Profile("ada", "Ada", "old@example.com", issued_at=now - 20)
    assert [await people.seen(old), await People().seen(old)] == [False, False]
    assert await People().seen(Profile("ada", "Ada", "old@example.com")) is False

    kept = await People().known("ada")
    assert (kept.name, kept.email) == ("Countess", "new@example.com")


async def test_somebody_named_is_a_placeholder_called_by_her_id(world: World) -> None:
    assert await People().known("zoe") == Person("zoe", "zoe")
    assert await User.exists(id="zoe")


async def test_where_users_must_exist_nobody_is_made(world: World) -> None:
    people = People(must_exist=True)

    with pytest.raises(UnknownUser):
        await people.known("zoe")
    await people.seen(Profile("ada"))

    assert not await User.exists(id="zoe")
    assert (await people.known("ada")).id == "ada"


async def test_asking_for_names_makes_nobody(world: World) -> None:
    named = await People().named(["zoe"])

    assert named == {"zoe": Person("zoe", "zoe")}
    assert not await User.exists(id="zoe")


async def test_a_token_older_than_the_applications_change_changes_nothing(world: World) -> None:
    people = People()
    await people.known("ada")
    await User.filter(id="ada").update(name="Official", profile_at=world.now)

    await people.seen(Profile("ada", "Older", issued_at=world.now.timestamp() - 1))
    assert (await User.get(id="ada")).name == "Official"

    await people.seen(Profile("ada", "Newer", issued_at=world.now.timestamp() + 1))
    assert (await User.get(id="ada")).name == "Newer"


async def test_a_revoked_token_is_invalid_and_a_newer_one_is_not(world: World) -> None:
    people = People()
    await people.known("ada")
    await User.filter(id="ada").update(tokens_after=world.now)

    for issued_at in (world.now.timestamp() - 1, None):
        with pytest.raises(InvalidToken):
            await people.seen(Profile("ada", issued_at=issued_at))
    assert await people.seen(Profile("ada", issued_at=world.now.timestamp() + 1)) is False


async def test_tokens_that_another_node_revoked_count_for_a_second_at_most(world: World) -> None:
    seconds = [0.0]
    here = People(now=lambda: seconds[0])
    old = Profile("ada", "Ada", issued_at=world.now.timestamp() - 5)
    await here.seen(old)
    await User.filter(id="ada").update(tokens_after=world.now)

    seconds[0] = 0.9
    assert await here.seen(old) is False
    seconds[0] = 1.0

    with pytest.raises(InvalidToken):
        await here.seen(old)


async def test_tokens_that_are_revoked_while_we_ask_let_nobody_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    people, old = People(now=lambda: 0.0), Profile("ada", issued_at=world.now.timestamp() - 5)
    ask = User.get_or_create

    async def meanwhile(**asked: Any) -> Any:
        answer = await ask(**asked)
        await User.filter(id="ada").update(tokens_after=world.now)
        people.forget("ada")
        return answer

    with monkeypatch.context() as slow:
        slow.setattr(User, "get_or_create", meanwhile)
        with pytest.raises(InvalidToken):
            await people.seen(old)

    with pytest.raises(InvalidToken):
        await people.seen(old)


async def test_a_profile_that_was_taken_does_not_undo_what_came_after_it(world: World) -> None:
    seconds = [0.0]
    people = People(now=lambda: seconds[0])
    await people.seen(Profile("ada", "Ada"))
    await User.filter(id="ada").update(name="Countess")
    seconds[0] = 2.0

    assert await people.seen(Profile("ada", "Ada")) is True

    assert (await people.known("ada")).name == "Countess"
    assert await people.seen(Profile("ada", "Ada")) is False


@pytest.mark.parametrize("ask", ["known", "all_known", "named"])
async def test_a_name_that_changes_while_we_ask_is_not_remembered_as_it_was(
    world: World, monkeypatch: pytest.MonkeyPatch, ask: str
) -> None:
    await User.create(id="ada", name="Ada")
    people, remember = People(), People._remember

    def late(self: People, users: list[User], changes: int) -> dict[str, Person]:
        self.forget("ada")  # as after a commit that our answer has not seen
        return remember(self, users, changes)

    with monkeypatch.context() as slow:
        slow.setattr(People, "_remember", late)
        await getattr(people, ask)("ada" if ask == "known" else ["ada"])
    await User.filter(id="ada").update(name="Countess")

    assert (await people.known("ada")).name == "Countess"


async def test_somebody_is_remembered_while_others_go_on_changing(world: World) -> None:
    """Somebody always has a new picture: nobody is asked about anew for that."""
    people = People(now=lambda: 0.0)
    coming = asyncio.create_task(people.seen(Profile("ada", "Ada")))

    async with asyncio.timeout(PATIENCE):
        while not coming.done():  # in each turn of the loop another one changes
            people.forget("bob")
            await asyncio.sleep(0)
    with heard() as asked:
        await people.seen(Profile("ada", "Ada"))
        await people.known("ada")

    assert asked == []


async def test_the_memory_is_bounded(world: World) -> None:
    people = People(size=2)

    for user_id in ("ada", "bob", "carl"):
        await people.seen(Profile(user_id))

    assert list(people._known) == ["bob", "carl"]
    assert list(people._admitted) == ["bob", "carl"]
