"""What push services and browsers demand, each by its number in docs/push.md."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from realtime.delivery import outbox
from realtime.delivery.pace import Pace
from realtime.delivery.push import answers, concluding, hosts
from realtime.domain import decisions, explaining
from realtime.domain.actor import Node
from realtime.domain.decisions import Decisions
from realtime.domain.ids import new_id
from realtime.domain.outbox import LIFE
from realtime.domain.waking import Verdict
from realtime.models import Outbox, PushSubscription
from realtime.models.copies import like
from tests.delivery.push.away import ORIGIN, SUBJECT, Away, header
from tests.servers.push_service import HOSTS, RECOMMENDED, Answer
from tests.statements import heard

KINDS = list(HOSTS)


@pytest.mark.parametrize("kind", KINDS)
async def test_every_service_takes_what_is_sent(away: Away, kind: str) -> None:
    """Rules 1 to 4, 6, 7, 11, 12, 13, 15: each of the four enforces its own."""
    browser = await away.browser("bob", kind)

    told = await away.tell("bob", "Your order is on its way", link="/orders/7")
    await away.pass_by()

    (shown,) = browser.shown
    assert (shown["title"], shown["message"], shown["link"]) == (
        "News",
        "Your order is on its way",
        "/orders/7",
    )
    assert shown["id"] == str(told.id)
    assert await away.verdicts() == ["sent"]
    assert not await away.waits()


async def test_rule_1_the_endpoint_is_asked_as_stored_and_no_redirect_is_followed(
    away: Away,
) -> None:
    browser = await away.browser("bob")
    where = {"Location": f"https://{HOSTS['fcm']}:{away.service.port}/elsewhere"}
    browser.answers = [Answer(307, headers=where)]

    await away.tell("bob")
    await away.pass_by()

    assert [request.path_qs for request in browser.requests] == [browser.path]
    assert away.service.redirected == 0
    assert await away.verdicts() == ["refused"]


async def test_rule_2_the_ttl_is_never_zero_and_ends_with_the_notification(away: Away) -> None:
    browser = await away.browser("bob", "windows")

    await away.tell("bob")
    await away.tell("bob", expires_at=away.world.now + timedelta(hours=1))
    await away.tell("bob", expires_at=away.world.now + timedelta(seconds=6, milliseconds=300))
    await away.pass_by()

    assert sorted(map(int, header(browser, "TTL"))) == [1, 3594, 604_800]


async def test_rule_3_only_windows_gets_its_own_header(away: Away) -> None:
    browsers = [await away.browser("bob", kind) for kind in KINDS]

    await away.tell("bob")
    await away.pass_by()

    found = {each.kind: next(header(each, "X-WNS-Cache-Policy")) for each in browsers}
    assert found == {"fcm": "", "mozilla": "", "apple": "", "windows": "cache"}


async def test_rules_4_and_5_one_conversation_replaces_its_own(away: Away) -> None:
    """By topic what still waits, by tag what is shown."""
    browser = await away.browser("bob", "apple")
    pair, other = await away.pair("ada", "bob"), await away.pair("eve", "bob")
    browser.away = True

    for text in ("One", "Two", "Three"):
        await away.world.say("ada", pair.id, text)
        await away.pass_by()
    await away.world.say("eve", other.id, "Hello")
    await away.pass_by()

    topics = list(header(browser, "Topic"))
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{32}", topic) for topic in topics)
    browser.comes_back()
    assert [shown["message"] for shown in browser.shown] == ["Three", "Hello"]
    assert browser.shown[0]["tag"] == topics[0] == topics[2]
    assert browser.shown[0]["tag"] != browser.shown[1]["tag"]


async def test_rule_6_urgency_follows_the_priority_and_chat_is_high(away: Away) -> None:
    browser = await away.browser("bob")
    pair = await away.pair("ada", "bob")

    for priority in ("low", "normal", "high", "urgent"):
        await away.tell("bob", priority=priority)
        await away.pass_by()
    await away.world.say("ada", pair.id, "Hi")
    await away.pass_by()

    assert list(header(browser, "Urgency")) == ["low", "normal", "high", "high", "high"]


@pytest.mark.parametrize(
    "text",
    ["x" * 9_000, "👩‍👩‍👧‍👦" * 500, "e\u0301" * 3_000, '"\\' * 4_000, "漢" * 3_000],
    ids=["latin", "families", "accents", "escapes", "han"],
)
async def test_rules_8_and_10_a_long_text_is_cut_at_a_character(away: Away, text: str) -> None:
    browser = await away.browser("bob", "mozilla")

    await away.tell("bob", text)
    await away.pass_by()

    (shown,) = browser.shown
    (size,) = browser.sizes
    assert RECOMMENDED - 80 < size <= RECOMMENDED
    assert shown["message"].endswith("…")
    kept = shown["message"][:-1]
    assert text.startswith(kept)
    assert not text[len(kept) :].startswith(("\u200d", "\u0301"))
    assert shown["notification"]["body"] == shown["message"]


async def test_rule_8_however_long_title_and_link_are_something_is_shown(away: Away) -> None:
    browser = await away.browser("bob", "mozilla")
    long = {"title": "😀" * 5_000, "link": "/" + "ü" * 2_000, "icon": "/" + "i" * 254}

    await away.tell("bob", "y" * 9_000, **long)
    await away.pass_by()

    assert browser.sizes[0] <= RECOMMENDED
    assert browser.shown[0]["title"].startswith("😀😀")
    assert browser.shown[0]["link"] == "/"


async def test_rule_9_too_big_is_shortened_once(away: Away) -> None:
    one, other = await away.browser("ada"), await away.browser("bob")
    one.answers = [Answer(413)]
    other.answers = [Answer(413), Answer(413), Answer(413)]

    for user_id in ("ada", "bob"):
        await away.tell(user_id, "x" * 9_000)
    await away.pass_by()

    assert one.sizes[1] < one.sizes[0] / 2
    assert one.shown[0]["message"].endswith("…")
    assert len(other.requests) == 2
    assert sorted(await away.verdicts()) == ["refused", "sent"]


async def test_rules_11_and_12_a_token_is_for_one_origin_and_used_again(away: Away) -> None:
    browsers = [await away.browser("bob", kind) for kind in KINDS]

    for _ in range(2):
        await away.tell("bob")
        await away.pass_by()

    for browser in browsers:
        assert [c["aud"] for c in browser.claims] == [
            f"https://{HOSTS[browser.kind]}:{away.service.port}"
        ] * 2
        assert 11 * 3600 < browser.claims[0]["exp"] - time.time() <= 12 * 3600
        assert {c["sub"] for c in browser.claims} == {SUBJECT}
        assert len(set(header(browser, "Authorization"))) == 1


@pytest.mark.parametrize("kind", ["fcm", "mozilla", "apple"])
async def test_rule_16_a_browser_that_subscribed_with_another_key_is_forgotten(
    away: Away, kind: str
) -> None:
    browser = await away.browser("bob", kind)
    browser.vapid_key = "another"

    await away.tell("bob")
    await away.pass_by()

    assert not await PushSubscription.exists()
    assert await away.verdicts() == ["wrong_key"]


async def test_rule_16_the_fingerprint_tells_without_asking(away: Away) -> None:
    browser = await away.browser("bob")
    await PushSubscription.all().update(vapid_key="another")

    await away.tell("bob")
    await away.pass_by()

    assert not browser.requests
    assert not await PushSubscription.exists()


@pytest.mark.parametrize("status", [404, 410])
async def test_a_browser_that_is_gone_is_forgotten_and_the_others_are_not(
    away: Away, status: int
) -> None:
    gone, there = await away.browser("bob"), await away.browser("bob", "mozilla")
    gone.answers = [Answer(status)]

    await away.tell("bob")
    await away.pass_by()

    assert [row.endpoint for row in await PushSubscription.all()] == [there.endpoint]
    assert len(there.shown) == 1
    assert sorted(await away.verdicts()) == ["gone_browser", "sent"]


MISTAKES = {
    "fcm": Answer(400, "<H1>bad</H1>"),
    "mozilla": Answer(400, '{"errno": 110, "message": "bad"}'),
    "apple": Answer(400, '{"reason": "bad"}'),
    "windows": Answer(400, headers={"x-wns-error-description": "bad"}),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_our_own_mistake_is_never_repeated_and_said_once(away: Away, kind: str) -> None:
    browser = await away.browser("bob", kind)
    away.service.answers[kind] = [MISTAKES[kind]] * 3

    with capture_logs() as logs:
        for _ in range(3):
            await away.tell("bob")
            await away.pass_by()

    assert len(browser.requests) == 3
    (line,) = [line for line in logs if line["event"] == "push refused"]
    assert line["status"] == 400
    assert "bad" in line["reason"]
    assert await away.verdicts() == ["refused"] * 3
    assert await PushSubscription.exists()


async def test_a_service_that_takes_nothing_from_us_is_named_until_it_does(away: Away) -> None:
    browser = await away.browser("bob", "apple")
    browser.answers = [Answer(403, '{"reason": "BadJwtToken"}')]

    await away.tell("bob")
    await away.pass_by()
    broken = dict(away.sender.unauthorized())
    await away.tell("bob")
    await away.pass_by()

    name = f"{HOSTS['apple']}:{away.service.port}"
    assert broken == {name: "403 BadJwtToken"}
    assert away.sender.unauthorized() == {}
    assert await away.verdicts() == ["refused", "sent"]


async def due(away: Away) -> float:
    """Seconds until the first row of the outbox is looked at."""
    row = await Outbox.all().order_by("due_at").first()
    assert row is not None
    return (row.due_at - away.world.now).total_seconds()


@pytest.mark.parametrize("status", [406, 429, 503])
async def test_who_is_asked_to_wait_waits_with_all_that_is_for_that_host(
    away: Away, status: int
) -> None:
    one, other = await away.browser("ada"), await away.browser("bob")
    third = await away.browser("eve", "mozilla")
    one.answers = [Answer(status, headers={"Retry-After": "120"})]

    await away.tell("ada")
    await away.pass_by()
    assert await due(away) >= 90

    await away.tell("bob")
    await away.tell("eve")
    await away.pass_by()
    assert not other.requests
    assert len(third.shown) == 1

    await away.pass_by(seconds=200)
    assert len(one.shown) == len(other.shown) == 1
    assert "again" in await away.verdicts()


async def test_trouble_is_tried_again_ever_later_until_a_day_is_over(away: Away) -> None:
    browser = await away.browser("bob")
    away.service.answers["fcm"] = [Answer(500)] * 500

    await away.tell("bob")
    pauses = []
    await away.pass_by()
    while await away.waits():
        pauses.append(await due(away))
        await away.pass_by(seconds=pauses[-1] + 0.001)

    assert 2 <= pauses[0] <= 4
    assert max(pauses) <= hosts.LONGEST_PAUSE * 1.6
    assert pauses[8] > 100 * pauses[0]
    assert (await away.verdicts())[-1] == "given_up"
    assert sum(pauses) < LIFE.total_seconds()
    assert len(browser.requests) == len(pauses) + 1
    assert (await PushSubscription.get()).failing_since is not None


@pytest.mark.parametrize("after", [0.0, 0.05])
async def test_many_that_fail_at_once_are_one_failure(away: Away, after: float) -> None:
    for n in range(hosts.AT_ONCE):
        await away.browser(f"user {n}")
        await away.tell(f"user {n}")
    away.service.answers["fcm"] = [Answer(503, after=after)] * hosts.AT_ONCE

    await away.pass_by()

    assert await due(away) <= 2 * hosts.FIRST_PAUSE
    await away.pass_by(seconds=2 * hosts.FIRST_PAUSE)
    assert all(len(each.shown) == 1 for each in away.service.browsers.values())


async def test_what_has_expired_is_not_sent(away: Away) -> None:
    browser = await away.browser("bob")

    await away.tell("bob", expires_at=away.world.now + timedelta(seconds=3))
    await away.pass_by()

    assert not browser.requests
    assert await away.verdicts() == ["expired"]


async def test_success_ends_a_hosts_and_a_browsers_bad_name(away: Away) -> None:
    browser = await away.browser("bob")
    browser.answers = [Answer(500)]

    await away.tell("bob")
    await away.pass_by()
    await away.pass_by(seconds=10)

    assert len(browser.shown) == 1
    assert (await PushSubscription.get()).failing_since is None
    assert away.sender._hosts.of(browser.endpoint).failures == 0


async def test_a_service_that_may_no_more_be_used_is_not_asked(away: Away) -> None:
    one, other = await away.browser("ada", "fcm"), await away.browser("bob", "mozilla")
    rules = away.world.node.rules
    pushing = replace(rules.pushing, hosts=("*.push.services.mozilla.com",))
    away.sender._node = replace(away.world.node, rules=replace(rules, pushing=pushing))

    told, _ = [await away.tell(user_id) for user_id in ("ada", "bob")]
    await away.pass_by()

    assert (len(one.requests), len(other.shown)) == (0, 1)
    assert sorted(await away.verdicts()) == ["refused", "sent"]
    assert await PushSubscription.all().count() == 2
    explained = await explaining.of_notification("ada", told.id, pushing)
    assert "was not asked (it is not one of push.hosts)." in explained.sentences[-1]


async def test_who_does_not_answer_in_time_is_trouble(
    away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aiohttp import ClientTimeout

    browser = await away.browser("bob")
    browser.answers = [Answer(after=60)]
    monkeypatch.setattr(away.sender._post._outgoing._session, "_timeout", ClientTimeout(0.2))

    await away.tell("bob")
    await away.pass_by()

    assert await away.verdicts() == ["again"]
    assert await away.waits() == 1


async def test_a_service_that_is_not_there_is_trouble(away: Away) -> None:
    await away.browser("bob")
    await away.service.stop()

    await away.tell("bob")
    await away.pass_by()

    assert await away.verdicts() == ["again"]


async def test_an_endless_answer_is_not_read(away: Away) -> None:
    browser = await away.browser("bob")
    browser.answers = [Answer(400, "x" * 5_000_000)]

    await away.tell("bob")
    await away.pass_by()

    assert await away.verdicts() == ["refused"]


async def test_one_host_is_asked_so_much_at_once_and_no_more(away: Away) -> None:
    browsers = [await away.browser(f"user {n}") for n in range(40)]
    away.service.answers["fcm"] = [Answer(after=0.05)] * 40

    for n in range(40):
        await away.tell(f"user {n}")
    await away.pass_by()
    for _ in range(5):
        await away.pass_by()

    assert 1 < away.service.most_at_once["fcm"] <= hosts.AT_ONCE
    assert all(len(browser.shown) == 1 for browser in browsers)


def test_retry_after_is_seconds_or_a_date() -> None:
    now = datetime(2026, 1, 5, 12, tzinfo=UTC)

    def wait(given: Any) -> float | None:
        return answers.retry_after(given, now)

    assert wait(None) is None
    assert wait("120") == 120
    assert wait("Mon, 05 Jan 2026 12:02:00 GMT") == 120
    assert wait("Mon, 05 Jan 2026 11:00:00 GMT") == 0
    assert wait("-5") == 0
    assert wait("1e99") == answers.LONGEST_WAIT
    assert wait("soon") is None
    assert wait("nan") is None


async def test_declarative_it_is_always_with_the_badge_at_the_top(away: Away) -> None:
    browser = await away.browser("bob", "apple")
    pair = await away.pair("ada", "bob")
    await away.tell("bob", "An old one", link="/old")
    await away.world.say("ada", pair.id, "Hi")

    await away.pass_by()

    said, message = sorted(browser.shown, key=lambda shown: shown["type"])
    assert said["web_push"] == 8030
    assert said["app_badge"] == message["app_badge"] == 2
    assert said["notification"]["navigate"] == f"{ORIGIN}/old"
    assert message["notification"]["title"] == message["title"] == "New message from ada"
    assert message["notification"]["navigate"] == f"{ORIGIN}/messages/{pair.id}"
    assert message["notification"]["tag"] == message["tag"]


async def test_workers_of_one_outbox_send_each_once(away: Away) -> None:
    browser = await away.browser("bob")
    for n in range(30):
        await away.tell("bob", f"No. {n}")
    away.world.later(seconds=6)

    async def drain() -> None:
        while await away.worker.work():
            await away.worker.finish()

    await asyncio.gather(drain(), drain(), drain())
    await away.pass_by()

    assert len(browser.shown) == 30


async def test_who_is_in_line_for_a_service_that_asks_to_wait_waits_too(
    away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(away.sender._hosts, "_at_once", 4)
    for n in range(20):
        await away.browser(f"user {n}")
        await away.tell(f"user {n}")
    away.service.answers["fcm"] = [Answer(429, headers={"Retry-After": "120"}, after=0.05)] * 20

    await away.pass_by()

    asked = [len(each.requests) for each in away.service.browsers.values()]
    assert sum(asked) <= 4
    assert await due(away) >= 90
    away.service.answers.clear()
    await away.pass_by(seconds=200)
    assert all(len(each.shown) == 1 for each in away.service.browsers.values())


async def test_who_was_in_line_until_another_worker_may_have_it_is_not_asked(away: Away) -> None:
    browser = await away.browser("bob")
    await away.tell("bob")
    busy = await away.in_line(browser)

    away.world.later(seconds=59)  # slow answers to those before it
    for _ in range(busy.at_once):
        busy.slots.release()
    await away.worker.finish()

    assert browser.requests == []
    await away.pass_by()
    assert len(browser.requests) == 1
    assert await away.verdicts() == ["sent"]


async def test_what_was_sent_while_the_database_went_away_is_not_sent_again(
    away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    carry_out, tries = decisions.carry_out, 0

    async def sometimes(node: Node, made: Decisions) -> None:
        nonlocal tries
        if any(why.verdict is Verdict.SENT for _, why in made.ended):
            tries += 1
            if tries < 4:
                raise OSError("the database is away")
        await carry_out(node, made)

    monkeypatch.setattr(decisions, "carry_out", sometimes)
    monkeypatch.setattr(concluding, "PAUSES", (0.0,) * 6)
    browser = await away.browser("bob")
    await away.tell("bob")

    await away.pass_by()
    await away.pass_by(minutes=2)

    assert len(browser.requests) == 1
    assert await away.verdicts() == ["sent"]
    assert not await away.waits()


@pytest.mark.parametrize("key", ["", "x", "BPAAAA", "BA" + "A" * 85])
async def test_a_browser_whose_keys_are_none_is_forgotten(away: Away, key: str) -> None:
    """Kept before keys were checked."""
    browser = await away.browser("bob")
    await PushSubscription.filter(user_id="bob").update(p256dh=key)
    await away.tell("bob")

    await away.pass_by()

    assert browser.requests == []
    assert await away.verdicts() == ["gone_browser"]
    assert not await PushSubscription.exists()
    assert not await away.waits()


@pytest.mark.parametrize(
    "answer",
    [
        Answer(400, "[" * 60_000),
        Answer(400, headers={"Retry-After": f"Mon, 01 Jan {9**20} 00:00:00 GMT"}),
    ],
    ids=["too deep", "too far"],
)
async def test_an_answer_that_means_nothing_is_one(away: Away, answer: Answer) -> None:
    browser = await away.browser("bob")
    browser.answers = [answer]
    await away.tell("bob")

    await away.pass_by()

    assert await away.verdicts() == ["refused"]
    assert not await away.waits()


async def test_a_reason_that_no_database_takes_spoils_nothing(away: Away) -> None:
    """A cut emoji, and a NUL, from a push service that anybody may run."""
    for n in range(3):
        await away.browser(f"user {n}", "apple")
        await away.tell(f"user {n}")
    away.service.answers["apple"] = [Answer(400, '{"reason": "no \\ud83d\\u0000!"}')]

    await away.pass_by()

    assert sorted(await away.verdicts()) == ["refused", "sent", "sent"]
    assert not await away.waits()


async def test_many_ask_the_database_together(away: Away) -> None:
    """Each alone asks for a dozen things and more."""
    for n in range(100):
        await away.browser(f"user {n}")
        await away.tell(f"user {n}")

    with heard() as statements:
        await away.pass_by()

    assert await away.verdicts() == ["sent"] * 100
    assert len(statements) < 300


async def test_one_push_is_made_at_a_time_with_a_rest_before_each(away: Away) -> None:
    rests = 0

    class Counting(Pace):
        async def rest(self) -> None:
            nonlocal rests
            await super().rest()
            rests += 1

    away.sender._pace = Counting(1.0)
    browsers = [await away.browser(f"user{number}") for number in range(10)]
    for number in range(10):
        await away.tell(f"user{number}")

    await away.pass_by()

    assert [len(each.shown) for each in browsers] == [1] * 10
    assert rests == 10


async def test_many_hosts_that_never_answer_keep_nobody_else_waiting(away: Away) -> None:
    hanging: list[asyncio.StreamWriter] = []
    hosts_of_hers = await asyncio.start_server(
        lambda _, writer: hanging.append(writer), "127.0.0.1"
    )
    port = hosts_of_hers.sockets[0].getsockname()[1]
    made = await away.browser("eve")
    (hers,) = await PushSubscription.all()
    await PushSubscription.bulk_create(
        [
            like(hers, new_id(), endpoint=f"https://no-{n}.example:{port}/")
            for n in range(outbox.AT_ONCE + 40)
        ]
    )
    quick = await away.browser("bob", "mozilla")
    await away.tell("eve")
    await away.tell("bob")
    away.world.later(seconds=6)

    while not quick.shown:
        await away.worker.work()
        await asyncio.sleep(0)

    assert len(hanging) <= 2 * hosts.AT_ONCE
    while away.worker._working:
        for writer in hanging:
            writer.transport.abort()
        await asyncio.sleep(0.01)
    hosts_of_hers.close()
    await hosts_of_hers.wait_closed()
    assert len(made.shown) == 1


async def test_a_slow_service_keeps_nobody_else_waiting(away: Away) -> None:
    for n in range(60):
        await away.browser(f"user {n}")
    quick = await away.browser("bob", "mozilla")
    host = away.sender._hosts.of(next(iter(away.service.browsers.values())).endpoint)
    away.sender._hosts.answered(host, 50.0)  # of late
    away.service.answers["fcm"] = [Answer(after=0.3)] * 200
    for n in range(60):
        await away.tell(f"user {n}")
    await away.tell("bob")
    away.world.later(seconds=6)

    while not quick.shown:
        await away.worker.work()
        await asyncio.sleep(0)

    assert away.service.accepted <= hosts.AT_ONCE + 1
    await away.worker.finish()
