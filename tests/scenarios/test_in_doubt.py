"""A commit that the database does not answer: whoever waits for it hears of a failure, and all
others of what is stored."""

from __future__ import annotations

import pytest

from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.scenarios.steps import everyone_joins, say, talk
from tests.stores.wire import Wire


@pytest.mark.parametrize(("database", "transports"), [("postgres", "websocket")])
@pytest.mark.parametrize("nodes", [1, 2])
async def test_what_was_deleted_in_a_commit_that_was_not_answered_is_told(
    cluster: Cluster, redis_url: str, database_url: str, nodes: int
) -> None:
    if nodes > 1:
        cluster.meets_in(redis_url)
    async with Wire(database_url) as wire:
        near = await cluster.process(database_url=wire.url)
        far = await cluster.process() if nodes > 1 else near
        ada, bob = await cluster.frontend(near, "ada"), await cluster.frontend(far, "bob")
        room = await talk(ada, "bob")
        await everyone_joins(room, ada, bob)

        deleted = await deleted_unheard(wire, ada, room)

        for person in (ada, bob):
            while (await person.hears("message:deleted"))["messageId"] != deleted:
                pass


async def deleted_unheard(wire: Wire, person: Frontend, room: str) -> str:
    """A message that she deleted, and was told that it failed; once it may be another's commit that
    is not answered."""
    while True:
        message = await say(person, room, "Oops")
        wire.cut("after", b"COMMIT;", b"COMMIT")
        answer = await person.delete(f"/api/messages/{message['id']}")
        if answer.status >= 500:
            return str(message["id"])
