"""Why not? In sentences, for each way a push can end."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from realtime.domain import explaining, quiet, receipts
from realtime.domain.errors import UnknownMessage, UnknownNotification, UnknownUser
from realtime.domain.explaining import SENTENCES
from realtime.domain.ids import new_id
from realtime.domain.settings import Pushing
from realtime.domain.waking import Verdict
from tests.delivery.push.away import Away
from tests.servers.push_service import Answer


async def said(away: Away, message_id: UUID, user_id: str = "bob") -> str:
    rules = away.world.node.rules.pushing
    return " ".join((await explaining.of_message(user_id, message_id, rules)).sentences)


async def test_from_the_wait_to_the_answer(away: Away) -> None:
    await away.browser("bob", "apple")
    pair = await away.pair("ada", "bob")
    message = await away.world.say("ada", pair.id, "Lunch?")

    waiting = await said(away, UUID(str(message.id)))
    await away.pass_by()
    sent = await said(away, UUID(str(message.id)))

    assert "ada wrote it at 2026-01-05 12:00:00 UTC. She has not read it." in waiting
    assert "A push waits: it is decided at 2026-01-05 12:00:05 UTC." in waiting
    assert "At 2026-01-05 12:00:06 UTC: pushed: the push service web.push.apple.com" in sent
    assert "answered 201" in sent


async def test_sockets_then_read_elsewhere(away: Away) -> None:
    await away.browser("bob")
    pair = await away.pair("ada", "bob")
    for tab in ("phone", "laptop"):
        await away.world.node.presence.connected("bob", tab)
    message = await away.world.say("ada", pair.id, "Lunch?")
    await away.pass_by()
    await receipts.mark_read(away.world.actor("bob"), pair.id)
    await away.pass_by(seconds=50)

    text = await said(away, UUID(str(message.id)))

    assert "It was read at 2026-01-05 12:00:06 UTC." in text
    assert "no push yet, delivered to 2 sockets; to be looked at once more." in text
    assert "no push, read on some device." in text


async def test_muted_gone_and_tried_again(away: Away) -> None:
    browser = await away.browser("bob")
    pair = await away.pair("ada", "bob")
    until = away.world.now + timedelta(hours=1)
    await quiet.mute(away.world.actor("bob"), pair.id, until)
    muted = await away.world.say("ada", pair.id, "One")
    await away.pass_by()
    await quiet.unmute(away.world.actor("bob"), pair.id)
    browser.answers = [Answer(503, "busy"), Answer(410)]
    gone = await away.world.say("ada", pair.id, "Two")
    await away.pass_by()
    trying = await said(away, UUID(str(gone.id)))
    await away.pass_by(seconds=30)

    assert "muted until 2026-01-05 13:00:00 UTC." in await said(away, UUID(str(muted.id)))
    assert "answered 503 busy; it is tried again." in trying
    assert "A push to fcm.googleapis.com:" in trying
    assert "answered 410, and the browser was forgotten." in await said(away, UUID(str(gone.id)))


async def test_who_has_no_browser_or_joined_or_wrote_it_is_told_so(away: Away) -> None:
    pair = await away.pair("ada", "bob")
    message = await away.world.say("ada", pair.id, "Lunch?")
    id_ = UUID(str(message.id))

    off = (await explaining.of_message("bob", id_, Pushing())).sentences
    no_messages = (await explaining.of_message("bob", id_, Pushing(True, False))).sentences

    assert "No push: no browser of hers has subscribed." in await said(away, id_)
    assert "It is her own" in await said(away, id_, "ada")
    assert off[-1].startswith("No push: nothing is pushed here")
    assert no_messages[-1].startswith("No push: messages are not pushed here")
    await away.world.node.joined.join(pair.id, "bob", "tab")
    joined = await away.world.say("ada", pair.id, "Dinner?")
    assert "It made no notification" in await said(away, UUID(str(joined.id)))


async def test_of_a_notification_and_of_nothing(away: Away) -> None:
    await away.browser("bob")
    told = await away.tell("bob")
    rules = away.world.node.rules.pushing
    await quiet.change(away.world.actor("bob"), off=("LIKE",))
    await away.pass_by()

    found = await explaining.of_notification("bob", told.id, rules)

    assert found.sentences[-1].endswith("no push, she wants none of type LIKE.")
    assert [row.verdict for row in found.decisions] == ["off"]
    with pytest.raises(UnknownUser):
        await explaining.of_message("nobody", told.id, rules)
    with pytest.raises(UnknownMessage):
        await explaining.of_message("bob", new_id(), rules)
    for user_id, id_ in (("bob", new_id()), ("eve", told.id)):
        await away.world.node.people.known("eve")
        with pytest.raises(UnknownNotification):
            await explaining.of_notification(user_id, id_, rules)


def test_each_verdict_has_its_sentence_with_or_without_details() -> None:
    assert set(SENTENCES) == set(Verdict) - {Verdict.GO}
    for say in SENTENCES.values():
        assert say({}).endswith(".")
