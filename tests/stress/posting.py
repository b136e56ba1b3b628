"""Messages that are sent over REST while nodes die."""

from __future__ import annotations

import aiohttp

from tests.rest import Rest


async def post(person: Rest, body: dict[str, str]) -> int | None:
    """Send a message; its number, or None where no node has acked it."""
    try:
        answer = await person.post("/api/messages", body)
    except (aiohttp.ClientError, TimeoutError, OSError):
        return None
    return int(answer["data"]["seq"]) if answer.status == 201 else None
