"""What a node sends to other people's servers: the outbox, worked off here or by a worker."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

import structlog

from realtime.config import Config
from realtime.delivery.one_by_one import OneByOne
from realtime.delivery.outbox import OutboxWorker, Sender
from realtime.delivery.settings import NO_CONTACT
from realtime.dialects.base import Dialect
from realtime.dialects.words import Words
from realtime.domain import announcements, snoozing
from realtime.domain.actor import Node
from realtime.domain.outbox import BROADCAST, PUSH
from realtime.domain.snoozing import SNOOZE
from realtime.transport import Server

log = structlog.get_logger(__name__)

SETTLING = 2.0
"""Seconds in which a node that has just started hears from the others who is there."""


@asynccontextmanager
async def outbox(
    config: Config,
    node: Node,
    server: Server,
    dialects: Mapping[str, Dialect],
    words: Words,
) -> AsyncIterator[None]:
    """Send what is due, while this is open. Where nodes do not hear one another nobody knows who
    is away: until they do, it waits."""
    senders = _senders(config, node, dialects, words)
    worker = OutboxWorker(
        senders,
        node.clock,
        lambda: server.cut_off() is None,
        first_after=max(config.push.wait, 0.0 if config.alone else SETTLING),
    )
    worker.start()
    try:
        yield
    finally:
        await worker.stop()


def _senders(
    config: Config, node: Node, dialects: Mapping[str, Dialect], words: Words
) -> dict[str, Sender]:
    push = config.push
    senders: dict[str, Sender] = {SNOOZE: OneByOne(partial(snoozing.ring, node))}
    if not (push.vapid_public_key and push.vapid_private_key):
        return senders
    # Only here: encryption is slow to import, and nodes without push need none.
    from realtime.delivery.outgoing import Outgoing  # noqa: PLC0415
    from realtime.delivery.push.keys import Signer  # noqa: PLC0415
    from realtime.delivery.push.post import Post  # noqa: PLC0415
    from realtime.delivery.push.sender import PushSender, Settings  # noqa: PLC0415

    contact = push.contact(config.allowed_origins)
    if contact == NO_CONTACT:
        log.warning("push has no contact, and Apple's service takes nothing: set VAPID_SUBJECT")
    post = Post(Outgoing(), Signer(push.vapid_private_key, contact))
    settings = Settings(push.vapid_public_key, push.ttl)
    senders[BROADCAST] = OneByOne(partial(announcements.spread, node))
    return senders | {PUSH: PushSender(node, dialects, words, post, settings)}
