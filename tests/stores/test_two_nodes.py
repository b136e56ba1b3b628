"""Two processes that write to the same conversations of one database."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from realtime.domain.records import Conversation
from realtime.models import Message
from tests.stores import busy
from tests.stores.chat import Chat, stored_seqs, without_gaps


async def run(url: str, name: str, pairs: list[Conversation]) -> int:
    """Start a node that writes; how many messages it was the first to store."""
    ids = [str(pair.id) for pair in pairs]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", busy.__name__, url, name, *ids),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return int(output)


async def test_two_busy_processes_leave_no_gap_and_store_each_send_once(
    chat: Chat, empty_url: str
) -> None:
    pairs = [await chat.between("ada", f"bob{number}") for number in range(10)]

    fresh = await asyncio.gather(run(empty_url, "one", pairs), run(empty_url, "two", pairs))

    assert sum(fresh) == 3 * busy.ROUNDS * len(pairs)
    for pair in pairs:
        assert await stored_seqs(pair) == without_gaps(3 * busy.ROUNDS)
        messages = Message.filter(conversation_id=pair.id).order_by("seq")
        times = await messages.values_list("created_at", flat=True)
        assert times == sorted(times)
