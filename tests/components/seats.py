"""Who looks at which page: in each dialect Ada, who will be away, and Eve, to whom Bob says the
same."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from tests.browser import Page
from tests.cluster import Cluster, Node
from tests.components.stage import Stage, texts
from tests.demo import until
from tests.frontend import Frontend
from tests.patience import PATIENCE
from tests.rest import Rest
from tests.scenarios.steps import say, talk
from tests.tokens import token

DIALECTS = ("conversations", "jobs", "skilllink", "linsta")

UNREAD = {
    "conversations": ("/api/notifications/unread-count", "count"),
    "jobs": ("/api/realtime/notifications/unread/count", "unreadCount"),
    "skilllink": ("/api/notifications/unread-count", "data"),
    "linsta": ("/api/notifications/unread/count", "unreadCount"),
}
"""Where each dialect counts what was not read."""

LOOK = 0.02
"""Seconds between two looks at what tells nobody when it changes."""


@dataclass(frozen=True)
class Seat:
    """Somebody before her dialect's page."""

    who: str
    dialect: str
    room: str
    tab: Page

    @property
    def user(self) -> str:
        return f"{self.who} of {self.dialect}"

    @property
    def joins(self) -> bool:
        """Whether pages of her dialect join the conversations that they show."""
        return self.dialect in {"conversations", "linsta"}

    @property
    def hears_edits(self) -> bool:
        """Whether her page shows what becomes of a message that it shows."""
        return self.dialect == "conversations"

    async def is_there(self, *, but: Collection[str] = ()) -> None:
        """All her page's sockets are connected, none with an id that it had, and what it has asked
        for is there."""
        new = f"!{json.dumps([*but])}.includes(each.id)"
        await until(self.tab, f"sockets.every((each) => each.connected && {new}) && !asking")

    async def shows(self, text: str) -> None:
        """Wait until her chat ends with it."""
        last = "document.querySelector('.messages').lastChild?.textContent"
        await until(self.tab, f"{last} === {json.dumps(text)}")

    async def sees_typing(self, user: str) -> None:
        """Wait until her page shows, where it does that, who is typing."""
        if self.dialect == "conversations":
            who = f"document.querySelector('.typing').textContent === {json.dumps(user)}"
            await until(self.tab, who)

    async def look(self) -> dict[str, Any]:
        """What her page shows of others."""
        return {
            name: await texts(self.tab, f".{name} li") for name in ("messages", "typing", "viewers")
        }

    def remember(self, look: dict[str, Any], badge: int | None) -> None:
        """What her page has come to show."""

    async def badge(self) -> int | None:
        """None where nothing on her page counts."""
        return int((await texts(self.tab, ".badge"))[0])

    async def sockets(self) -> dict[str, str]:
        """The pid by which the server knows each again, by its id."""
        return dict(await self.tab.evaluate("sockets.map((each) => [each.id, each._pid])"))


Seats = Sequence[Seat]


async def seated(stage: Stage, bob: Frontend, who: str, server: str) -> Seats:
    """Her pages are open, one in each dialect, and hear what Bob says."""
    seats = await asyncio.gather(*(_seated(stage, bob, who, each, server) for each in DIALECTS))
    await tell(bob, seats, "before")
    return seats


async def _seated(stage: Stage, bob: Frontend, who: str, dialect: str, server: str) -> Seat:
    user = f"{who} of {dialect}"
    room = await talk(bob, user)
    given = {"user": user, "token": token(user, name=user.capitalize())}
    given |= {"room": room, "partner": "bob"}
    seat = stage.seat(who, dialect, room, await stage.opens(who, dialect, server, **given))
    await seat.is_there()
    while seat.joins and user not in await bob.ask("conversation:get-online-users", room):  # noqa: ASYNC110
        await asyncio.sleep(LOOK)
    return seat


async def tell(bob: Rest, seats: Seats, *said: str) -> list[dict[str, Any]]:
    """Bob says these to each of them, one after the other; what was stored."""
    return [await say(bob, seat.room, text) for text in said for seat in seats]


async def are_gone(bob: Rest, seats: Seats) -> None:
    """Everybody sees that they are away."""
    for seat in seats:
        while (await bob.get(f"/api/users/status/{seat.user}"))["online"]:  # noqa: ASYNC110
            await asyncio.sleep(LOOK)


async def show(seats: Seats, text: str) -> None:
    """Wait until all of them show this last."""
    for seat in seats:
        await seat.is_there()
        await seat.shows(text)


async def unread(cluster: Cluster, node: Node, seat: Seat) -> int:
    """What her badge should show, by REST."""
    path, key = UNREAD[seat.dialect]
    found = (await cluster.person(node, seat.user, seat.dialect).get(path))[key]
    return int(found["count"] if isinstance(found, dict) else found)


async def agree(
    cluster: Cluster, node: Node, away: Seats, here: Seats, missed: Collection[int]
) -> None:
    """Who was away comes to show what the others show, and a notification of each of the messages
    that she missed, in the badge and in REST alike, where her dialect has those."""
    for ada, eve in zip(away, here, strict=True):
        end = time.monotonic() + PATIENCE
        while why := await differ(cluster, node, ada, eve, missed):
            assert time.monotonic() < end, why
            await asyncio.sleep(LOOK)  # her components hear what was said one after the other
        for seat in (ada, eve):
            seat.remember(await seat.look(), await seat.badge())


async def differ(
    cluster: Cluster, node: Node, ada: Seat, eve: Seat, missed: Collection[int]
) -> str | None:
    """In what the two differ; None where they agree."""
    looks = [await seat.look() for seat in (ada, eve)]
    badges = [await seat.badge() for seat in (ada, eve)]
    counts = [await unread(cluster, node, seat) for seat in (ada, eve)]
    more = missed if ada.dialect == "conversations" else {0}
    same = looks[0] == looks[1] and counts[0] - counts[1] in more
    right = same and badges in (counts, [None, None])
    return None if right else f"{ada.dialect}: {looks}, badges {badges}, by REST {counts}"
