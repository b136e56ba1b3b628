"""``python -m tests.stores.busy URL NAME CONVERSATION…``: a node that writes all it can."""

from __future__ import annotations

import asyncio
import random
import sys
from uuid import UUID

from realtime.domain import memberships
from realtime.stores.database import Database
from tests.stores.chat import Chat

ROUNDS = 20


async def main(url: str, name: str, conversation_ids: list[UUID]) -> None:
    """Send to every conversation in each round; the client ids are those of every such process."""
    async with await Database.open(url) as database:
        loaded = [await memberships.load(id_) for id_ in conversation_ids]
        pairs = [conversation for conversation in loaded if conversation is not None]
        chat = Chat(database)
        fresh = 0
        for number in range(ROUNDS):
            drafts = [chat.draft(pair, "ada", name, client_id=f"{name}{number}") for pair in pairs]
            drafts += [chat.draft(pair, "ada", "both", client_id=f"{number}") for pair in pairs]
            random.shuffle(drafts)
            fresh += sum(answer.fresh for answer in await chat.send_all(drafts))
        await chat.writer.stop()
    sys.stdout.write(f"{fresh}\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], [UUID(each) for each in sys.argv[3:]]))
